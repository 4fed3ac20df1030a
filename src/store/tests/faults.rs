//! Every operation of a build's way through the store fails in its turn: with
//! an error, with a full disk, and with the end of the process.
//!
//! Whatever failed, the store opens, what was recorded before is whole, what was
//! not recorded is not half there, and the same build then succeeds.

use std::fs;
use std::path::Path;

use super::support::{PATIENT, Tree, file, folder, ingest, key, open, paths, record, result, tree};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::action_cache::Lookup;
use crate::store::{Store, StoreError};
use crate::sys::fault::{Fault, arm};
use crate::sys::tests::folder_in_memory;

fn output() -> Tree {
    tree([
        ("dataset.json", file("{}")),
        ("data", tree([("train-0", file("train")), ("test-0", file("test"))])),
        ("run", Tree::File(b"#!/bin/sh\n".to_vec(), true)),
    ])
}

/// The way of one step: source, lookup, exec root, outputs, record, views.
fn build(folder: &Path) -> Result<Content, StoreError> {
    let store = Store::open(&folder.join(".ingot"))?;
    store.sweep_work()?;
    store.digest_source(folder, "source", &[])?;
    store.save_index()?;
    let content = match store.lookup(key("new"), &["data"], &PATIENT, &mut |_| {})? {
        Lookup::Hit(found) => found.outputs["data"].content,
        Lookup::Miss(reservation) => {
            let work = store.work_folder()?;
            let path = work.path().join("output");
            super::support::write(&path, &output(), super::support::Order::Forward);
            let content = store.ingest_output(&path, &PATIENT)?;
            store.put_bytes(b"the action")?;
            store.record(reservation, result("new", content))?;
            content
        }
    };
    store.flush()?;
    let train = store.cut(content, "data/{split}-*", &["train".to_owned()])?;
    store.view(train)?;
    store.view(content)?;
    store.link_output("step", "data", content)?;
    store.put_descriptor("worker", b"{}")?;
    Ok(content)
}

/// A workspace whose store holds one result from before.
fn before(folder: &Path) {
    fs::write(folder.join("source"), "source").unwrap();
    let store = open(folder);
    let content = ingest(&store, &tree([("old", file("old"))])).unwrap();
    record(&store, "old", content);
    store.view(content).unwrap();
}

/// Fails the first operation, then the second, and so on until none is left to
/// fail; `check` looks at what each failure left.
fn fail_each(fault: Fault, prepare: fn(&Path), check: fn(&Path)) -> usize {
    for operations in 0.. {
        let at = folder_in_memory();
        let root = fs::canonicalize(at.path()).unwrap();
        prepare(&root);
        let armed = arm(&root.join(".ingot"), operations, fault);
        let outcome = build(&root);
        let met = armed.met();
        assert!(met || outcome.is_ok(), "{outcome:?}");
        drop(armed);
        check(&root);
        let again = build(&root).unwrap_or_else(|error| panic!("{fault:?} {operations}: {error}"));
        let store = open(&root);
        store.sweep_work().unwrap();
        assert!(matches!(
            store.lookup(key("new"), &["data"], &PATIENT, &mut |_| {}).unwrap(),
            Lookup::Hit(_)
        ));
        assert_eq!(super::support::read(&store.view(again).unwrap()), output());
        drop(store);
        check_blobs(&root);
        let left: Vec<_> = paths(&root.join(".ingot"))
            .into_iter()
            .filter(|path| path.to_string_lossy().contains(".tmp-"))
            .collect();
        assert!(left.is_empty(), "{fault:?} {operations}: {left:?}");
        if !met {
            return operations;
        }
    }
    unreachable!("operations are finite")
}

/// Every blob is what its name says, and nothing was taken for damaged.
fn check_blobs(root: &Path) {
    let cas = root.join(".ingot/cas");
    for path in paths(&cas).into_iter().filter(|path| path.is_file()) {
        let name = path.strip_prefix(&cas).unwrap().to_str().unwrap().replace('/', "");
        assert_eq!(Digest::of(&fs::read(&path).unwrap()).to_hex(), name);
    }
    assert_eq!(paths(&root.join(".ingot/quarantine")), [""; 0].map(std::path::PathBuf::from));
}

fn check_old_and_new(root: &Path) {
    check_blobs(root);
    let store = open(root);
    let found = store.lookup(key("old"), &["data"], &PATIENT, &mut |_| {}).unwrap();
    let Lookup::Hit(old) = found else { panic!("what was recorded is lost") };
    let view = store.view(old.outputs["data"].content).unwrap();
    assert_eq!(super::support::read(&view), tree([("old", file("old"))]));
    if let Some(new) = store.get(key("new")).unwrap() {
        assert!(store.complete(&new, &["data"]).unwrap(), "a record stands before its blobs");
    }
}

#[test]
fn any_operation_may_fail() {
    let operations = fail_each(Fault::Error, before, check_old_and_new);
    assert!(operations > 50, "the way has many operations: {operations}");
}

#[test]
fn the_disk_may_be_full_at_any_operation() {
    fail_each(Fault::Full, before, check_old_and_new);
}

#[test]
fn the_process_may_be_gone_at_any_operation() {
    fail_each(Fault::Crash, before, check_old_and_new);
}

#[test]
fn a_store_may_fail_at_any_operation_of_its_making() {
    fn source_alone(root: &Path) {
        fs::write(root.join("source"), "source").unwrap();
    }
    fn nothing(_: &Path) {}
    for fault in [Fault::Error, Fault::Full, Fault::Crash] {
        fail_each(fault, source_alone, nothing);
    }
}

#[test]
fn a_full_disk_has_its_own_code() {
    let at = folder();
    let root = fs::canonicalize(at.path()).unwrap();
    let store = open(&root);
    store.put_bytes(b"first").unwrap();
    let _armed = arm(&root, 0, Fault::Full);
    assert_eq!(store.put_bytes(b"second").unwrap_err().code(), "E0604");
}

#[test]
fn a_failed_sync_is_tried_again() {
    let at = folder();
    let root = fs::canonicalize(at.path()).unwrap();
    let store = open(&root);
    store.put_bytes(b"x").unwrap();
    let before = fs::read(root.join(".ingot/synced")).unwrap();
    let armed = arm(&root, 0, Fault::Error);
    store.flush().unwrap_err();
    drop(armed);
    store.flush().unwrap();
    assert_ne!(fs::read(root.join(".ingot/synced")).unwrap(), before);
}
