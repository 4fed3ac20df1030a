//! A store in a folder of its own, trees as values, and what tests ask of them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::artifact::{Artifact, Content};
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::store::{Store, StoreError};
use crate::sys::clock;

/// Of one who waits for a reservation as long as it takes.
pub(super) static PATIENT: AtomicBool = AtomicBool::new(false);

/// A folder that is gone after the test.
pub(super) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The store `.ingot` in a folder.
pub(super) fn open(folder: &Path) -> Store {
    Store::open(&folder.join(".ingot")).unwrap()
}

/// The same an hour later, when every file is old enough to be remembered.
pub(super) fn open_later(folder: &Path) -> Store {
    let later = clock::now() + Duration::from_secs(3600);
    Store::open_at(&folder.join(".ingot"), &clock::boot_id(), later).unwrap()
}

/// The same after the machine went down and came up again.
pub(super) fn open_in_another_boot(folder: &Path) -> Store {
    Store::open_at(&folder.join(".ingot"), "another boot", clock::now()).unwrap()
}

/// Files, folders and symlinks as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    File(Vec<u8>, bool),
    Folder(BTreeMap<String, Tree>),
    Link(String),
}

pub(super) fn file(bytes: &str) -> Tree {
    Tree::File(bytes.as_bytes().to_vec(), false)
}

pub(super) fn tree<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
    Tree::Folder(entries.map(|(name, entry)| (name.to_owned(), entry)).into())
}

/// Any folder with files, executable ones, empty folders, and symlinks to what
/// stands beside or above them.
pub(super) fn any_folder() -> impl Strategy<Value = Tree> {
    let link = prop_oneof![Just("a"), Just("./b"), Just("c/a"), Just("missing")];
    let leaf = prop_oneof![
        4 => (prop::collection::vec(any::<u8>(), 0..40), any::<bool>())
            .prop_map(|(bytes, executable)| Tree::File(bytes, executable)),
        1 => Just(Tree::Folder(BTreeMap::new())),
    ];
    let entries = leaf.prop_recursive(3, 24, 5, move |inner| {
        (
            prop::collection::btree_map("[a-e]|\u{fc}|with space|\\.hidden", inner, 0..5),
            prop::option::of(link.clone()),
        )
            .prop_map(|(mut entries, link)| {
                if let Some(target) = link {
                    entries.insert("link".into(), Tree::Link(target.into()));
                }
                Tree::Folder(entries)
            })
    });
    entries.prop_map(|entry| match entry {
        folder @ Tree::Folder(_) => folder,
        other => Tree::Folder(BTreeMap::from([("a".to_owned(), other)])),
    })
}

/// The order in which a folder's entries are made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Forward,
    Backward,
}

/// Makes a tree on the disk.
pub(super) fn write(path: &Path, tree: &Tree, order: Order) {
    match tree {
        Tree::File(bytes, executable) => {
            fs::write(path, bytes).unwrap();
            set_mode(path, if *executable { 0o755 } else { 0o644 });
        }
        Tree::Folder(entries) => {
            fs::create_dir(path).unwrap();
            let mut entries: Vec<_> = entries.iter().collect();
            if matches!(order, Order::Backward) {
                entries.reverse();
            }
            for (name, entry) in entries {
                write(&path.join(name), entry, order);
            }
        }
        Tree::Link(target) => symlink(target, path).unwrap(),
    }
}

/// Reads a tree from the disk.
pub(super) fn read(path: &Path) -> Tree {
    let metadata = fs::symlink_metadata(path).unwrap();
    if metadata.is_symlink() {
        return Tree::Link(fs::read_link(path).unwrap().to_str().unwrap().to_owned());
    }
    if metadata.is_file() {
        let executable = metadata.permissions().mode() & 0o100 != 0;
        return Tree::File(fs::read(path).unwrap(), executable);
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), read(&entry.path()))
    });
    Tree::Folder(entries.collect())
}

/// Every path below a folder, sorted, symlinks not followed.
pub(super) fn paths(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Makes a tree as a step would, and takes it in.
pub(super) fn ingest(store: &Store, tree: &Tree) -> Result<Content, StoreError> {
    let work = store.work_folder().unwrap();
    let path = work.path().join("output");
    write(&path, tree, Order::Forward);
    store.ingest_output(&path, &PATIENT)
}

/// Writes to a file of the store as only its owner can.
pub(super) fn tamper(path: &Path, bytes: &[u8]) {
    set_mode(path, 0o644);
    fs::write(path, bytes).unwrap();
}

pub(super) fn key(name: &str) -> ActionKey {
    ActionKey(Digest::of(name.as_bytes()))
}

/// The result of the action `name` with one output on the port `data`.
pub(super) fn result(name: &str, content: Content) -> ActionResult {
    let artifact = Artifact { artifact_type: "files".into(), content };
    ActionResult {
        version: RESULT_VERSION,
        key: key(name),
        outputs: BTreeMap::from([("data".to_owned(), artifact)]),
        metrics: Vec::new(),
        findings: Vec::new(),
    }
}

/// Runs and records the action `name` with this output.
pub(super) fn record(store: &Store, name: &str, content: Content) {
    let reservation = store.reserve(key(name), &PATIENT, &mut |_| {}).unwrap();
    store.record(reservation, result(name, content)).unwrap();
}

/// Why a file was refused.
pub(super) fn refusal<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> (PathBuf, String) {
    match outcome {
        Err(StoreError::Refused { path, reason }) => (path, reason.to_owned()),
        Err(StoreError::TooLarge { path, bound }) => (path, bound.to_string()),
        other => panic!("not refused: {other:?}"),
    }
}
