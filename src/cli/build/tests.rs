//! Whole commands (a build, a collection, a check), every operation of them failing
//! in its turn: with an error, with a full disk, and with the end of the process.
//!
//! Whatever failed: what was built before is whole, what is new is whole or not
//! there, nothing that is damaged is believed, and the same command then succeeds.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;

use super::*;
use crate::cli::gc;
use crate::cli::{Cli, Command};
use crate::digest::Digest;
use crate::engine::event::Outcome;
use crate::lockfile::Lock;
use crate::store::Store;
use crate::store::check::Checked;
use crate::sys::fault::{Fault, arm};
use crate::sys::tests::folder_in_memory;

const MANIFEST: &str = r#"
[pipeline]
name = "faults"
edition = 1

[sources.text]
path = "text"

[steps.keep]
kind = "command"
run = ["sh", "-c", '''
mkdir "$2"
printf 'kept %s' "$(cat "$1")" > "$2/text"
printf '#!/bin/sh\n' > "$2/run"
chmod 755 "$2/run"
echo copied
''', "make", "{inputs.text}", "{outputs.copy}"]
inputs.text = "text"
outputs.copy = "files"

[exports]
"kept" = "keep.copy"
"#;

/// A workspace that was never built.
fn unbuilt(root: &Path) {
    fs::write(root.join("ingot.toml"), MANIFEST).unwrap();
    fs::write(root.join("text"), "old").unwrap();
}

/// One that was built with `old`; its source is `new`.
fn edited(root: &Path) {
    unbuilt(root);
    run_build(root).unwrap();
    fs::write(root.join("text"), "new").unwrap();
}

/// One that was built with `old` and then with `new`.
fn built_twice(root: &Path) {
    edited(root);
    run_build(root).unwrap();
}

fn parse(root: &Path, command: &str) -> Cli {
    Cli::try_parse_from(["ingot", "-C", root.to_str().unwrap(), command]).unwrap()
}

/// What `ingot build` does; gives its end and the steps that ran.
fn run_build(root: &Path) -> Result<(Exit, Vec<String>), Stop> {
    let mut cli = parse(root, "build");
    // The program that launches is not there in these tests.
    if let Command::Build(arguments) = &mut cli.command {
        arguments.no_sandbox = true;
    }
    let Command::Build(arguments) = &cli.command else { unreachable!() };
    let mut executed = Vec::new();
    let mut emit = |event: BuildEvent| {
        if let BuildEvent::Finished { step, outcome: Outcome::Executed, .. } = event {
            executed.push(step);
        }
    };
    let asked = MemoQuery::new(cli.global.directory(), &[]);
    let replayed = asked.as_ref().and_then(|asked| asked.replay(&mut emit).transpose());
    let exit = match replayed.transpose()? {
        Some(exit) => exit,
        None => {
            let mut workspace = arguments.selection.open(&cli.global)?;
            let request = arguments.request(&workspace, &Arc::new(AtomicBool::new(false)))?;
            let request = BuildRequest { memo: asked.as_ref(), ..request };
            let built = build::build(&mut workspace, &request, &mut emit)?;
            end(arguments, &workspace, built, &Output::new(false))?
        }
    };
    Ok((exit, executed))
}

/// What `ingot gc` does.
fn run_gc(root: &Path) -> Result<crate::store::gc::Collected, Stop> {
    let cli = parse(root, "gc");
    let Command::Gc(arguments) = &cli.command else { unreachable!() };
    Ok(gc::collect(arguments, &cli.global)?.done)
}

fn run_check(root: &Path) -> Result<Checked, crate::store::StoreError> {
    Store::open(&root.join(".ingot"))?.check()
}

