//! A folder becomes a store, or is refused; work folders die with their owner.

use std::fs;

use super::support::{folder, open};
use crate::store::{LAYOUT, Store, StoreError};
use crate::sys::PathError;

#[test]
fn a_store_of_another_version_is_refused_by_name() {
    let at = folder();
    drop(open(at.path()));
    for other in ["ingot-store 2\n", "ingot-store 1", "something\0else"] {
        fs::write(at.path().join(".ingot/version"), other).unwrap();
        let error = Store::open(&at.path().join(".ingot")).unwrap_err();
        let StoreError::OtherVersion { found, .. } = &error else { panic!("{error}") };
        assert_eq!((found.as_str(), error.code()), (other.trim(), "E0701"));
    }
}

#[test]
fn a_folder_of_something_else_is_not_filled() {
    let at = folder();
    fs::write(at.path().join("thesis.tex"), "").unwrap();
    let error = Store::open(at.path()).unwrap_err();
    assert!(matches!(&error, StoreError::NotAStore { found, .. } if found.ends_with("thesis.tex")));
    assert_eq!(error.code(), "E0707");
    let names: Vec<_> = fs::read_dir(at.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.tex"]);
}

#[test]
fn a_store_whose_making_was_cut_short_is_made_to_the_end() {
    let at = folder();
    let root = at.path().join(".ingot");
    drop(open(at.path()));
    for cut in ["version", "views", "cas", "synced", ".gitignore"] {
        crate::sys::fs::remove_all(&root.join(cut)).unwrap();
        let store = open(at.path());
        store.put_bytes(b"x").unwrap();
        assert_eq!(fs::read_to_string(root.join("version")).unwrap(), LAYOUT);
    }
    fs::write(root.join("version"), "").unwrap();
    drop(open(at.path()));
    assert_eq!(fs::read_to_string(root.join("version")).unwrap(), LAYOUT);
}

#[test]
fn a_store_is_ignored_by_git_and_leaves_no_work_behind() {
    let at = folder();
    let store = open(at.path());
    store.put_bytes(b"x").unwrap();
    drop(store);
    assert_eq!(fs::read_to_string(at.path().join(".ingot/.gitignore")).unwrap(), "*\n");
    assert_eq!(fs::read_dir(at.path().join(".ingot/work")).unwrap().count(), 0);
}

#[test]
fn a_sweep_takes_the_folders_of_the_dead_and_leaves_those_of_the_living() {
    let at = folder();
    let (store, other) = (open(at.path()), open(at.path()));
    let alive = store.work_folder().unwrap();
    let work = at.path().join(".ingot/work");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&work).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        names
    };
    let living = names();
    // What a killed process leaves: a folder and its lock that nobody holds;
    // and what one leaves that was killed while it swept.
    fs::create_dir(work.join(".tmp-dead")).unwrap();
    fs::write(work.join(".tmp-dead/file"), "x").unwrap();
    fs::write(work.join(".tmp-dead.lock"), "").unwrap();
    fs::create_dir(work.join(".tmp-half")).unwrap();
    fs::write(work.join(".tmp-gone.lock"), "").unwrap();
    other.sweep_work().unwrap();
    assert!(alive.path().is_dir());
    assert_eq!(names(), living);
    drop((alive, store, other));
    assert_eq!(names(), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn a_clock_that_was_set_back_takes_no_blob_out_of_sight() {
    use std::time::Duration;
    let at = folder();
    let now = crate::sys::clock::now();
    let hour = Duration::from_secs(3600);
    let root = at.path().join(".ingot");
    // The first boot ran an hour ahead and synced; then the clock was put right.
    Store::open_at(&root, "first", now + hour).unwrap();
    let store = Store::open_at(&root, "first", now).unwrap();
    let blob = store.blob_path(store.put_bytes(b"whole").unwrap());
    drop(store);
    // The machine goes down before the bytes are on the disk.
    let times = fs::metadata(&blob).unwrap().modified().unwrap();
    super::support::set_mode(&blob, 0o644);
    fs::write(&blob, "\0\0\0\0\0").unwrap();
    fs::File::open(&blob).unwrap().set_modified(times).unwrap();
    super::support::set_mode(&blob, 0o444);
    drop(Store::open_at(&root, "second", now + Duration::from_secs(60)).unwrap());
    assert!(!blob.exists(), "it was hashed, and is no longer believed");
}

#[test]
fn every_error_has_its_code() {
    let path = |kind: std::io::ErrorKind| {
        StoreError::from(PathError::new("write", "x".as_ref(), kind.into()))
    };
    use std::io::ErrorKind::{NotFound, QuotaExceeded, StorageFull};
    assert_eq!(path(StorageFull).code(), "E0604");
    assert_eq!(path(QuotaExceeded).code(), "E0604");
    assert_eq!(path(NotFound).code(), "E0503");
    assert_eq!(path(StorageFull).to_string(), "cannot write x");
}
