//! Blobs under many writers, and blobs that someone wrote to.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::support::{file, folder, ingest, mode, open, paths, read, set_mode, tamper, tree};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::StoreError;
use crate::store::tree::{Entry, Node};

#[test]
fn many_threads_put_the_same_bytes_and_one_blob_stands() {
    let at = folder();
    let stores = [open(at.path()), open(at.path())];
    let bytes: Vec<Vec<u8>> = (0..20_u8).map(|byte| vec![byte; 5000]).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, bytes) = (&stores[thread % 2], &bytes);
            scope.spawn(move || {
                for bytes in bytes {
                    assert_eq!(store.put_bytes(bytes).unwrap(), Digest::of(bytes));
                }
            });
        }
    });
    let blobs: Vec<_> =
        paths(&at.path().join(".ingot/cas")).into_iter().filter(|path| path.is_file()).collect();
    assert_eq!(blobs.len(), bytes.len());
    for bytes in &bytes {
        assert_eq!(stores[0].read(Digest::of(bytes)).unwrap(), *bytes);
    }
}

#[test]
fn a_blob_is_read_only_and_carries_no_time_of_its_own() {
    let at = folder();
    let store = open(at.path());
    for bytes in ["x", "y"] {
        let digest = store.put_bytes(bytes.as_bytes()).unwrap();
        let path = store.blob_path(digest);
        assert_eq!(mode(&path), 0o444);
        let after_1980 = fs::metadata(&path).unwrap().mtime() - 315_619_200;
        let bits = i64::from_str_radix(&digest.to_hex()[..6], 16).unwrap();
        assert_eq!(after_1980, 2 * bits, "of its content");
    }
}

#[test]
fn blobs_that_changed_places_are_found_out() {
    let at = folder();
    let store = open(at.path());
    let digests = ["one", "two"].map(|bytes| store.put_bytes(bytes.as_bytes()).unwrap());
    let [one, two] = digests.map(|digest| store.blob_path(digest));
    let aside = at.path().join("aside");
    fs::rename(&one, &aside).unwrap();
    fs::rename(&two, &one).unwrap();
    fs::rename(&aside, &two).unwrap();
    for digest in digests {
        assert!(!store.has(digest, 3).unwrap());
        assert!(matches!(store.read(digest), Err(StoreError::BlobMissing { .. })));
    }
}

#[test]
fn a_blob_that_nobody_may_read_is_opened_again() {
    let at = folder();
    let store = open(at.path());
    let digest = store.put_bytes(b"whole").unwrap();
    set_mode(&store.blob_path(digest), 0);
    assert!(store.has(digest, 5).unwrap());
    assert_eq!(mode(&store.blob_path(digest)), 0o444);
}

#[test]
fn a_blob_of_another_size_is_not_there_and_is_put_again() {
    let at = folder();
    let store = open(at.path());
    let digest = store.put_bytes(b"whole").unwrap();
    tamper(&store.blob_path(digest), b"who");
    assert!(!store.has(digest, 5).unwrap());
    assert_eq!(
        fs::read(at.path().join(".ingot/quarantine").join(digest.to_hex())).unwrap(),
        b"who"
    );
    store.put_bytes(b"whole").unwrap();
    assert_eq!(store.read(digest).unwrap(), b"whole");
}

#[test]
fn a_blob_that_someone_wrote_to_is_found_out_at_its_size() {
    let at = folder();
    let store = open(at.path());
    let digest = store.put_bytes(b"whole").unwrap();
    tamper(&store.blob_path(digest), b"whale");
    assert!(!store.has(digest, 5).unwrap());
    assert!(matches!(store.read(digest), Err(StoreError::BlobMissing { .. })));
}

#[test]
fn a_blob_that_was_touched_and_not_changed_is_kept() {
    let at = folder();
    let store = open(at.path());
    let digest = store.put_bytes(b"whole").unwrap();
    tamper(&store.blob_path(digest), b"whole");
    assert!(store.has(digest, 5).unwrap());
    assert_eq!(mode(&store.blob_path(digest)), 0o444, "and is closed again");
    assert_eq!(paths(&at.path().join(".ingot/quarantine")).len(), 0);
}

#[test]
fn a_damaged_blob_that_is_read_goes_to_quarantine_so_that_it_can_be_made_again() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &tree([("a", file("a"))])).unwrap();
    let path = store.blob_path(content.digest());
    let size = fs::metadata(&path).unwrap().len() as usize;
    tamper(&path, &vec![0; size]);
    let error = store.node(content.digest()).unwrap_err();
    let StoreError::BlobDamaged { path: place, .. } = &error else { panic!("{error}") };
    assert_eq!(fs::read(place).unwrap(), vec![0; size]);
    assert_eq!(error.code(), "E0702");
    assert_eq!(ingest(&store, &tree([("a", file("a"))])).unwrap(), content);
    assert_eq!(read(&store.view(content).unwrap()), tree([("a", file("a"))]));
}

#[test]
fn a_node_whose_names_lead_elsewhere_is_no_node() {
    let at = folder();
    let store = open(at.path());
    let inner = store.put_bytes(b"x").unwrap();
    for name in ["../x", "/x", "..", ".", "", "a/b", "a\0"] {
        let entry = Entry::File { digest: inner, size: 1, executable: false };
        let node = Node::new([(name.to_owned(), entry)].into());
        let (digest, _) = store.put_node(&node).unwrap();
        let error = store.view(Content::Tree(digest)).unwrap_err();
        assert!(matches!(error, StoreError::Canonical(_)), "{name:?}: {error}");
        assert_eq!(error.code(), "E0703");
    }
    let (digest, _) = store.put_node(&Node { version: 2, entries: [].into() }).unwrap();
    assert_eq!(store.node(digest).unwrap_err().code(), "E0703");
}

#[test]
fn nodes_nested_beyond_the_limit_are_an_error_and_no_crash() {
    let at = folder();
    let store = open(at.path());
    let (mut digest, mut size) = store.put_node(&Node::new([].into())).unwrap();
    for _ in 0..300 {
        let node = Node::new([("d".to_owned(), Entry::Tree { digest, size })].into());
        (digest, size) = store.put_node(&node).unwrap();
    }
    assert_eq!(store.view(Content::Tree(digest)).unwrap_err().code(), "E0703");
}

#[test]
fn a_large_file_hashes_as_its_bytes_do() {
    let at = folder();
    let store = open(at.path());
    for size in [(1 << 20) - 1, 1 << 20, (8 << 20) + 1] {
        let bytes: Vec<u8> = (0..size).map(|index: usize| ((index * 31) >> 3) as u8).collect();
        let source = at.path().join("source");
        fs::write(&source, &bytes).unwrap();
        let content = store.digest_source(at.path(), "source", &[]).unwrap();
        assert_eq!(content.digest(), Digest::of(&bytes), "{size}");
    }
}
