//! The stat index: believed when it must be right, and never otherwise.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::support::{Order, any_folder, folder, open, open_later, paths, set_mode, write};
use crate::digest::Digest;
use crate::store::Store;
use crate::store::listing::{Record, render};
use crate::store::stat_index::{Facts, StatIndex};
use crate::store::tree::Entry;
use crate::sys::clock;

fn digest(folder: &Path) -> Digest {
    let store = open_later(folder);
    let content = store.digest_source(folder, "source", &[]).unwrap();
    store.save_index().unwrap();
    content.digest()
}

fn index_bytes(folder: &Path) -> Vec<u8> {
    fs::read(folder.join(".ingot/stat-index")).unwrap_or_default()
}

fn holds(bytes: &[u8], digest: Digest) -> bool {
    bytes.windows(32).any(|part| part == digest.as_bytes())
}

/// Makes the index lie: where it has one digest, it has the other one then.
pub(super) fn plant(folder: &Path, old: Digest, new: Digest) {
    let mut bytes = index_bytes(folder);
    assert!(holds(&bytes, old));
    bytes.truncate(bytes.len() - 32);
    while let Some(at) = bytes.windows(32).position(|part| part == old.as_bytes()) {
        bytes[at..at + 32].copy_from_slice(new.as_bytes());
    }
    let sum = Digest::of(&bytes);
    bytes.extend(sum.as_bytes());
    fs::write(folder.join(".ingot/stat-index"), bytes).unwrap();
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    let (read, planted) = (digest(at.path()), Digest::of(b"bbbb"));
    // An index that lies, to see that it is asked.
    plant(at.path(), read, planted);
    assert_eq!(digest(at.path()), planted);
}

#[test]
fn other_globs_find_what_is_known_of_a_file() {
    let at = folder();
    fs::create_dir(at.path().join("source")).unwrap();
    fs::write(at.path().join("source/a"), "aaaa").unwrap();
    fs::write(at.path().join("source/b"), "b").unwrap();
    digest(at.path());
    let (whole, planted) = (Digest::of(b"aaaa"), Digest::of(b"bbbb"));
    let store = open_later(at.path());
    let excluded = || store.digest_source(at.path(), "source", &["b".to_owned()]).unwrap();
    let honest = excluded();
    drop(store);
    plant(at.path(), whole, planted);
    let store = open_later(at.path());
    let lied = store.digest_source(at.path(), "source", &["b".to_owned()]).unwrap();
    assert_ne!(lied, honest, "the index is asked, though these globs are new");
}

#[test]
fn every_way_to_change_a_file_is_seen() {
    type Edit = fn(&Path, SystemTime);
    let edits: [(&str, Edit); 3] = [
        ("in place", |path, _| fs::write(path, "bbbb").unwrap()),
        ("in place, its time set back", |path, time| {
            fs::write(path, "bbbb").unwrap();
            stamp(path, time);
        }),
        ("replaced with its time kept", |path, time| {
            let other = path.with_file_name("other");
            fs::write(&other, "bbbb").unwrap();
            stamp(&other, time);
            fs::rename(&other, path).unwrap();
        }),
    ];
    for (name, edit) in edits {
        let at = folder();
        let path = at.path().join("source");
        fs::write(&path, "aaaa").unwrap();
        assert_eq!(digest(at.path()), Digest::of(b"aaaa"));
        edit(&path, fs::metadata(&path).unwrap().modified().unwrap());
        assert_eq!(digest(at.path()), Digest::of(b"bbbb"), "{name}");
    }
}

#[test]
fn a_file_whose_blob_is_gone_is_read_again_for_who_needs_it() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    let digest_of = digest(at.path());
    let blob = open(at.path()).blob_path(digest_of);
    fs::remove_file(&blob).unwrap();
    assert_eq!(digest(at.path()), digest_of);
    assert!(!blob.exists(), "its digest is known without it");
    let store = open_later(at.path());
    assert_eq!(store.ingest_source(at.path(), "source", &[]).unwrap().digest(), digest_of);
    assert!(blob.exists());
}

