//! Collections: what stays, what goes, what a lease keeps, and any operation failing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::support::{PATIENT, file, folder, ingest, key, open, paths, record, tree};
use crate::model::action::ActionKey;
use crate::store::action_cache::Lookup;
use crate::store::gc::Collected;
use crate::store::work::Observation;
use crate::store::{Store, StoreError};
use crate::sys::clock;
use crate::sys::fault::{Fault, arm};
use crate::sys::tests::folder_in_memory;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// Three results of one file each; `one` took a second a byte, `two` ten, `three` none.
fn three(root: &Path) -> Store {
    let store = open(root);
    for (name, seconds) in NAMES.iter().zip([1.0, 10.0, 0.0]) {
        let content = ingest(&store, &tree([("text", file(&name.repeat(100)))])).unwrap();
        record(&store, name, content);
        store.view(content).unwrap();
        let observation = Observation {
            version: 1,
            key: key(name),
            at: 0,
            seconds: seconds * 100.0 * name.len() as f64,
            before: 0.0,
            peak_memory: None,
            held: Vec::new(),
            programs: Default::default(),
        };
        store.observe(name, &observation).unwrap();
    }
    store
}

fn roots(names: &[&str]) -> BTreeSet<ActionKey> {
    names.iter().map(|name| key(name)).collect()
}

fn collect(
    store: &Store,
    roots: &BTreeSet<ActionKey>,
    size: Option<u64>,
    dry: bool,
) -> Result<Collected, StoreError> {
    store.collect(&store.hold_alone()?, roots, size, dry)
}

/// The names whose results are there, with their blobs.
fn there(store: &Store) -> Vec<&'static str> {
    let is_there = |name: &&str| {
        let result = store.get(key(name)).unwrap();
        let complete = result.as_ref().is_some_and(|r| store.complete(r, &["data"]).unwrap());
        assert_eq!(result.is_some(), complete, "a record stands without its blobs");
        complete
    };
    NAMES.into_iter().filter(is_there).collect()
}

#[test]
fn what_a_root_names_stays_and_nothing_else() {
    let at = folder();
    let store = three(at.path());
    let dry = collect(&store, &roots(&["two"]), None, true).unwrap();
    assert_eq!(there(&store), NAMES);
    let done = collect(&store, &roots(&["two"]), None, false).unwrap();
    assert_eq!(dry, done, "a dry run tells what a run does");
    assert_eq!((done.kept, done.removed), (1, 2));
    assert_eq!(there(&store), ["two"]);
    assert_eq!(paths(&at.path().join(".ingot/views")).len(), 2, "a folder and its file");
    let again = collect(&store, &roots(&["two"]), None, false).unwrap();
    assert_eq!((again.removed, again.blobs), (0, 0));
    assert_eq!(again.bytes_kept, done.bytes_kept);
}

#[test]
fn within_a_size_what_costs_most_a_byte_stays() {
    let at = folder();
    let store = three(at.path());
    let all = collect(&store, &roots(&NAMES), None, true).unwrap().bytes_kept;
    assert_eq!(collect(&store, &roots(&[]), Some(all), false).unwrap().removed, 0);
    collect(&store, &roots(&[]), Some(all - 1), false).unwrap();
    assert_eq!(there(&store), ["one", "two"], "`three` costs nothing to make again");
    collect(&store, &roots(&["one"]), Some(0), false).unwrap();
    assert_eq!(there(&store), ["one"], "a root stays whatever the size");
}

#[test]
fn what_a_living_build_leases_stays() {
    let at = folder();
    let store = three(at.path());
    let lease = store.lease().unwrap();
    lease.begin(clock::now() + std::time::Duration::from_secs(60)).unwrap();
    let result = store.get(key("three")).unwrap().unwrap();
    lease.add([key("one")], [result.outputs["data"].content]).unwrap();
    collect(&store, &roots(&[]), None, false).unwrap();
    assert_eq!(there(&store), ["one"]);
    assert!(store.complete(&result, &["data"]).unwrap(), "a content is leased without its key");
    drop(lease);
    collect(&store, &roots(&[]), None, false).unwrap();
    assert_eq!(there(&store), [""; 0]);
    assert!(paths(&at.path().join(".ingot/cas")).iter().all(|path| path.is_dir()));
}

