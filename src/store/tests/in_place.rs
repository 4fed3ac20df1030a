//! Sources that are too big to copy: the same content, no blob, and no change unseen.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::support::{Order, Tree, file, folder, open, read, set_mode, tree, write};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::Store;

/// A store that copies up to three bytes.
fn store(folder: &Path) -> Store {
    open(folder).copying_up_to(3)
}

fn digest(store: &Store, folder: &Path) -> Content {
    store.digest_source(folder, "source", &[]).unwrap()
}

#[test]
fn a_big_file_is_read_where_it_stands() {
    let at = folder();
    fs::write(at.path().join("source"), "whole").unwrap();
    let store = store(at.path());
    let content = digest(&store, at.path());
    assert_eq!(content, Content::File { digest: Digest::of(b"whole"), executable: false });
    assert!(!store.blob_path(content.digest()).exists());
    let canonical = fs::canonicalize(at.path()).unwrap();
    assert_eq!(store.view(content).unwrap(), canonical.join("source"));
    assert_eq!(store.in_place(content).unwrap().len(), 1);
    fs::write(at.path().join("source"), "is").unwrap();
    let small = digest(&store, at.path());
    assert!(store.blob_path(small.digest()).exists(), "a small one is copied");
    assert!(store.in_place(small).unwrap().is_empty());
}

#[test]
fn a_folder_shows_its_big_files_by_links() {
    let at = folder();
    let sample = tree([("small", file("s")), ("deep", tree([("big", file("whole"))]))]);
    write(&at.path().join("source"), &sample, Order::Forward);
    let copied = digest(&open(&at.path().join("other")), at.path());
    let store = store(at.path());
    let content = digest(&store, at.path());
    assert_eq!(content, copied, "copied or not, it is the same content");
    let view = store.view(content).unwrap();
    assert_eq!(fs::read_to_string(view.join("deep/big")).unwrap(), "whole");
    assert!(fs::symlink_metadata(view.join("deep/big")).unwrap().is_symlink());
    assert_eq!(read(&view.join("small")), file("s"));
    assert_eq!(store.in_place(content).unwrap().len(), 1);
    drop(store);
    assert!(!view.exists(), "it is this process's own");
    assert!(at.path().join("source/deep/big").exists());
}

#[test]
fn what_is_in_the_store_is_not_read_in_place() {
    let at = folder();
    fs::write(at.path().join("source"), "whole").unwrap();
    let store = store(at.path());
    let content = digest(&store, at.path());
    store.put_bytes(b"whole").unwrap();
    assert!(store.in_place(content).unwrap().is_empty());
    assert_eq!(read(&store.view(content).unwrap()), file("whole"));
}

#[test]
fn whoever_touches_a_file_that_is_read_in_place_is_seen() {
    type Edit = fn(&Path, SystemTime);
    let edits: [(&str, Edit); 7] = [
        ("written to", |path, _| fs::write(path, "other").unwrap()),
        ("written to, its time set back", |path, time| {
            fs::write(path, "other").unwrap();
            File::open(path).unwrap().set_modified(time).unwrap();
        }),
        ("written to and written back", |path, time| {
            fs::write(path, "other").unwrap();
            fs::write(path, "whole").unwrap();
            File::open(path).unwrap().set_modified(time).unwrap();
        }),
        ("replaced", |path, time| {
            let other = path.with_file_name("other");
            fs::write(&other, "other").unwrap();
            File::open(&other).unwrap().set_modified(time).unwrap();
            fs::rename(&other, path).unwrap();
        }),
        ("made a program", |path, _| set_mode(path, 0o755)),
        ("removed", |path, _| fs::remove_file(path).unwrap()),
        ("led elsewhere", |path, _| {
            fs::rename(path, path.with_file_name("moved")).unwrap();
            symlink("moved", path).unwrap();
        }),
    ];
    for (name, edit) in edits {
        let at = folder();
        let path = at.path().join("source");
        fs::write(&path, "whole").unwrap();
        let store = store(at.path());
        let content = digest(&store, at.path());
        let found = store.in_place(content).unwrap();
        found[0].unmoved().unwrap();
        edit(&path, fs::metadata(&path).unwrap().modified().unwrap());
        let error = found[0].unmoved().unwrap_err();
        assert_eq!(error.code(), "E0504", "{name}");
    }
}

#[test]
fn a_file_from_the_future_is_copied_since_a_write_to_it_need_not_show() {
    let at = folder();
    let path = at.path().join("source");
    fs::write(&path, "whole").unwrap();
    let later = SystemTime::now() + Duration::from_secs(3600);
    File::open(&path).unwrap().set_modified(later).unwrap();
    let store = store(at.path());
    let content = digest(&store, at.path());
    assert!(store.blob_path(content.digest()).exists());
    assert!(store.in_place(content).unwrap().is_empty());
}

#[test]
fn a_big_file_that_did_not_change_is_hashed_once() {
    let at = folder();
    fs::write(at.path().join("source"), "whole").unwrap();
    let later = crate::sys::clock::now() + Duration::from_secs(3600);
    let open_later = || {
        let store = Store::open_at(&at.path().join(".ingot"), "boot", later).unwrap();
        store.copying_up_to(3)
    };
    let store = open_later();
    let content = digest(&store, at.path());
    store.save_index().unwrap();
    drop(store);
    let lie = Digest::of(b"other");
    super::index::plant(at.path(), content.digest(), lie);
    assert_eq!(digest(&open_later(), at.path()).digest(), lie, "the index was asked");
}

#[test]
fn a_source_of_many_shapes_is_the_same_content_in_place() {
    let at = folder();
    let sample = tree([
        ("run", Tree::File(b"#!/bin/sh\n".to_vec(), true)),
        ("link", Tree::Link("run".into())),
        ("empty", tree([])),
    ]);
    write(&at.path().join("source"), &sample, Order::Forward);
    let content = digest(&store(at.path()), at.path());
    assert_eq!(content, digest(&open(&at.path().join("other")), at.path()));
}
