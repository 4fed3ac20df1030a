//! What somebody who may write to a remote puts there: links, pipes, devices, trees that
//! nobody can make. Each is passed over, told, and costs nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::remotes::{giving, is_taken, key, parts, record, remote_with, taking};
use super::support::{file, folder, ingest, paths};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::fetch::{RemoteWarning, Remotes};
use crate::store::remote::{Address, Remote, RemoteError};
use crate::store::tree::{Entry, Node};
use crate::store::upload::Gift;
use crate::store::{Store, bounds};

fn pipe(at: &Path) {
    let made = rustix::fs::mknodat(
        rustix::fs::CWD,
        at,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from(0o644),
        0,
    );
    made.unwrap();
}

type Other = fn(&Path, &Path);

/// Ways to put something else in a file's place.
const OTHERS: [(&str, Other); 4] = [
    ("a link", |at, aside| symlink(aside, at).unwrap()),
    ("a pipe", |at, _| pipe(at)),
    ("a device", |at, _| symlink("/dev/zero", at).unwrap()),
    ("a folder", |at, _| fs::create_dir(at).unwrap()),
];

#[test]
fn nothing_is_read_through_a_link_and_no_pipe_is_waited_for() {
    for (name, put) in OTHERS {
        let at = folder();
        remote_with(at.path(), &parts());
        let remote = at.path().join("remote");
        let is_seal = |path: &PathBuf| path.starts_with(remote.join("seals"));
        let files: Vec<PathBuf> =
            paths(&remote).into_iter().filter(|path| path.is_file() && !is_seal(path)).collect();
        for place in files {
            let aside = at.path().join("aside");
            fs::rename(&place, &aside).unwrap();
            put(&place, &aside);
            if place.ends_with("version") {
                let opened = Remote::open(&Address::folder(&remote));
                assert!(matches!(opened, Err(RemoteError::NotAFile { .. })), "{name}: {opened:?}");
            } else {
                let (taken, troubles) = is_taken(at.path());
                assert!(!taken && !troubles.is_empty(), "{name} at {}", place.display());
            }
            crate::sys::fs::remove_all(&place).unwrap();
            fs::rename(&aside, &place).unwrap();
        }
        assert!(is_taken(at.path()).0);
    }
}

#[test]
fn nothing_is_read_through_a_folder_that_is_a_link() {
    let at = folder();
    remote_with(at.path(), &parts());
    let (remote, aside) = (at.path().join("remote"), at.path().join("aside"));
    let is_shard = |path: &PathBuf| path.is_dir() && !path.starts_with(remote.join("seals"));
    for place in paths(&remote).into_iter().filter(is_shard) {
        if place.ends_with("incoming") || place.ends_with("seals") {
            continue;
        }
        fs::rename(&place, &aside).unwrap();
        symlink(&aside, &place).unwrap();
        assert!(!is_taken(at.path()).0, "{}", place.display());
        fs::remove_file(&place).unwrap();
        fs::rename(&aside, &place).unwrap();
    }
    assert!(is_taken(at.path()).0);
    // The remote itself may be reached through one: it is what the user named.
    fs::rename(&remote, &aside).unwrap();
    symlink(&aside, &remote).unwrap();
    assert!(is_taken(at.path()).0);
}

#[test]
fn nothing_is_written_or_removed_through_a_link() {
    for place in ["incoming", "blobs", "records", "seals"] {
        let at = folder();
        remote_with(at.path(), &file("x"));
        let (remote, mine) = (at.path().join("remote"), at.path().join("mine"));
        fs::create_dir(&mine).unwrap();
        let old = mine.join(".tmp-1-a0-0");
        fs::write(&old, "precious").unwrap();
        let past = crate::sys::clock::now() - std::time::Duration::from_secs(72 * 3600);
        crate::sys::fs::set_modified(&old, past).unwrap();
        fs::rename(remote.join(place), at.path().join("aside")).unwrap();
        symlink(&mine, remote.join(place)).unwrap();
        let given = Remote::open_or_make(&Address::folder(&remote)).is_ok_and(|to| {
            let mut store = super::support::open(&at.path().join("giver"));
            store.attach(Remotes { to: Some(to), ..Remotes::default() });
            let content = ingest(&store, &file("another")).unwrap();
            let result = record(&store, "b", content);
            store.give(&result).unwrap() != Gift::Failed
        });
        assert!(!given, "{place}");
        assert_eq!(paths(&mine), [old], "{place}");
    }
}

#[test]
fn what_stands_in_a_blob_s_place_is_replaced_and_not_written_to() {
    let at = folder();
    let result = remote_with(at.path(), &file("x"));
    let hex = Digest::of(b"x").to_hex();
    let place = at.path().join("remote/blobs").join(&hex[..2]).join(&hex[2..]);
    let mine = at.path().join("mine");
    fs::write(&mine, "precious").unwrap();
    fs::remove_file(&place).unwrap();
    symlink(&mine, &place).unwrap();
    let store = giving(&at.path().join("giver"), &at.path().join("remote"));
    assert!(matches!(store.give(&result).unwrap(), Gift::Given { .. }));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "precious");
    assert!(is_taken(at.path()).0);
}

#[test]
fn a_blob_of_another_size_takes_no_room() {
    for made in [parts(), file("aaaa")] {
        let at = folder();
        remote_with(at.path(), &made);
        let hex = Digest::of(b"aaaa").to_hex();
        let place = at.path().join("remote/blobs").join(&hex[..2]).join(&hex[2..]);
        crate::sys::fs::set_mode(&place, 0o644).unwrap();
        // A file of holes: read to its end, it would take hours.
        fs::File::options().write(true).open(&place).unwrap().set_len(1 << 42).unwrap();
        let (taken, troubles) = is_taken(at.path());
        assert!(!taken);
        let said = format!("{troubles:?}");
        assert!(said.contains("4398046511104") || said.contains("cannot be had"), "{said}");
    }
}

