//! Reading a repository runs nothing of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Project, Said};

const HEAD: &str = "[pipeline]\nname = \"t\"\nedition = 1\n";

/// The commands that only look.
const LOOKS: [&[&str]; 12] = [
    &["plan"],
    &["graph"],
    &["kinds"],
    &["why", "go"],
    &["lock"],
    &["build", "--no-commands"],
    &["completions", "bash"],
    &["doctor"],
    &["schema"],
    &["show", "go"],
    &["error"],
    &["error", "X0001"],
];

/// A worker that leaves a mark in the workspace, if it can, and does nothing else.
fn marker(project: &Project) -> String {
    let mark = project.path("ran");
    project.write("tools/ingot-x", format!("#!/bin/sh\necho ran > {}\nexit 1\n", mark.display()));
    executable(&project.path("tools/ingot-x"));
    mark.display().to_string()
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_workers_folder_in_a_workspace_is_refused_and_runs_nothing() {
    let project = Project::new(&format!("{HEAD}[steps.go]\nkind = \"x:y\"\n"));
    let mark = marker(&project);
    project.write("ingot.local.toml", "[workers]\nfolders = [\"tools\"]\n");
    for arguments in LOOKS {
        project.run(arguments);
        assert!(!Path::new(&mark).exists(), "{arguments:?}");
    }
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(said.stderr.contains("error[E0607]"), "{}", said.stderr);
}

/// A workspace whose own worker is `ingot-lines`, which nobody else provides.
fn declared() -> Project {
    let project = Project::new(&format!(
        "{HEAD}[workers.lines]\npath = \"tools/ingot-lines\"\n[steps.go]\nkind = \"write\"\ntext = \"x\"\n"
    ));
    fs::create_dir(project.path("tools")).unwrap();
    fs::copy(project.path("../workers/ingot-lines"), project.path("tools/ingot-lines")).unwrap();
    fs::remove_file(project.path("../workers/ingot-lines")).unwrap();
    project
}

fn says(project: &Project, arguments: &[&str], code: i32, part: &str) -> Said {
    let said = project.run(arguments);
    assert_eq!(said.code, code, "{arguments:?}: {}", said.stderr);
    let all = format!("{}{}", said.stdout, said.stderr);
    assert!(all.contains(part), "{arguments:?}: {all}");
    said
}

#[test]
fn a_declared_worker_runs_after_trust_and_as_the_bytes_that_were_trusted() {
    let project = declared();
    says(&project, &["plan"], 6, "error[E0609]");
    says(&project, &["kinds"], 0, "not trusted");
    says(&project, &["trust"], 0, "tools/ingot-lines exec:");
    says(&project, &["trust", "--list"], 0, "tools/ingot-lines");
    let said = says(&project, &["build"], 0, "1 executed");
    assert!(
        project.read("ingot.lock").contains("worker = \"ingot-lines binary="),
        "{}",
        said.stderr
    );
    says(&project, &["build"], 0, "0 executed");
    let mut bytes = fs::read(project.path("tools/ingot-lines")).unwrap();
    bytes.extend(b"more");
    fs::write(project.path("tools/ingot-lines"), bytes).unwrap();
    says(&project, &["build"], 6, "error[E0609]");
    says(&project, &["trust"], 0, "");
    says(&project, &["build"], 0, "1 executed");
    says(&project, &["trust", "--revoke"], 0, "trusted no more");
    says(&project, &["plan"], 6, "error[E0609]");
}

#[test]
fn a_declared_worker_is_asked_what_it_is_in_the_sandbox() {
    let project = Project::new(&format!(
        "{HEAD}[workers.x]\npath = \"tools/ingot-x\"\n[steps.go]\nkind = \"x:y\"\n"
    ));
    let mark = marker(&project);
    for trusted in [false, true] {
        if trusted {
            says(&project, &["trust"], 0, "");
        }
        for arguments in LOOKS {
            project.run(arguments);
            assert!(!Path::new(&mark).exists(), "{arguments:?}");
        }
    }
    says(&project, &["plan"], 6, "error[E0608]");
    for name in ["ingot-wasm", "ingot-data"] {
        fs::copy(project.path("tools/ingot-x"), project.path(&format!("tools/{name}"))).unwrap();
        let manifest = format!("{HEAD}[workers.x]\npath = \"tools/{name}\"\n");
        project.write("ingot.toml", manifest);
        says(&project, &["trust"], 6, "comes with Ingot");
    }
}

fn git(project: &Project, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    let git = git.args(["-c", "user.name=n", "-c", "user.email=e"]).args(arguments);
    git.current_dir(project.path("")).output().is_ok_and(|said| said.status.success())
}

#[test]
fn a_config_that_git_tracks_is_refused_whatever_the_index_is_like() {
    let project = Project::new(&format!("{HEAD}[steps.go]\nkind = \"write\"\ntext = \"x\"\n"));
    project.write("ingot.local.toml", "[build]\njobs = 1\n");
    if !git(&project, &["init", "-q", "."]) {
        eprintln!("skipped: git is not there");
        return;
    }
    for index in 0..40 {
        project.write(&format!("some/where/file-{index}"), "x");
    }
    says(&project, &["plan"], 0, "");
    for version in ["2", "3", "4"] {
        fs::remove_file(project.path(".git/index")).unwrap_or_default();
        assert!(git(&project, &["-c", &format!("index.version={version}"), "add", "some"]));
        says(&project, &["plan"], 0, "");
        assert!(git(&project, &["add", "-f", "ingot.local.toml"]));
        assert!(git(&project, &["add", "--intent-to-add", "ingot.toml"]));
        assert!(git(&project, &["update-index", "--index-version", version]));
        says(&project, &["plan"], 3, "error[E0527]");
    }
    assert!(git(&project, &["update-index", "--split-index"]));
    says(&project, &["plan"], 3, "error[E0527]");
    let index = project.path(".git/index");
    for bytes in [&b""[..], b"DIRC", b"DIRC\0\0\0\x05\0\0\0\0", &[0xff; 100]] {
        fs::write(&index, bytes).unwrap();
        says(&project, &["plan"], 3, "error[E0528]");
    }
    fs::remove_file(&index).unwrap();
    says(&project, &["plan"], 0, "");
}

#[test]
fn a_store_that_git_tracks_is_refused() {
    let project = Project::new(&format!("{HEAD}[steps.go]\nkind = \"write\"\ntext = \"x\"\n"));
    says(&project, &["build"], 0, "");
    if !git(&project, &["init", "-q", "."]) {
        eprintln!("skipped: git is not there");
        return;
    }
    says(&project, &["build"], 0, "");
    assert!(git(&project, &["add", "-f", ".ingot/actions"]));
    says(&project, &["build"], 3, "error[E0527]");
    says(&project, &["plan"], 3, "git tracks .ingot");
}

#[test]
fn a_member_behind_a_link_is_refused() {
    let project = Project::new("[workspace]\nmembers = [\"*\"]\n");
    project.write("../outside/ingot.toml", HEAD);
    project.write("inside/ingot.toml", HEAD);
    says(&project, &["plan"], 0, "");
    symlink("../outside", project.path("led")).unwrap();
    says(&project, &["plan"], 3, "behind the link `led`");
}

#[test]
fn a_config_is_looked_for_in_the_index_of_a_worktree() {
    let project = Project::new(HEAD);
    let made = git(&project, &["init", "-q", "."])
        && git(&project, &["add", "ingot.toml"])
        && git(&project, &["commit", "-qm", "x"])
        && git(&project, &["worktree", "add", "-q", "other"]);
    if !made {
        eprintln!("skipped: git is not there");
        return;
    }
    project
        .write("other/ingot.toml", format!("{HEAD}[steps.go]\nkind = \"write\"\ntext = \"x\"\n"));
    project.write("other/ingot.local.toml", "");
    says(&project, &["plan", "-C", "other"], 0, "");
    assert!(git(&project, &["-C", "other", "add", "ingot.local.toml"]));
    says(&project, &["plan", "-C", "other"], 3, "error[E0527]");
}

/// Whether a step is up to date does not depend on what may run, but who takes trust back
/// hears it at once, and what needs no worker goes on.
#[test]
fn trust_that_is_taken_back_holds_up_what_needs_the_worker_and_nothing_else() {
    let project = declared();
    project.edit(
        "[steps.go]",
        "[steps.other]\nkind = \"command\"\nrun = [\"touch\", \"{outputs.o}\"]\n\
         outputs.o = \"files\"\n[steps.go]",
    );
    says(&project, &["trust"], 0, "tools/ingot-lines exec:");
    says(&project, &["build"], 0, "2 executed");
    says(&project, &["build"], 0, "0 executed, 2 cached");
    says(&project, &["trust", "--revoke"], 0, "trusted no more");
    says(&project, &["build"], 6, "error[E0609]");
    says(&project, &["plan", "go"], 6, "error[E0609]");
    says(&project, &["plan", "other"], 0, "other");
    says(&project, &["why", "other"], 0, "other");
    let lock = project.read("ingot.lock");
    // The lock is of every step: to write it, each must be known.
    says(&project, &["build", "other"], 6, "error[E0609]");
    assert_eq!(project.read("ingot.lock"), lock);
}
