//! Trees that are too large: made by a step, in a source, or by a few nodes of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::support::{PATIENT, file, folder, key, open, record, tree};
use crate::model::artifact::Content;
use crate::store::bounds::{MOST_DEPTH, TooLarge};
use crate::store::tree::{Entry, Node};
use crate::store::{Store, StoreError};

fn nested(at: &Path, levels: u32) {
    let path: std::path::PathBuf = (0..levels).map(|_| "d").collect();
    fs::create_dir_all(at.join(path)).unwrap();
}

#[test]
fn a_source_and_an_output_have_the_same_deepest_place() {
    for (levels, held) in [(MOST_DEPTH, true), (MOST_DEPTH + 1, false)] {
        let at = folder();
        let store = open(at.path());
        nested(&at.path().join("source"), levels);
        nested(&at.path().join("output"), levels);
        let source = store.digest_source(at.path(), "source", &[]);
        let output = store.ingest_output(&at.path().join("output"), &PATIENT);
        for found in [&source, &output] {
            match found {
                Err(StoreError::TooLarge { bound, .. }) => {
                    assert_eq!((*bound, held), (TooLarge::Depth, false));
                }
                found => assert!(found.is_ok() && held, "{found:?}"),
            }
        }
        assert_eq!(source.ok(), output.ok());
    }
}

/// Nodes that stand for two to the power of `levels` files.
fn bomb(store: &Store, levels: u32) -> Content {
    let file = store.put_bytes(b"x").unwrap();
    let mut below = Entry::File { digest: file, size: 1, executable: false };
    for _ in 0..levels {
        let names = ["a", "b"].map(|name| (name.to_owned(), below.clone()));
        let (digest, size) = store.put_node(&Node::new(BTreeMap::from(names))).unwrap();
        below = Entry::Tree { digest, size };
    }
    match below {
        Entry::Tree { digest, .. } => Content::Tree(digest),
        _ => unreachable!(),
    }
}

#[test]
fn a_few_nodes_that_stand_for_billions_of_files_cost_what_they_are() {
    let at = folder();
    let store = open(at.path());
    let content = bomb(&store, 32);
    record(&store, "bomb", content);
    let result = store.get(key("bomb")).unwrap().unwrap();
    assert!(!store.complete(&result, &["data"]).unwrap(), "it counts as lost");
    assert!(store.view(content).is_err());
    assert!(matches!(store.size_of(content), Err(StoreError::TooLarge { .. })));
    let other = store.ingest_source(at.path(), ".ingot/version", &[]);
    assert!(other.is_ok());
    assert!(store.changes(content, bomb(&store, 33)).is_err());
    assert_eq!(store.check().unwrap().incomplete, [key("bomb")]);
    let kept = store.collect(&store.hold_alone().unwrap(), &[key("bomb")].into(), None, false);
    assert!(kept.unwrap().bytes_kept > 0);
    let blobs: BTreeSet<_> = store.blobs_of(content).unwrap().into_iter().collect();
    assert_eq!(blobs.len(), 33);
}

#[test]
fn a_tree_within_the_bounds_may_hold_a_folder_often() {
    let at = folder();
    let store = open(at.path());
    let content = bomb(&store, 5);
    record(&store, "same", content);
    let result = store.get(key("same")).unwrap().unwrap();
    assert!(store.complete(&result, &["data"]).unwrap());
    let mut expected = file("x");
    for _ in 0..5 {
        expected = tree([("a", expected.clone()), ("b", expected)]);
    }
    assert_eq!(super::support::read(&store.view(content).unwrap()), expected);
}
