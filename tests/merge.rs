//! The lock under git: branches that change different steps merge by text.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{LINES, Project, Said, WORDS};

/// Two branches of steps that share a source and nothing else.
fn apart() -> Project {
    let manifest = WORDS.split("[steps.page]").next().unwrap();
    let project = Project::new(&manifest.replace("[\"page\"]", "[\"title\", \"grade\"]"));
    project.write("data/lines.txt", LINES);
    project
}

fn git(project: &Project, arguments: &[&str]) -> Said {
    let mut command = project.other(Path::new("git"));
    command.args(["-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main"]);
    let said = Said::from(command.args(arguments).output().unwrap());
    assert_eq!(said.code, 0, "git {arguments:?}: {}{}", said.stdout, said.stderr);
    said
}

fn commit(project: &Project) {
    git(project, &["add", "ingot.toml", "ingot.lock", "data"]);
    git(project, &["commit", "-q", "-m", "x"]);
}

/// Whether git is there; a test without it has nothing to say.
fn has_git(project: &Project) -> bool {
    let found = project.other(Path::new("git")).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: git is not installed");
    }
    found
}

#[test]
fn branches_that_change_different_steps_merge_without_a_conflict() {
    let project = apart();
    if !has_git(&project) {
        return;
    }
    git(&project, &["init", "-q"]);
    project.executed();
    commit(&project);
    git(&project, &["checkout", "-q", "-b", "longer"]);
    project.edit("epochs = 2", "epochs = 3");
    assert_eq!(project.executed(), ["grade/guess", "learn"]);
    commit(&project);
    git(&project, &["checkout", "-q", "main"]);
    project.edit("inputs.parts = \"head.text\"", "inputs.parts = \"head.text\"\ntimes = 2");
    assert_eq!(project.executed(), ["title"]);
    commit(&project);
    git(&project, &["merge", "-q", "-m", "both", "longer"]);
    let merged = project.read("ingot.lock");
    assert!(!merged.contains("<<<<"), "{merged}");
    let said = project.run(&["lock"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    let locked = project.build(&["--locked"]);
    assert_eq!(locked.said.code, 0, "{}", locked.said.stdout);
    assert_eq!(locked.executed(), [""; 0], "each branch built its own");
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
    assert_eq!(project.build(&["--locked"]).said.code, 0, "from nothing too");
    project.executed();
    assert_eq!(project.read("ingot.lock"), merged, "a build has nothing to put right");
}

#[test]
fn a_conflict_in_the_lock_is_mended_by_a_build_of_either_side() {
    let project = apart();
    if !has_git(&project) {
        return;
    }
    git(&project, &["init", "-q"]);
    project.executed();
    commit(&project);
    git(&project, &["checkout", "-q", "-b", "other"]);
    project.edit("epochs = 2", "epochs = 3");
    project.executed();
    commit(&project);
    git(&project, &["checkout", "-q", "main"]);
    project.edit("epochs = 2", "epochs = 4");
    project.executed();
    commit(&project);
    let mut merge = project.other(Path::new("git"));
    merge.args(["-c", "user.name=n", "-c", "user.email=e@x", "merge", "other"]);
    assert!(!merge.output().unwrap().status.success(), "one line, two values");
    git(&project, &["checkout", "--ours", "ingot.toml"]);
    let said = project.run(&["build"]);
    assert_eq!(said.code, 5);
    assert!(said.stderr.contains("E0912"), "{}", said.stderr);
    git(&project, &["checkout", "--theirs", "ingot.lock"]);
    assert_eq!(project.executed(), [""; 0]);
    assert_eq!(project.build(&["--locked"]).said.code, 0);
}

#[test]
fn a_build_writes_the_lock_once_and_only_where_it_changes() {
    let project = apart();
    let lock = project.path("ingot.lock");
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    let written = || std::fs::metadata(&lock).map(|found| found.ino()).ok();
    let first = written();
    project.executed();
    project.run(&["build", "--rerun", "head"]);
    assert_eq!(written(), first, "the same lock is not written again");
    // Each write is a new file: one that is written often would be seen to change.
    project.edit("epochs = 2", "epochs = 3");
    let mut seen = std::collections::BTreeSet::new();
    let mut building = project.start(&["build", "--json"]);
    while building.try_wait().unwrap().is_none() {
        seen.extend(written());
    }
    seen.extend(written());
    assert_eq!(seen.len(), 2, "the old lock and the new one");
}
