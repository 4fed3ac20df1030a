//! Garbage in the local store: a build gives the right result, or names the damage.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

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
