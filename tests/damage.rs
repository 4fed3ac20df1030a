//! Garbage in the local store: a build gives the right result, or names the damage.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Project;

const PARTS: [&str; 12] = [
    "actions",
    "memo",
    "descriptors",
    "leases",
    "roots",
    "observations",
    "logs",
    "views",
    "synced",
    "stat-index",
    "version",
    "cas",
];

type Damage = fn(&Path);

const DAMAGES: [(&str, Damage); 5] = [
    ("noise", |file| {
        let noise: Vec<u8> =
            (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        std::fs::write(file, noise).unwrap();
    }),
    ("empty", |file| std::fs::write(file, "").unwrap()),
    ("a folder", |file| {
        std::fs::remove_file(file).unwrap();
        std::fs::create_dir(file).unwrap();
    }),
    ("a link to nothing", |file| {
        std::fs::remove_file(file).unwrap();
        symlink("/nonexistent/of/all", file).unwrap();
    }),
    ("gone", |file| std::fs::remove_file(file).unwrap()),
];

/// The first file of a part of the store, open to be written to.
fn first(path: &Path) -> Option<PathBuf> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    if metadata.is_file() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let above = path.parent().unwrap();
        std::fs::set_permissions(above, std::fs::Permissions::from_mode(0o755)).unwrap();
        return Some(path.to_owned());
    }
    let mut names: Vec<PathBuf> = match metadata.is_dir() {
        true => std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => Vec::new(),
    };
    names.sort();
    names.iter().find_map(|path| first(path))
}

#[test]
fn a_build_over_garbage_is_right_or_says_what_is_damaged() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n[sources.s]\npath = \"src\"\n\
         [steps.a]\nkind = \"first\"\ninputs.text = \"s\"\n\
         [steps.b]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"mkdir {outputs.o}; cat {inputs.i} {inputs.i} > {outputs.o}/f\"]\n\
         inputs.i = \"a.text\"\noutputs.o = \"files\"\n",
    );
    project.write("src", "in\n");
    let copy = |from: &str, to: &str| {
        let mut shell = project.other("sh".as_ref());
        let script = format!("chmod -R u+w {to} 2>/dev/null; rm -rf {to}; cp -a {from} {to}");
        assert!(shell.args(["-c", &script]).status().unwrap().success());
    };
    project.executed();
    let lock = project.read("ingot.lock");
    copy(".ingot", "../good");
    for part in PARTS {
        for (name, damage) in DAMAGES {
            copy("../good", ".ingot");
            project.write("ingot.lock", &lock);
            let Some(file) = first(&project.path(&format!(".ingot/{part}"))) else { continue };
            damage(&file);
            for command in [&["build"][..], &["build"], &["gc"], &["store", "check"]] {
                let said = project.run(command);
                let known = matches!(said.code, 0 | 6);
                assert!(known, "{part}, {name}, {command:?}: {} {}", said.code, said.stderr);
                if said.code == 0 && command == ["build"] {
                    assert_eq!(project.read(".ingot/out/b/o/f"), "in\nin\n", "{part}, {name}");
                    assert_eq!(project.read("ingot.lock"), lock, "{part}, {name}");
                }
            }
        }
    }
}

/// Of a step that is not asked for, every part may be lost: its result is a record, and
/// nobody reads the blobs.
#[test]
fn whatever_one_blob_is_lost_the_next_build_has_what_is_asked_for() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n[sources.s]\npath = \"src\"\n\
         [steps.a]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"mkdir -p {outputs.o}/deep; cat {inputs.i} > {outputs.o}/deep/f\"]\n\
         inputs.i = \"s\"\noutputs.o = \"files\"\n\
         [steps.b]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"mkdir {outputs.o}; cat {inputs.i}/deep/f > {outputs.o}/f\"]\n\
         inputs.i = \"a.o\"\noutputs.o = \"files\"\n",
    );
    project.write("src", "in\n");
    project.executed();
    let lock = project.read("ingot.lock");
    for blob in files(&project.path(".ingot/cas")) {
        for targets in [&["b"][..], &[]] {
            let aside = project.path("aside");
            std::fs::rename(&blob, &aside).unwrap();
            let built = project.build(targets);
            assert_eq!(built.said.code, 0, "{}: {}", blob.display(), built.said.stderr);
            assert_eq!(project.read(".ingot/out/b/o/f"), "in\n");
            assert_eq!(project.read("ingot.lock"), lock);
            std::fs::rename(&aside, &blob).unwrap();
        }
    }
}

