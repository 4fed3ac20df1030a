//! The stat index: believed when it must be right, and never otherwise.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::support::{folder, open, open_later};
use crate::digest::Digest;
use crate::store::stat_index::{Facts, StatIndex};
use crate::sys::clock;

fn digest(folder: &Path) -> Digest {
    let store = open_later(folder);
    let content = store.digest_source(folder, "source", &[]).unwrap();
    store.save_index().unwrap();
    content.digest()
}

fn index_text(folder: &Path) -> String {
    fs::read_to_string(folder.join(".ingot/stat-index")).unwrap_or_default()
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    let (read, planted) = (digest(at.path()), Digest::of(b"bbbb"));
    // An index that lies, to see that it is asked: with the digest of another
    // blob of this size.
    open(at.path()).put_bytes(b"bbbb").unwrap();
    let text = index_text(at.path()).replace(&read.to_hex(), &planted.to_hex());
    let body = &text[..text.rfind("end ").unwrap()];
    let lie = format!("{body}end {}\n", Digest::of(body.as_bytes()));
    fs::write(at.path().join(".ingot/stat-index"), lie).unwrap();
    assert_eq!(digest(at.path()), planted);
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
fn a_file_whose_blob_is_gone_is_read_again() {
    let at = folder();
    fs::write(at.path().join("source"), "aaaa").unwrap();
    let digest_of = digest(at.path());
    let blob = open(at.path()).blob_path(digest_of);
    fs::remove_file(&blob).unwrap();
    assert_eq!(digest(at.path()), digest_of);
    assert!(blob.exists());
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
        let mut index = StatIndex::load("/none".as_ref(), started);
        let facts = facts(modified);
        index.set("f", facts, Digest::of(b"x"));
        assert_eq!(index.get("f", &facts).is_some(), remembered, "{name}");
        assert_eq!(index.changed_text().is_some(), remembered, "{name}");
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
    assert!(index_text(at.path()).contains("source"));
    fs::write(at.path().join("source"), "bbbb").unwrap();
    let store = open(at.path());
    store.digest_source(at.path(), "source", &[]).unwrap();
    store.save_index().unwrap();
    assert!(!index_text(at.path()).contains("source"));
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
        let found = index.get(root.join(name).to_str().unwrap(), &facts);
        assert_eq!(found, Some(Digest::of(name.as_bytes())), "{name:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_index_is_discarded(cut in 0.0..1.0_f64, flip in 0.0..1.0_f64, bit in 0..8_u32) {
        let at = folder();
        let path = at.path().join("index");
        let file = facts(SystemTime::now());
        let mut index = StatIndex::load(&path, clock::now() + Duration::from_secs(3600));
        for name in ["a", "b"] {
            index.set(name, file, Digest::of(name.as_bytes()));
        }
        let text = index.changed_text().unwrap().into_bytes();
        let place = |part: f64| (part * text.len() as f64) as usize;
        let mut flipped = text.clone();
        flipped[place(flip)] ^= 1 << bit;
        for damaged in [&text[..place(cut)], flipped.as_slice()] {
            fs::write(&path, damaged).unwrap();
            let index = StatIndex::load(&path, clock::now());
            let found = ["a", "b"].map(|name| index.get(name, &file));
            prop_assert_eq!(found, [None, None]);
        }
    }
}
