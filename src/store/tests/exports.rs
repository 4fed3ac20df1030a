//! Copies in the workspace: whole, writable, and the user's own.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::support::{Tree, file, folder, ingest, mode, open, paths, read, tamper, tree};
use crate::store::StoreError;

#[test]
fn a_copy_is_writable_and_shares_nothing_with_the_store() {
    let at = folder();
    let store = open(at.path());
    let made = tree([("a", file("a")), ("run", Tree::File(b"x".to_vec(), true))]);
    let content = ingest(&store, &made).unwrap();
    let destination = at.path().join("reports/latest");
    assert!(store.copy_out(content, &destination).unwrap(), "it is new");
    assert_eq!(read(&destination), made);
    assert_eq!((mode(&destination.join("a")), mode(&destination.join("run"))), (0o644, 0o755));
    assert_eq!(fs::metadata(destination.join("a")).unwrap().nlink(), 1);
    fs::write(destination.join("a"), "mine").unwrap();
    assert_eq!(read(&store.view(content).unwrap()), made);
}

#[test]
fn a_copy_that_is_there_already_is_left_alone_and_another_replaced() {
    let at = folder();
    let store = open(at.path());
    let contents = [file("1"), tree([("a", file("2"))]), tree([]), file("4")];
    let destination = at.path().join("odd [name]*");
    for made in contents {
        let content = ingest(&store, &made).unwrap();
        assert!(store.copy_out(content, &destination).unwrap());
        assert!(!store.copy_out(content, &destination).unwrap(), "nothing changed");
        assert_eq!(read(&destination), made);
    }
    let names: Vec<_> = fs::read_dir(at.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary stays: {names:?}");
}

#[test]
fn a_copy_whose_blob_is_lost_says_so_and_keeps_the_old_one() {
    let at = folder();
    let store = open(at.path());
    let old = ingest(&store, &file("old")).unwrap();
    let new = ingest(&store, &tree([("a", file("new"))])).unwrap();
    let destination = at.path().join("card");
    store.copy_out(old, &destination).unwrap();
    for blob in paths(&at.path().join(".ingot/cas")) {
        if blob.is_file() && fs::read(&blob).unwrap() == b"new" {
            tamper(&blob, b"bad");
        }
    }
    assert!(matches!(store.copy_out(new, &destination), Err(StoreError::BlobMissing { .. })));
    assert_eq!(read(&destination), file("old"));
}