/// The files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// What stands in the store is written to by nobody but its builds: a link, a pipe or a
/// second name of a file gives way, and what it leads to stays as it was.
#[test]
fn what_was_put_in_the_place_of_a_file_of_the_store_is_not_written_through() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n\
         [steps.a]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"echo said; echo x > {outputs.o}\"]\noutputs.o = \"files\"\n",
    );
    project.executed();
    let first_in = |folder: &str| first(&project.path(folder)).unwrap();
    let log = first_in(".ingot/logs");
    let observations = first_in(".ingot/observations");
    project.write("mine/file", "mine\n");
    let mine = project.path("mine/file");
    let links: [fn(&Path, &Path); 3] = [
        |mine, place| symlink(mine, place).unwrap(),
        |mine, place| std::fs::hard_link(mine, place).unwrap(),
        |_, place| assert!(Command::new("mkfifo").arg(place).status().unwrap().success()),
    ];
    for link in links {
        for place in [&log, &observations] {
            let _ = std::fs::remove_file(place);
            link(&mine, place);
        }
        let built = project.build(&["--rerun", "a"]);
        assert_eq!(built.said.code, 0, "{}", built.said.stderr);
        assert_eq!(project.read("mine/file"), "mine\n");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "said\n");
    }
    let folder = project.path(".ingot/out/a");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(project.path("elsewhere")).unwrap();
    symlink("x", project.path("elsewhere/link")).unwrap();
    symlink(project.path("elsewhere"), &folder).unwrap();
    project.build(&[]);
    let left: Vec<_> = std::fs::read_dir(project.path("elsewhere")).unwrap().collect();
    assert_eq!(left.len(), 1, "neither is a link made there, nor is one removed");
    assert_eq!(project.read(".ingot/out/a/o"), "x\n");
}

#[test]
fn nothing_is_cleaned_while_a_build_runs() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n\
         [steps.a]\nkind = \"command\"\ntimeout = \"10min\"\n\
         run = [\"sh\", \"-c\", \"touch {outputs.o}; sleep 600\"]\noutputs.o = \"files\"\n",
    );
    let mut build = project.start(&["build"]);
    while std::fs::read_dir(project.path(".ingot/leases")).map_or(0, Iterator::count) == 0 {
        assert!(build.try_wait().unwrap().is_none(), "it ended before it began");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for arguments in [&["clean"][..], &["clean", "--all"]] {
        let said = project.run(arguments);
        assert_eq!(said.code, 6, "{}", said.stderr);
        assert!(said.stderr.contains("E0712"), "{}", said.stderr);
    }
    build.kill().unwrap();
    build.wait().unwrap();
    assert_eq!(project.run(&["clean", "--all"]).code, 0);
}

#[test]
fn what_a_lock_says_beside_its_keys_is_locked_too() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n[sources.s]\npath = \"src\"\n\
         [steps.a]\nkind = \"command\"\nrun = [\"cp\", \"{inputs.i}\", \"{outputs.o}\"]\n\
         inputs.i = \"s\"\noutputs.o = \"files\"\n",
    );
    project.write("src", "in\n");
    project.executed();
    let lock = project.read("ingot.lock");
    assert_eq!(project.run(&["build", "--locked"]).code, 0);
    for (old, new) in [
        ("path = \"src\"", "path = \"other\""),
        ("content = \"file:", "content = \"exec:"),
        ("weak_identity = true", "weak_identity = false"),
        ("determinism = \"platform\"", "determinism = \"bitwise\""),
    ] {
        let edited = lock.replacen(old, new, 1);
        assert_ne!(edited, lock, "{old} is in\n{lock}");
        project.write("ingot.lock", edited);
        for how in ["--locked", "--frozen"] {
            let said = project.run(&["build", how]);
            assert_eq!(said.code, 5, "{new} {how}: {}", said.stderr);
            assert!(said.stderr.contains("E0902"), "{}", said.stderr);
        }
    }
}
