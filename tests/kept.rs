//! Nothing of the user's is lost: copies, exports, altered builds.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::Project;

const HEAD: &str = "[pipeline]\nname = \"k\"\nedition = 1\n";

/// A step whose output is a folder with the file `f`, and one whose output is a file.
const STEPS: &str = "[params]\ntext = \"x\"\n\
    [steps.t]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"mkdir $0 && echo {params.text} > $0/f\", \"{outputs.o}\"]\noutputs.o = \"files\"\n\
    [steps.f]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"echo {params.text} > $0\", \"{outputs.o}\"]\noutputs.o = \"files\"\n";

fn project(exports: &str) -> Project {
    Project::new(&format!("{HEAD}{STEPS}[exports]\n{exports}"))
}

/// What a command must say, by its exit code and a part of what it writes.
fn says(project: &Project, arguments: &[&str], code: i32, part: &str) {
    let said = project.run(arguments);
    assert_eq!(said.code, code, "{arguments:?}: {}", said.stderr);
    assert!(said.stderr.contains(part), "{arguments:?}: {}", said.stderr);
}

#[test]
fn a_copy_replaces_what_ingot_put_there_alone() {
    let project = project("");
    says(&project, &["build"], 0, "");
    project.write("mine/thesis.tex", "mine");
    for output in ["t.o", "f.o"] {
        says(&project, &["get", output, "--copy", "mine"], 2, "E1025");
        says(&project, &["get", output, "--copy", "mine/../mine/"], 2, "--force");
    }
    assert_eq!(project.read("mine/thesis.tex"), "mine");
    says(&project, &["get", "f.o", "--copy", "mine"], 2, "`mine/f`");
    says(&project, &["get", "f.o", "--copy", "mine/f"], 0, "");
    says(&project, &["get", "t.o", "--copy", "mine/f"], 0, "");
    project.write("mine/f/more", "mine");
    says(&project, &["get", "f.o", "--copy", "mine/f"], 2, "E1025");
    says(&project, &["get", "f.o", "--copy", "mine/f", "--force"], 0, "");
    assert_eq!(project.read("mine/f"), "x\n");
    assert_eq!(fs::read_dir(project.path("mine")).unwrap().count(), 2);
}

#[test]
fn a_workspace_a_store_and_a_repository_are_replaced_by_no_force() {
    let project = project("");
    project.edit("[params]", "[sources.s]\npath = \"data/raw\"\n[params]");
    project.write("data/raw/rows", "mine");
    says(&project, &["build"], 0, "");
    project.write("deep/er/.git/HEAD", "ref");
    let above = project.path("..").display().to_string();
    project.write("bare/HEAD", "ref");
    project.write("bare/objects/pack/p", "p");
    project.write("other/version", "ingot-store 1\n");
    project.write("other/cas/00/x", "x");
    project.write("second/ingot.toml", "");
    for place in [
        ".",
        above.as_str(),
        ".ingot",
        ".ingot/cas/new",
        "deep",
        "/",
        "deep/er/.git",
        "deep/er/.git/HEAD",
        "deep/er/.git/new",
        "bare",
        "bare/objects",
        "bare/objects/pack/new",
        "other",
        "other/cas",
        "second",
        "ingot.toml",
        "ingot.lock",
        "data",
        "data/raw/rows",
    ] {
        says(&project, &["get", "t.o", "--copy", place, "--force"], 2, "E1026");
    }
    says(&project, &["get", "f.o", "--copy", "data/new"], 0, "");
    assert_eq!(project.read("data/raw/rows"), "mine");
    assert!(project.path("deep/er/.git/HEAD").exists() && project.path("ingot.toml").exists());
}