#[test]
fn a_folder_whose_node_is_gone_is_made_into_one_again() {
    let at = folder();
    fs::create_dir_all(at.path().join("source/deep")).unwrap();
    fs::write(at.path().join("source/deep/a"), "aaaa").unwrap();
    let digest_of = digest(at.path());
    let node = open(at.path()).blob_path(digest_of);
    fs::remove_file(&node).unwrap();
    assert_eq!(digest(at.path()), digest_of);
    assert!(node.exists());
}

fn stamp(path: &Path, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}

/// Facts of a file that was last written and changed at these moments.
fn facts(modified: SystemTime) -> Facts {
    let at = folder();
    let path = at.path().join("f");
    fs::write(&path, "x").unwrap();
    File::open(&path).unwrap().set_modified(modified).unwrap();
    Facts::of(&fs::metadata(&path).unwrap())
}

#[test]
fn a_young_file_is_not_remembered_since_a_later_write_could_look_the_same() {
    let now = SystemTime::now();
    let fraction = |time: SystemTime| {
        // A moment with a fraction of a second, as fine-grained clocks give it.
        let whole = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        SystemTime::UNIX_EPOCH + Duration::new(whole, 7)
    };
    let whole = |time: SystemTime| fraction(time) - Duration::from_nanos(7);
    let hour = Duration::from_secs(3600);
    let begun = clock::now();
    let table = [
        ("begun long before its change", begun - hour, fraction(now - 2 * hour), false),
        (
            "begun in the tick of its change",
            begun + Duration::from_millis(20),
            fraction(now - hour),
            false,
        ),
        ("begun long after", begun + hour, fraction(now - hour), true),
        ("from the future", begun + hour, fraction(now + 2 * hour), false),
        (
            "a coarse clock, two seconds later",
            secs(whole(now)) + hour + Duration::from_secs(2),
            whole(now) + hour,
            false,
        ),
        (
            "a coarse clock, four seconds later",
            secs(whole(now)) + hour + Duration::from_secs(4),
            whole(now) + hour,
            true,
        ),
    ];
    for (name, started, modified, remembered) in table {
        let index = StatIndex::load("/none".as_ref(), started);
        assert_eq!(index.may_remember(&facts(modified)), remembered, "{name}");
    }
}

fn secs(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

#[test]
fn a_file_that_became_young_is_forgotten() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    digest(at.path());
    assert!(holds(&index_bytes(at.path()), Digest::of(b"aaaa")));
    fs::write(at.path().join("source"), "bbbb").unwrap();
    let store = open(at.path());
    store.digest_source(at.path(), "source", &[]).unwrap();
    store.save_index().unwrap();
    for text in [b"aaaa", b"bbbb"] {
        assert!(!holds(&index_bytes(at.path()), Digest::of(text)));
    }
}

#[test]
fn an_index_that_did_not_change_is_not_written() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    digest(at.path());
    let inode = || fs::metadata(at.path().join(".ingot/stat-index")).unwrap().ino();
    let before = inode();
    digest(at.path());
    assert_eq!(inode(), before);
}

#[test]
fn any_name_survives_the_index() {
    let at = folder();
    let store = open_later(at.path());
    let names = ["a b", "new\nline", "quote\"", "\u{fc}", "end", "\\"];
    for name in names {
        fs::write(at.path().join(name), name).unwrap();
        store.digest_source(at.path(), name, &[]).unwrap();
    }
    store.save_index().unwrap();
    let root = fs::canonicalize(at.path()).unwrap();
    let index = StatIndex::load(&at.path().join(".ingot/stat-index"), clock::now());
    for name in names {
        let facts = Facts::of(&fs::metadata(root.join(name)).unwrap());
        let found = index.with(root.join(name).to_str().unwrap(), 0, |listing| {
            listing.records().map(|(name, record)| (name.to_owned(), record)).collect::<Vec<_>>()
        });
        let digest = Digest::of(name.as_bytes());
        let record = Record::File { facts, digest, executable: false };
        assert_eq!(found, Some(vec![(String::new(), record)]), "{name:?}");
    }
}