/// A store in front of a remote whose record `a` has this tree; nothing else looked at it.
fn forged(at: &Path, root: impl FnOnce(&Store) -> Digest) -> Store {
    let store = giving(&at.join("giver"), &at.join("remote"));
    let digest = root(&store);
    let honest = ingest(&store, &file("honest")).unwrap();
    let result = record(&store, "a", honest);
    store.give(&result).unwrap();
    let remote = at.join("remote");
    // Every node that the giver has.
    for path in paths(&at.join("giver/.ingot/cas")).into_iter().filter(|path| path.is_file()) {
        let below = path.strip_prefix(at.join("giver/.ingot/cas")).unwrap();
        let place = remote.join("blobs").join(below);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        if !place.exists() {
            fs::copy(&path, &place).unwrap();
        }
    }
    let hex = result.key.0.to_hex();
    let place = remote.join("records").join(&hex[..2]).join(&hex[2..]);
    let text = fs::read_to_string(&place).unwrap();
    let own = result.outputs["data"].content.to_string();
    fs::write(&place, text.replace(&own, &Content::Tree(digest).to_string())).unwrap();
    fs::remove_dir_all(remote.join("seals")).unwrap();
    taking(&at.join("taker"), &remote)
}

fn node<const N: usize>(store: &Store, entries: [(&str, Entry); N]) -> (Digest, u64) {
    let entries = entries.map(|(name, entry)| (name.to_owned(), entry));
    store.put_node(&Node::new(BTreeMap::from(entries))).unwrap()
}

fn tree_of((digest, size): (Digest, u64)) -> Entry {
    Entry::Tree { digest, size }
}

fn leaf(store: &Store) -> Entry {
    let digest = store.put_bytes(b"x").unwrap();
    Entry::File { digest, size: 1, executable: false }
}

fn link(target: &str) -> Entry {
    Entry::Symlink { target: target.to_owned() }
}

/// A chain of nodes in which each one stands twice in the one above.
fn doubled(store: &Store, inner: (Digest, u64), levels: u32) -> Digest {
    let twice = |below, _| node(store, [("a", tree_of(below)), ("b", tree_of(below))]);
    (0..levels).fold(inner, twice).0
}

type Unfit = fn(&Store) -> Digest;

/// Trees that are not to be made.
const UNFIT: [(&str, Unfit); 11] = [
    ("files and folders", |s| doubled(s, node(s, [("f", leaf(s)), ("l", link("f"))]), 32)),
    ("files and folders", |s| doubled(s, node(s, []), 200)),
    ("symlinks", |s| doubled(s, node(s, [(&"l".repeat(255), link("f"))]), 19)),
    ("levels", |s| {
        let below = |below, _| node(s, [("d", tree_of(below))]);
        (0..400).fold(node(s, []), below).0
    }),
    ("path", |s| {
        let name = "d".repeat(200);
        let below = |below, _| node(s, [(name.as_str(), tree_of(below))]);
        (0..30).fold(node(s, []), below).0
    }),
    ("name of 300", |s| node(s, [(&"n".repeat(300), leaf(s))]).0),
    ("symlink to a path of 5000", |s| node(s, [("l", link(&"t".repeat(5000)))]).0),
    ("leads out", |s| node(s, [("l", link("../../x"))]).0),
    ("bytes", |s| {
        let digest = s.put_bytes(b"x").unwrap();
        node(s, [("f", Entry::File { digest, size: 1 << 62, executable: false })]).0
    }),
    ("two sizes", |s| {
        let digest = s.put_bytes(b"x").unwrap();
        let other = Entry::File { digest, size: 2, executable: false };
        node(s, [("f", leaf(s)), ("g", other)]).0
    }),
    ("cannot be had", |s| node(s, [("..", leaf(s))]).0),
];

#[test]
fn a_tree_that_nobody_should_make_is_passed_over_before_anything_is_made() {
    for (reason, root) in UNFIT {
        let at = folder();
        let store = forged(at.path(), root);
        let result = store.find(key("a")).unwrap().unwrap();
        assert!(!store.available(&result, &["data"]).unwrap(), "{reason}");
        assert_eq!(store.find(key("a")).unwrap(), None, "{reason}");
        let content = result.outputs["data"].content;
        assert!(store.view(content).is_err(), "{reason}");
        let alone = super::support::open(&at.path().join("taker"));
        assert!(alone.view(content).is_err(), "{reason}: no remote is named any more");
        let told = store.troubles();
        let why = |trouble: &RemoteWarning| match trouble {
            RemoteWarning::PassedOver { reason, .. } => reason.clone(),
            _ => String::new(),
        };
        assert!(told.iter().any(|one| why(one).contains(reason)), "{reason}: {told:?}");
        assert_eq!(paths(&at.path().join("taker/.ingot/views")), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn a_tree_at_the_edge_of_its_bounds_is_taken() {
    assert_eq!(bounds::MOST_DEPTH, 256);
    let at = folder();
    let store = forged(at.path(), |s| {
        let below = |below, _| node(s, [("d", tree_of(below))]);
        (0..200).fold(node(s, [(&"n".repeat(255), leaf(s)), ("l", link("x"))]), below).0
    });
    let result = store.find(key("a")).unwrap().unwrap();
    assert!(store.fetch(&result, &["data"]).unwrap(), "{:?}", store.troubles());
    assert!(store.complete(&result, &["data"]).unwrap());
}