#[test]
fn what_is_younger_than_a_lease_stays() {
    let at = folder();
    let store = three(at.path());
    let lease = store.lease().unwrap();
    lease.begin(clock::now()).unwrap();
    let done = collect(&store, &roots(&[]), None, false).unwrap();
    assert_eq!(done.blobs, 0, "a build that runs may have just made it");
}

#[test]
fn a_collection_waits_for_those_who_look_things_up() {
    let at = folder();
    let store = three(at.path());
    let hold = store.hold().unwrap();
    std::thread::scope(|scope| {
        let collecting = scope.spawn(|| collect(&store, &roots(&[]), None, false).unwrap());
        for _ in 0..5 {
            assert_eq!(there(&store), NAMES);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        drop(hold);
        assert_eq!(collecting.join().unwrap().removed, 3);
    });
}

#[test]
fn any_operation_of_a_collection_may_fail() {
    for fault in [Fault::Error, Fault::Crash] {
        for operations in 0.. {
            let at = folder_in_memory();
            let root = fs::canonicalize(at.path()).unwrap();
            drop(three(&root));
            let armed = arm(&root.join(".ingot"), operations, fault);
            let collect = |root: &Path| {
                let store = Store::open(&root.join(".ingot"))?;
                store.collect(&store.hold_alone()?, &roots(&["two"]), None, false)
            };
            let outcome = collect(&root);
            let met = armed.met();
            assert!(met || outcome.is_ok(), "{outcome:?}");
            drop(armed);
            assert!(there(&open(&root)).contains(&"two"), "a root is lost at {operations}");
            collect(&root).unwrap();
            let store = open(&root);
            assert_eq!(there(&store), ["two"]);
            assert!(matches!(
                store.lookup(key("one"), &["data"], &PATIENT, &mut |_| {}).unwrap(),
                Lookup::Miss(_)
            ));
            if !met {
                assert!(operations > 30, "a collection has many operations: {operations}");
                break;
            }
        }
    }
}

#[test]
fn a_check_finds_what_is_flipped_truncated_or_swapped() {
    let at = folder();
    let store = three(at.path());
    let clean = store.check().unwrap();
    assert_eq!((clean.damaged.len(), clean.results, clean.incomplete.len()), (0, 3, 0));
    let blobs: Vec<_> = paths(&at.path().join(".ingot/cas"))
        .into_iter()
        .filter(|path| path.is_file() && fs::metadata(path).unwrap().len() >= 300)
        .collect();
    let [first, second, third] = &blobs[..] else { panic!("{blobs:?}") };
    // As a disk does it: the bytes change, the times do not.
    let quietly = |path: &Path, bytes: &[u8]| {
        let modified = fs::metadata(path).unwrap().modified().unwrap();
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(modified).unwrap();
        let mut mode = fs::metadata(path).unwrap().permissions();
        mode.set_readonly(true);
        fs::set_permissions(path, mode).unwrap();
    };
    let mut flipped = fs::read(first).unwrap();
    flipped[7] ^= 1;
    let swapped = fs::read(third).unwrap();
    quietly(first, &flipped);
    quietly(second, &swapped[..10]);
    quietly(third, &fs::read(first).unwrap());
    let found = store.check().unwrap();
    assert_eq!((found.damaged.len(), found.incomplete.len()), (3, 3));
    assert_eq!(there_at_all(&store), 3, "the records stay");
    for name in NAMES {
        assert!(matches!(
            store.lookup(key(name), &["data"], &PATIENT, &mut |_| {}).unwrap(),
            Lookup::Miss(_)
        ));
    }
}

fn there_at_all(store: &Store) -> usize {
    NAMES.into_iter().filter(|name| store.get(key(name)).unwrap().is_some()).count()
}
