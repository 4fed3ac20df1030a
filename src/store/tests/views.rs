//! Views: read-only, without times, and put right after someone wrote to them.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use super::support::{
    Tree, file, folder, ingest, mode, open, paths, read, record, result, set_mode, tamper, tree,
};
use crate::digest::Digest;
use crate::store::StoreError;

fn sample() -> Tree {
    tree([
        ("data", tree([("rows", file("1,2,3")), ("empty", tree([]))])),
        ("run", Tree::File(b"#!/bin/sh\n".to_vec(), true)),
        ("latest", Tree::Link("data/rows".into())),
    ])
}

#[test]
fn everything_in_a_view_is_read_only_and_has_a_time_of_its_content() {
    let at = folder();
    let store = open(at.path());
    let view = store.view(ingest(&store, &sample()).unwrap()).unwrap();
    let mut all = paths(&view);
    all.push(view);
    for path in all {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if !metadata.is_symlink() {
            assert_eq!(metadata.mode() & 0o222, 0, "{}", path.display());
        }
        let bits = match metadata.is_file() {
            true => Digest::of(&fs::read(&path).unwrap()).to_hex()[..6].to_owned(),
            false => "0".to_owned(),
        };
        let time = 315_619_200 + 2 * i64::from_str_radix(&bits, 16).unwrap();
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (time, 0), "{path:?}");
    }
}

#[test]
fn a_view_is_made_once() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &sample()).unwrap();
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    let first = inode(&store.view(content).unwrap());
    assert_eq!(inode(&store.view(content).unwrap()), first);
}

#[test]
fn a_view_is_put_right_after_any_edit() {
    type Edit = fn(&Path);
    let edits: [(&str, Edit); 9] = [
        ("a file more", |view| {
            set_mode(&view.join("data"), 0o755);
            fs::write(view.join("data/more"), "x").unwrap();
            set_mode(&view.join("data"), 0o555);
        }),
        ("a file less", |view| {
            set_mode(&view.join("data"), 0o755);
            fs::remove_file(view.join("data/rows")).unwrap();
            set_mode(&view.join("data"), 0o555);
        }),
        ("a file replaced at its size", |view| {
            set_mode(&view.join("data"), 0o755);
            fs::remove_file(view.join("data/rows")).unwrap();
            fs::write(view.join("data/rows"), "1,2,4").unwrap();
            set_mode(&view.join("data/rows"), 0o444);
            set_mode(&view.join("data"), 0o555);
        }),
        ("an executable written to", |view| tamper(&view.join("run"), b"#!/bin/no\n")),
        ("an executable bit lost", |view| set_mode(&view.join("run"), 0o444)),
        ("a link that points elsewhere", |view| {
            set_mode(view, 0o755);
            fs::remove_file(view.join("latest")).unwrap();
            symlink("/etc/passwd", view.join("latest")).unwrap();
            set_mode(view, 0o555);
        }),
        ("a folder that became a file", |view| {
            set_mode(&view.join("data"), 0o755);
            fs::remove_dir(view.join("data/empty")).unwrap();
            fs::write(view.join("data/empty"), "").unwrap();
        }),
        ("a folder opened", |view| set_mode(&view.join("data"), 0o755)),
        ("everything gone", |view| {
            crate::sys::fs::remove_all(view).unwrap();
            fs::create_dir(view).unwrap();
        }),
    ];
    for (name, edit) in edits {
        let at = folder();
        let store = open(at.path());
        let content = ingest(&store, &sample()).unwrap();
        edit(&store.view(content).unwrap());
        assert_eq!(read(&store.view(content).unwrap()), sample(), "{name}");
        assert!(store.complete(&result("a", content), &["data"]).unwrap(), "{name}");
    }
}

#[test]
fn writing_through_a_view_damages_no_result_unseen() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &sample()).unwrap();
    record(&store, "a", content);
    tamper(&store.view(content).unwrap().join("data/rows"), b"9,9,9");
    assert!(matches!(store.view(content), Err(StoreError::BlobMissing { .. })));
    assert!(!store.complete(&result("a", content), &["data"]).unwrap(), "its producer runs again");
    assert_eq!(ingest(&store, &sample()).unwrap(), content);
    assert_eq!(read(&store.view(content).unwrap()), sample());
}

#[test]
fn a_file_that_has_all_the_names_it_may_have_is_copied() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &file("")).unwrap();
    let blob = store.blob_path(content.digest());
    let mut links = 0;
    while fs::hard_link(&blob, at.path().join(format!("link-{links}"))).is_ok() {
        links += 1;
        if links == 70_000 {
            // This file system sets no limit that a test could reach.
            break;
        }
    }
    assert_eq!(read(&store.view(content).unwrap()), file(""));
    assert_eq!(mode(&store.view(content).unwrap()), 0o444);
}

#[test]
fn threads_that_make_and_repair_one_view_all_get_it_whole() {
    let at = folder();
    let stores: Vec<_> = (0..4).map(|_| open(at.path())).collect();
    let content = ingest(&stores[0], &sample()).unwrap();
    for round in 0..10 {
        if round > 0 {
            let view = stores[0].view(content).unwrap();
            set_mode(&view.join("data"), 0o755);
            fs::write(view.join("data/more"), "x").unwrap();
        }
        std::thread::scope(|scope| {
            for store in &stores {
                scope.spawn(|| assert_eq!(read(&store.view(content).unwrap()), sample()));
            }
        });
    }
}

#[test]
fn the_latest_output_of_each_step_is_a_link_that_moves_with_the_store() {
    let at = folder();
    let store = open(at.path());
    let old = ingest(&store, &file("old")).unwrap();
    let new = ingest(&store, &tree([("a", file("new"))])).unwrap();
    for content in [old, new, new] {
        store.link_output("eval/predict@lr=0.1", "predictions", content).unwrap();
    }
    drop(store);
    fs::rename(at.path().join(".ingot"), at.path().join("moved")).unwrap();
    let link = at.path().join("moved/out/eval/predict@lr=0.1/predictions");
    assert_eq!(fs::read(link.join("a")).unwrap(), b"new");
}

#[test]
fn an_output_link_takes_the_place_of_a_folder_of_an_older_plan() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &file("x")).unwrap();
    store.link_output("a/b", "c", content).unwrap();
    store.link_output("a", "b", content).unwrap();
    assert_eq!(fs::read(at.path().join(".ingot/out/a/b")).unwrap(), b"x");
}