#[test]
fn an_export_over_what_somebody_made_is_refused_and_the_rest_is_done() {
    let project = project("\"reports\" = \"t.o\"\n\"NOTES.md\" = \"f.o\"\n\"new\" = \"f.o\"\n");
    project.write("reports/interview.txt", "mine");
    project.write("NOTES.md", "mine");
    says(&project, &["build"], 1, "error[E0525]: `NOTES.md` is there");
    assert_eq!(project.read("reports/interview.txt"), "mine");
    assert_eq!((project.read("NOTES.md"), project.read("new")), ("mine".into(), "x\n".into()));
    assert!(project.read("ingot.lock").contains("[[steps.t]]"), "the results are recorded");
    says(&project, &["build"], 1, "ingot get f.o --copy NOTES.md --force");
    says(&project, &["get", "f.o", "--copy", "NOTES.md", "--force"], 0, "");
    fs::rename(project.path("reports"), project.path("kept")).unwrap();
    says(&project, &["build"], 0, "");
    project.edit("text = \"x\"", "text = \"y\"");
    says(&project, &["build"], 0, "");
    assert_eq!(project.read("NOTES.md"), "y\n");
}

#[test]
fn a_fresh_clone_with_a_committed_export_builds() {
    let project = project("\"card\" = \"f.o\"\n");
    says(&project, &["build"], 0, "");
    for text in ["x", "y"] {
        fs::remove_dir_all(project.path(".ingot")).unwrap();
        project.edit("text = \"x\"", &format!("text = \"{text}\""));
        says(&project, &["build"], 0, "");
        assert_eq!(project.read("card"), format!("{text}\n"));
    }
}

#[test]
fn an_export_goes_through_no_link() {
    let project = project("\"a/card\" = \"f.o\"\n\"b\" = \"f.o\"\n");
    project.write("../outside/b", "mine");
    symlink("../outside", project.path("a")).unwrap();
    symlink("../outside/b", project.path("b")).unwrap();
    says(&project, &["build"], 1, "through the link `a`");
    says(&project, &["build"], 1, "through the link `b`");
    assert_eq!(fs::read_dir(project.path("../outside")).unwrap().count(), 1);
    assert_eq!(project.read("../outside/b"), "mine");
}

#[test]
fn a_plan_refuses_an_export_over_what_the_manifest_names() {
    for path in [
        ".",
        ".git",
        "x/.GIT/y",
        ".ingot",
        "ingot.toml",
        "INGOT.TOML",
        "ingot.lock",
        "ingot.local.toml",
        "data",
        "data/a/b",
        "Data",
        "tools",
        "tools/make.sh",
        "more/x.csv",
        "one/two",
        "/etc/x",
        "../x",
    ] {
        let manifest = format!(
            "{HEAD}[sources.d]\npath = \"data/a\"\n[sources.g]\npath = \"more/*.csv\"\n{STEPS}\
             inputs.code = \"./tools/make.sh\"\n[exports]\n\"{path}\" = \"f.o\"\n\"One\" = \"t.o\"\n"
        );
        let project = Project::new(&manifest);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{path}: {}", said.stderr);
        assert!(said.stderr.contains(" --> ingot.toml:2"), "{path}: {}", said.stderr);
    }
}

#[test]
fn an_altered_build_writes_what_it_is_told_to() {
    let project = project("\"card\" = \"f.o\"\n\"other\" = \"f.o\"\n");
    says(&project, &["build"], 0, "");
    let link = || fs::read_link(project.path(".ingot/out/f/o")).unwrap();
    let (lock, out) = (project.read("ingot.lock"), link());
    let altered = ["build", "--set", "text=z"];
    says(&project, &altered, 0, "`ingot get f.o --set text=z`");
    assert_eq!(
        (project.read("card"), project.read("ingot.lock"), link()),
        ("x\n".into(), lock, out)
    );
    says(&project, &["build", "--set", "text=z", "--export", "card"], 0, "");
    assert_eq!((project.read("card"), project.read("other")), ("z\n".into(), "x\n".into()));
    let said = project.run(&["get", "f.o", "--set", "text=z"]);
    assert_eq!(fs::read_to_string(said.stdout.trim()).unwrap(), "z\n");
    says(&project, &["build", "--export", "crad"], 2, "did you mean `card`?");
    says(&project, &["build", "t", "--export", "card"], 2, "name its step as a target");
    says(&project, &["build"], 0, "");
    assert_eq!(project.read("card"), "x\n");
}
