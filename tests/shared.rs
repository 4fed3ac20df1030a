//! One store for several checkouts and several users.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use crate::support::{Built, Project, Said, words};

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(walk(&path))
        } else {
            found.push(path)
        }
    }
    found
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn two_checkouts_that_build_at_once_run_each_step_once() {
    let (one, other) = (words(), words());
    for turn in 0..4 {
        let store = one.path(&format!("../store{turn}"));
        let start = |project: &Project| {
            let mut command = project.command(&["build", "--json"]);
            command.env("INGOT_STORE", &store).spawn().unwrap()
        };
        let mut executed: BTreeMap<String, usize> = BTreeMap::new();
        for child in [start(&one), start(&other)] {
            let built = Built::from(Said::from(child.wait_with_output().unwrap()));
            assert_eq!(built.said.code, 0, "{}", built.said.stdout);
            assert_eq!(built.executed().len() + built.ended("cached").len(), 7);
            for step in built.executed() {
                *executed.entry(step).or_default() += 1;
            }
        }
        assert_eq!(executed.len(), 7, "{executed:?}");
        assert!(executed.values().all(|&times| times == 1), "{executed:?}");
        assert_eq!(one.read("ingot.lock"), other.read("ingot.lock"));
        for project in [&one, &other] {
            std::fs::remove_file(project.path("ingot.lock")).unwrap();
        }
    }
}

#[test]
fn what_is_made_in_a_group_s_store_is_for_the_group_to_write() {
    let project = words();
    let store = project.path("../store");
    std::fs::create_dir(&store).unwrap();
    let build = || {
        let mut command = project.command(&["build"]);
        let said = Said::from(command.env("INGOT_STORE", &store).output().unwrap());
        assert_eq!(said.code, 0, "{}", said.stderr);
    };
    build();
    let folders = |of: &str| {
        let found = walk(&store.join(of)).into_iter();
        found.filter(|path| path.is_dir() && !path.is_symlink()).collect::<Vec<_>>()
    };
    assert!(folders("cas").iter().all(|path| path.metadata().unwrap().mode() & 0o020 == 0));
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::create_dir(&store).unwrap();
    set_mode(&store, 0o2775);
    build();
    for of in ["actions", "cas", "locks", "observations", "out", "roots", "memo"] {
        for path in folders(of) {
            let mode = path.metadata().unwrap().mode() & 0o7777;
            assert_eq!(mode, 0o2775, "{} {mode:o}", path.display());
        }
    }
    for of in ["locks", "observations", "logs"] {
        for path in walk(&store.join(of)).into_iter().filter(|path| path.is_file()) {
            let mode = path.metadata().unwrap().mode() & 0o7777;
            assert_eq!(mode, 0o664, "{} {mode:o}", path.display());
        }
    }
}

#[test]
fn two_users_of_one_group_share_a_store() {
    const GROUP: u32 = 54_242;
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let (one, other) = (words(), words());
    let store = one.path("../store");
    std::fs::create_dir(&store).unwrap();
    if !root || chown(&store, Some(GROUP), Some(GROUP)).is_err() {
        eprintln!("skipped: only root may act as two users");
        return;
    }
    set_mode(&store, 0o2775);
    let run = |project: &Project, user: u32, arguments: &[&str]| {
        let folder = project.path("..");
        set_mode(&folder, 0o755);
        for path in walk(&project.path("")).into_iter().chain([folder]) {
            chown(path, Some(user), Some(GROUP)).unwrap();
        }
        let mut command = project.command(arguments);
        command.env("INGOT_STORE", &store).uid(user).gid(GROUP);
        Said::from(command.output().unwrap())
    };
    let first = run(&one, GROUP, &["build", "--json"]);
    if first.stderr.contains("Permission denied") && first.stdout.is_empty() {
        eprintln!("skipped: another user may not run the program here: {}", first.stderr);
        return;
    }
    let first = Built::from(first);
    assert_eq!(first.said.code, 0, "{}{}", first.said.stdout, first.said.stderr);
    assert_eq!(first.executed().len(), 7);
    other.edit("epochs = 2", "epochs = 3");
    for arguments in [&["build", "--json"][..], &["build", "--json", "--rerun", "head"]] {
        let built = Built::from(run(&other, GROUP + 1, arguments));
        assert_eq!(built.said.code, 0, "{}{}", built.said.stdout, built.said.stderr);
    }
    assert_eq!(run(&other, GROUP + 1, &["gc"]).code, 0);
    let again = Built::from(run(&one, GROUP, &["build", "--json"]));
    assert_eq!(again.said.code, 0, "{}{}", again.said.stdout, again.said.stderr);
    assert_eq!(again.executed(), [""; 0], "the other's collection took nothing of it");
    assert_eq!(run(&one, GROUP, &["store", "check"]).code, 0);
}