/// Runs `command` with its first operation failing, then with its second, and so on
/// until none is left to fail. `after` looks at what each failure left.
fn fail_each(
    fault: Fault,
    prepare: fn(&Path),
    command: fn(&Path) -> bool,
    after: fn(&Path, &str),
) -> usize {
    for operations in 0.. {
        let at = folder_in_memory();
        let root = fs::canonicalize(at.path()).unwrap();
        prepare(&root);
        let armed = arm(&root, operations, fault);
        let succeeded = command(&root);
        let met = armed.met();
        drop(armed);
        let place = format!("{fault:?} {operations}");
        assert!(met || succeeded, "{place}: it fails without a fault");
        after(&root, &place);
        if !met {
            return operations;
        }
    }
    unreachable!("operations are finite")
}

const FAULTS: [Fault; 3] = [Fault::Error, Fault::Full, Fault::Crash];

/// Every blob is what its name says, and nothing sound was taken for damaged.
fn check_blobs(root: &Path, place: &str) {
    let cas = root.join(".ingot/cas");
    for path in files(&cas) {
        let name = path.strip_prefix(&cas).unwrap().to_str().unwrap().replace('/', "");
        assert_eq!(Digest::of(&fs::read(&path).unwrap()).to_hex(), name, "{place}");
    }
    assert_eq!(files(&root.join(".ingot/quarantine")), [""; 0].map(PathBuf::from), "{place}");
}

/// Every file below a folder; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() && !path.is_symlink() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// What the lock, the export and the link of the latest output are about: each whole.
fn stand(root: &Path, place: &str) -> [Option<String>; 3] {
    let text = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("text")).ok()?;
        let mode = fs::metadata(folder.join("run")).unwrap().permissions().mode();
        assert_ne!(mode & 0o100, 0, "{place}: half a folder");
        Some(text.strip_prefix("kept ").unwrap_or_else(|| panic!("{place}: {text}")).to_owned())
    };
    let lock = fs::read_to_string(root.join("ingot.lock")).ok().map(|text| {
        let lock = Lock::parse(&text, 0).unwrap_or_else(|_| panic!("{place}: {text}"));
        let content = lock.sources["text"].content.digest();
        let words = ["old", "new"].into_iter().find(|word| Digest::of(word.as_bytes()) == content);
        words.unwrap().to_owned()
    });
    [lock, text(root.join("kept")), text(root.join(".ingot/out/keep/copy"))]
}

fn is_one_of(found: &[Option<String>; 3], allowed: &[Option<&str>], place: &str) {
    for what in found {
        assert!(allowed.contains(&what.as_deref()), "{place}: {found:?}");
    }
}

/// The store believes nothing that it does not hold, and a build ends as it should.
fn recovers(root: &Path, place: &str) {
    check_blobs(root, place);
    let checked = run_check(root).unwrap();
    let (damaged, unreadable, incomplete) =
        (checked.damaged, checked.unreadable, checked.incomplete);
    assert_eq!((damaged.len(), unreadable.len(), incomplete.len()), (0, 0, 0), "{place}");
    let (exit, _) = run_build(root).unwrap_or_else(|stop| panic!("{place}: {stop:?}"));
    assert_eq!(exit, Exit::Done, "{place}");
    let word = fs::read_to_string(root.join("text")).unwrap();
    is_one_of(&stand(root, place), &[Some(&word)], place);
    let (exit, executed) = run_build(root).unwrap();
    assert_eq!((exit, executed), (Exit::Done, Vec::new()), "{place}: nothing is left to do");
    check_blobs(root, place);
    let left = || {
        let files = files(&root.join(".ingot")).into_iter();
        files.filter(|path| path.to_string_lossy().contains(".tmp-")).collect::<Vec<_>>()
    };
    // Another test that just starts a process holds every lock for a moment.
    for _ in 0..100 {
        if left().is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
        Store::open(&root.join(".ingot")).unwrap().sweep_work().unwrap();
    }
    panic!("{place}: {:?}", left());
}

fn builds(root: &Path) -> bool {
    run_build(root).is_ok_and(|(exit, _)| exit == Exit::Done)
}

