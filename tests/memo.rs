//! A build that has nothing to do takes a way past the plan. It says what the whole way
//! says, whatever was done to the workspace or the store in between.

use std::path::Path;

use proptest::prelude::*;

use crate::support::{Project, Said, words};

/// What a plain build says: how it ended, and its lines without the times.
fn told(said: &Said) -> (i32, Vec<String>) {
    let lines = said.stderr.lines().map(|line| match line.rsplit_once(" in ") {
        Some((counts, _)) if counts.contains(" cached") => counts.to_owned(),
        _ => line.to_owned(),
    });
    (said.code, lines.collect())
}

/// Whether the next build of a project that was just built takes the short way: it then
/// reads no record, so it does not miss one that cannot be read.
fn takes_the_short_way(project: &Project) -> bool {
    let actions = project.path(".ingot/actions");
    let records: Vec<_> = walk(&actions).into_iter().filter(|path| path.is_file()).collect();
    let kept: Vec<Vec<u8>> = records.iter().map(|path| std::fs::read(path).unwrap()).collect();
    for path in &records {
        std::fs::write(path, "not a record").unwrap();
    }
    let said = project.run(&["build"]);
    for (path, bytes) in records.iter().zip(kept) {
        std::fs::write(path, bytes).unwrap();
    }
    said.stderr.contains(" 0 executed")
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn a_build_with_nothing_to_do_reads_no_record() {
    let project = words();
    project.run(&["build"]);
    assert!(takes_the_short_way(&project));
    std::fs::remove_dir_all(project.path(".ingot/memo")).unwrap();
    assert!(!takes_the_short_way(&project), "the whole way reads them");
}

#[test]
fn a_build_that_took_only_what_it_reads_leaves_a_memo_too() {
    let project = words();
    project.run(&["build", "--cache-to", "../remote"]);
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
    let said = project.run(&["build", "--cache-from", "../remote"]);
    assert!(said.stderr.contains(" 0 executed"), "{}", said.stderr);
    assert!(takes_the_short_way(&project));
}

#[test]
fn a_gate_that_fails_is_told_each_time() {
    let project = words();
    project.edit("min = 0.5", "min = 0.9");
    project.edit("default = [\"page\"]", "default = [\"grade\"]");
    project.run(&["build"]);
    let short = project.run(&["build"]);
    std::fs::remove_dir_all(project.path(".ingot/memo")).unwrap();
    let whole = project.run(&["build"]);
    assert_eq!(told(&short), told(&whole));
    assert_eq!(short.code, 4);
    assert!(short.stderr.contains("gate grade: share is 0.6667"), "{}", short.stderr);
}

/// What may happen between two builds.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Nothing,
    Manifest,
    Back,
    Source,
    SourceWithItsTime,
    Touch,
    Blob,
    Record,
    Link,
    Export,
    Lock,
    Views,
    Other,
}

const HAPPENINGS: [Happening; 13] = [
    Happening::Nothing,
    Happening::Manifest,
    Happening::Back,
    Happening::Source,
    Happening::SourceWithItsTime,
    Happening::Touch,
    Happening::Blob,
    Happening::Record,
    Happening::Link,
    Happening::Export,
    Happening::Lock,
    Happening::Views,
    Happening::Other,
];

fn happen(project: &Project, happening: Happening, turn: usize) {
    let source = project.path("data/lines.txt");
    let store = |path: &str| project.path(&format!(".ingot/{path}"));
    let some = |folder: &str| {
        let files: Vec<_> = walk(&store(folder))
            .into_iter()
            .filter(|path| path.is_file() || path.is_symlink())
            .collect();
        files[turn * 7 % files.len()].clone()
    };
    let epochs = |to: &str| {
        let manifest = project.read("ingot.toml");
        let old = if manifest.contains("epochs = 2") { "epochs = 2" } else { "epochs = 3" };
        project.edit(old, to);
    };
    match happening {
        Happening::Nothing => {}
        Happening::Manifest => epochs("epochs = 3"),
        Happening::Back => epochs("epochs = 2"),
        Happening::Source => {
            let text = project.read("data/lines.txt");
            project.write("data/lines.txt", format!("{text}train n{turn} b c\n"));
        }
        Happening::SourceWithItsTime => {
            let time = std::fs::metadata(&source).unwrap().modified().unwrap();
            let text = project.read("data/lines.txt");
            project.write(
                "data/lines.txt",
                text.replacen("line", "lien", 1).replacen("enil", "line", 1),
            );
            std::fs::File::options().write(true).open(&source).unwrap().set_modified(time).unwrap();
        }
        Happening::Touch => {
            let file = std::fs::File::options().write(true).open(&source).unwrap();
            file.set_modified(std::time::SystemTime::now()).unwrap();
        }
        Happening::Blob => std::fs::remove_file(some("cas")).unwrap(),
        Happening::Record => std::fs::remove_file(some("actions")).unwrap(),
        Happening::Link => std::fs::remove_file(some("out")).unwrap(),
        // One that was written to by hand is refused, by either way.
        Happening::Export => std::fs::remove_file(project.path("page.txt")).unwrap(),
        Happening::Lock => std::fs::remove_file(project.path("ingot.lock")).unwrap(),
        Happening::Views => {
            let said = project.run(&["clean"]);
            assert_eq!(said.code, 0, "{}", said.stderr);
        }
        Happening::Other => {
            let said = project.run(&["build", "--set", "epochs=9"]);
            assert_eq!(said.code, 0, "{}", said.stderr);
        }
    }
}

/// What a person can see of a workspace.
fn seen(project: &Project) -> Vec<String> {
    let links = walk(&project.path(".ingot/out")).into_iter().filter(|path| path.is_symlink());
    let mut seen: Vec<String> = links
        .map(|path| format!("{} {:?}", path.display(), std::fs::read_link(&path).unwrap()))
        .collect();
    seen.sort();
    seen.extend(["ingot.lock", "page.txt"].map(|file| project.read(file)));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_says_what_the_whole_way_says(
        happenings in prop::collection::vec(prop::sample::select(HAPPENINGS.to_vec()), 1..5),
    ) {
        let project = words();
        let manifest = project.read("ingot.toml");
        project.write("ingot.toml", format!("{manifest}[exports]\n\"page.txt\" = \"page.page\"\n"));
        project.run(&["build"]);
        for (turn, happening) in happenings.into_iter().enumerate() {
            happen(&project, happening, turn);
            let first = project.run(&["build"]);
            prop_assert_eq!(first.code, 0, "{:?}: {}", happening, first.stderr);
            let after = seen(&project);
            std::fs::remove_dir_all(project.path(".ingot/memo")).unwrap();
            let whole = project.run(&["build"]);
            // Had the first build believed a memo wrongly, this one would do something.
            prop_assert!(whole.stderr.contains(" 0 executed"), "{:?}: {}", happening, whole.stderr);
            prop_assert_eq!(&seen(&project), &after);
            let short = project.run(&["build"]);
            prop_assert_eq!(told(&short), told(&whole));
        }
    }
}
