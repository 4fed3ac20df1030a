//! Copies in the workspace: whole, writable, and the user's own.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::support::{Tree, file, folder, ingest, mode, open, paths, read, tamper, tree};
use crate::store::StoreError;
use crate::store::export::{Copied, Over};

const OURS: Over = Over::Known(None);

#[test]
fn a_copy_is_writable_and_shares_nothing_with_the_store() {
    let at = folder();
    let store = open(at.path());
    let made = tree([("a", file("a")), ("run", Tree::File(b"x".to_vec(), true))]);
    let content = ingest(&store, &made).unwrap();
    let destination = at.path().join("reports/latest");
    assert_eq!(store.copy_out(content, &destination, OURS).unwrap(), Copied::New);
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
        assert_eq!(store.copy_out(content, &destination, OURS).unwrap(), Copied::New);
        assert_eq!(store.copy_out(content, &destination, OURS).unwrap(), Copied::Same);
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
    store.copy_out(old, &destination, OURS).unwrap();
    for blob in paths(&at.path().join(".ingot/cas")) {
        if blob.is_file() && fs::read(&blob).unwrap() == b"new" {
            tamper(&blob, b"bad");
        }
    }
    let copied = store.copy_out(new, &destination, OURS);
    assert!(matches!(copied, Err(StoreError::BlobMissing { .. })), "{copied:?}");
    assert_eq!(read(&destination), file("old"));
}

#[test]
fn what_somebody_else_made_or_changed_stays() {
    let at = folder();
    let store = open(at.path());
    let [one, two] = ["one", "two"].map(|text| ingest(&store, &file(text)).unwrap());
    let folder = ingest(&store, &tree([("a", file("one"))])).unwrap();
    let place = at.path().join("place");
    let set = |text: &str| fs::write(&place, text).unwrap();
    set("mine");
    assert_eq!(store.copy_out(one, &place, OURS).unwrap(), Copied::Refused);
    assert_eq!(read(&place), file("mine"));
    assert_eq!(store.copy_out(one, &place, Over::Anything).unwrap(), Copied::New);
    assert_eq!(store.copy_out(folder, &place, OURS).unwrap(), Copied::New, "it was a copy");
    fs::write(place.join("b"), "mine").unwrap();
    assert_eq!(store.copy_out(two, &place, OURS).unwrap(), Copied::Refused);
    fs::remove_file(place.join("b")).unwrap();
    assert_eq!(store.copy_out(two, &place, OURS).unwrap(), Copied::New);
    set("one");
    assert_eq!(store.copy_out(folder, &place, OURS).unwrap(), Copied::Refused);
    let known = Over::Known(Some(one));
    assert_eq!(store.copy_out(folder, &place, known).unwrap(), Copied::New, "the lock knows it");
    let names: Vec<_> = fs::read_dir(at.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing stays beside it: {names:?}");
}