/// Something done to a tree.
#[derive(Debug, Clone)]
enum Edit {
    Write(usize, String),
    Remove(usize),
    Add(usize, String),
    Mode(usize, bool),
    Folder(usize),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<usize>(), "[a-c]{0,3}").prop_map(|(at, text)| Edit::Write(at, text)),
        any::<usize>().prop_map(Edit::Remove),
        (any::<usize>(), "[f-h]").prop_map(|(at, name)| Edit::Add(at, name)),
        (any::<usize>(), any::<bool>()).prop_map(|(at, executable)| Edit::Mode(at, executable)),
        any::<usize>().prop_map(Edit::Folder),
    ]
}

fn apply(root: &Path, edit: &Edit) {
    let all = paths(root);
    let files: Vec<_> = all.iter().filter(|path| path.is_file() && !path.is_symlink()).collect();
    let mut folders: Vec<_> = all.iter().filter(|path| path.is_dir()).cloned().collect();
    folders.push(root.to_owned());
    let file = |at: usize| files.get(at % files.len().max(1));
    match edit {
        Edit::Write(at, text) => {
            if let Some(path) = file(*at) {
                fs::write(path, text).unwrap();
            }
        }
        Edit::Remove(at) => {
            if let Some(path) = file(*at) {
                fs::remove_file(path).unwrap();
            }
        }
        Edit::Add(at, name) => {
            let path = folders[at % folders.len()].join(name);
            if !path.is_dir() {
                fs::write(path, name).unwrap();
            }
        }
        Edit::Mode(at, executable) => {
            if let Some(path) = file(*at) {
                set_mode(path, if *executable { 0o755 } else { 0o644 });
            }
        }
        Edit::Folder(at) => {
            if let Some(path) = file(*at) {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
                fs::write(path.join("a"), "in it").unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_the_index_says_is_what_is_there(
        made in any_folder(),
        edits in prop::collection::vec(any_edit(), 1..6),
    ) {
        let (at, fresh) = (folder(), folder());
        let source = at.path().join("source");
        write(&source, &made, Order::Forward);
        let exclude = ["**/b".to_owned()];
        for edit in std::iter::once(None).chain(edits.iter().map(Some)) {
            if let Some(edit) = edit {
                apply(&source, edit);
            }
            let store = open_later(at.path());
            let other = Store::open(&fresh.path().join("store")).unwrap();
            for exclude in [&[][..], &exclude] {
                let found = store.digest_source(at.path(), "source", exclude).unwrap();
                let read = other.digest_source(at.path(), "source", exclude).unwrap();
                prop_assert_eq!(found, read, "{:?}", edit);
            }
            store.save_index().unwrap();
            drop(other);
            fs::remove_dir_all(fresh.path().join("store")).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_index_is_discarded(cut in 0.0..1.0_f64, flip in 0.0..1.0_f64, bit in 0..8_u32) {
        let at = folder();
        let path = at.path().join("index");
        let file = facts(SystemTime::now());
        let index = StatIndex::load(&path, clock::now() + Duration::from_secs(3600));
        let entry = Entry::File { digest: Digest::of(b"a"), size: 1, executable: false };
        for name in ["a", "b"] {
            let entries = [("", &entry, Some(file))];
            index.learn(name, 7, render((Digest::of(b"node"), 4), entries.into_iter()));
        }
        let bytes = index.changed_bytes().unwrap();
        let place = |part: f64| (part * bytes.len() as f64) as usize;
        let mut flipped = bytes.clone();
        flipped[place(flip)] ^= 1 << bit;
        for damaged in [&bytes[..place(cut)], flipped.as_slice()] {
            fs::write(&path, damaged).unwrap();
            let index = StatIndex::load(&path, clock::now());
            let found = ["a", "b"].map(|name| index.with(name, 7, |listing| listing.count));
            prop_assert_eq!(found, [None, None]);
        }
        fs::write(&path, &bytes).unwrap();
        let whole = StatIndex::load(&path, clock::now());
        prop_assert_eq!(whole.with("a", 7, |listing| listing.count), Some(1));
    }
}