fn any_operation_of_a_build_may_fail(fault: Fault) {
    let operations = fail_each(fault, edited, builds, |root, place| {
        is_one_of(&stand(root, place), &[Some("old"), Some("new")], place);
        recovers(root, place);
        fs::write(root.join("text"), "old").unwrap();
        let (_, executed) = run_build(root).unwrap();
        assert_eq!(executed, [""; 0], "{place}: what was built before is lost");
    });
    assert!(operations > 20, "a build has many operations: {operations}");
}

#[test]
fn a_build_may_fail_at_any_operation() {
    any_operation_of_a_build_may_fail(Fault::Error);
}

#[test]
fn a_build_may_find_the_disk_full_at_any_operation() {
    any_operation_of_a_build_may_fail(Fault::Full);
}

#[test]
fn a_build_may_be_gone_at_any_operation() {
    any_operation_of_a_build_may_fail(Fault::Crash);
}

#[test]
fn a_first_build_may_be_gone_at_any_operation() {
    fail_each(Fault::Crash, unbuilt, builds, |root, place| {
        is_one_of(&stand(root, place), &[Some("old"), None], place);
        recovers(root, place);
    });
}

#[test]
fn a_build_with_nothing_to_do_may_fail_at_any_operation() {
    for fault in FAULTS {
        fail_each(fault, built_twice, builds, |root, place| {
            is_one_of(&stand(root, place), &[Some("new")], place);
            recovers(root, place);
        });
    }
}

#[test]
fn a_collection_may_fail_at_any_operation() {
    for fault in FAULTS {
        fail_each(
            fault,
            built_twice,
            |root| run_gc(root).is_ok(),
            |root, place| {
                is_one_of(&stand(root, place), &[Some("new")], place);
                let (_, executed) = run_build(root).unwrap();
                assert_eq!(executed, [""; 0], "{place}: what the lock names is lost");
                recovers(root, place);
                run_gc(root).unwrap();
                assert_eq!(files(&root.join(".ingot/actions")).len(), 1, "{place}");
                // The action, the source, and the output's folder, text and program.
                assert_eq!(files(&root.join(".ingot/cas")).len(), 5, "{place}");
                recovers(root, place);
            },
        );
    }
}

/// A store with a damaged blob, a torn record, and a log that ends in the middle of a
/// line.
fn damaged(root: &Path) {
    built_twice(root);
    let blob = Store::open(&root.join(".ingot")).unwrap().blob_path(Digest::of(b"kept new"));
    fs::set_permissions(&blob, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&blob, "bad").unwrap();
    let lock = Lock::parse(&fs::read_to_string(root.join("ingot.lock")).unwrap(), 0).unwrap();
    let new = lock.steps["keep"].key.0.to_hex();
    let records = files(&root.join(".ingot/actions"));
    let old =
        records.iter().find(|path| !new.ends_with(path.file_name().unwrap().to_str().unwrap()));
    fs::write(old.unwrap(), "{\"version\": 1, \"res").unwrap();
}

#[test]
fn a_check_may_fail_at_any_operation() {
    for fault in FAULTS {
        fail_each(
            fault,
            damaged,
            |root| run_check(root).is_ok(),
            |root, place| {
                run_check(root).unwrap();
                let again = run_check(root).unwrap();
                assert_eq!((again.damaged.len(), again.unreadable.len()), (0, 0), "{place}");
                assert_eq!(files(&root.join(".ingot/quarantine")).len(), 1, "{place}");
                let cas = root.join(".ingot/cas");
                assert!(files(&cas).len() >= 8, "{place}: what is sound stays");
                let (exit, executed) = run_build(root).unwrap();
                assert_eq!(
                    (exit, executed.len()),
                    (Exit::Done, 1),
                    "{place}: what is lost runs again"
                );
                is_one_of(&stand(root, place), &[Some("new")], place);
            },
        );
    }
}
