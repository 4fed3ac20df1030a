//! What shows that a folder is a store, and which names in it are the store's own.
//!
//! On disk: `version`. Invariant: who removes something of a store asks here before, so
//! that nothing goes which Ingot did not make: neither in a folder that is no store,
//! whatever a variable or a file says, nor beside the store's own in one that is. What it
//! does not do: it looks into no file but `version`.

use std::ffi::OsStr;
use std::path::Path;

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// The version of the layout.
pub const LAYOUT: &str = "ingot-store 1\n";

/// The folders of a store.
pub(super) const FOLDERS: [&str; 19] = [
    "actions",
    "cas",
    "checkpoints",
    "curves",
    "descriptors",
    "failed",
    "leases",
    "locks",
    "logs",
    "memo",
    "observations",
    "out",
    "placed",
    "quarantine",
    "roots",
    "runs",
    "verified",
    "views",
    "work",
];

/// What else may stand in a store's folder.
const FILES: [&str; 5] = [".gitignore", "lost+found", "stat-index", "synced", "version"];

/// Longer than any version's text.
const MOST_VERSION: u64 = 4096;

/// Folders above an output's link: a step's name may hold slashes.
const MOST_SLASHES: usize = 16;

impl Store {
    /// Fails unless a folder carries the mark of a store of this version.
    pub fn require_mark(root: &Path) -> Result<(), StoreError> {
        match version(root)? {
            Some(()) => Ok(()),
            None => {
                let found = fs::names(root)?.into_iter().next().unwrap_or_default();
                Err(StoreError::NotAStore { path: root.to_owned(), found: found.into() })
            }
        }
    }
}

/// Whether `root` is a store of this version; an error where it is another's, or a folder
/// of something else, which a store would fill and ignore. One whose making was cut short,
/// or whose mark was lost, holds a store's own names and no others.
pub(super) fn is_made(root: &Path) -> Result<bool, StoreError> {
    if version(root)?.is_some() {
        return Ok(true);
    }
    let names = if fs::is_there(root)? { fs::names(root)? } else { Vec::new() };
    for name in names {
        let path = root.join(&name);
        let text = name.to_string_lossy();
        let own = match FOLDERS.iter().find(|folder| **folder == text) {
            Some(folder) => holds_own_names(folder, &path)?,
            None => FILES.contains(&text.as_ref()),
        };
        if !own {
            return Err(StoreError::NotAStore { path: root.to_owned(), found: name.into() });
        }
    }
    Ok(false)
}

/// Whether the mark is there; an error where it is another version's. An empty file is
/// what a crash of the machine leaves of a new one.
fn version(root: &Path) -> Result<Option<()>, StoreError> {
    let path = root.join("version");
    let not_a_store = || StoreError::NotAStore { path: root.to_owned(), found: "version".into() };
    let found = match bounded::read_optional(&path, Bound::below(root, MOST_VERSION)) {
        Err(error) if error.refusal().is_some() => return Err(not_a_store()),
        found => found?,
    };
    let Some(found) = found else { return Ok(None) };
    match found {
        found if found == LAYOUT.as_bytes() => Ok(Some(())),
        found if found.is_empty() => Ok(None),
        found => {
            let found = String::from_utf8_lossy(&found).trim().chars().take(80).collect();
            Err(StoreError::OtherVersion { path: root.to_owned(), found })
        }
    }
}

fn holds_own_names(folder: &str, path: &Path) -> Result<bool, StoreError> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(false);
    }
    for name in fs::names(path)? {
        if !is_own(folder, &path.join(name))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether what stands at `path`, right in a folder of the store, is the store's own.
pub(super) fn is_own(folder: &str, path: &Path) -> Result<bool, StoreError> {
    match folder {
        "out" => is_output(path, MOST_SLASHES),
        _ => Ok(path.file_name().and_then(OsStr::to_str).is_some_and(|name| names(folder, name))),
    }
}

/// Whether a store gives this name to what it puts into a folder.
fn names(folder: &str, name: &str) -> bool {
    match folder {
        "actions" | "cas" => name.len() == 2 && is_hex(name),
        "failed" => is_tagged(name),
        "leases" => name.starts_with(".tmp-"),
        "locks" => is_digest(name) || matches!(name, "placed" | "store" | "views"),
        "curves" => name.strip_suffix(".jsonl").is_some_and(is_digest),
        "logs" => name.strip_suffix(".log").is_some_and(is_digest),
        "observations" => name.strip_suffix(".jsonl").is_some_and(is_tagged),
        "views" => name.replacen('-', ":", 1).parse::<Content>().is_ok(),
        "work" => name.starts_with(".tmp-"),
        "checkpoints" | "descriptors" | "memo" | "placed" | "quarantine" | "roots" | "runs"
        | "verified" => is_digest(name),
        _ => false,
    }
}

/// Whether a name in `actions/AB` or `cas/AB` is the store's.
pub(super) fn is_rest(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.len() == 62 && is_hex(name))
}

/// Whether it is a link to a view, or a folder of nothing else.
fn is_output(path: &Path, levels: usize) -> Result<bool, StoreError> {
    let metadata = fs::metadata(path)?;
    if metadata.is_symlink() {
        let target = fs::read_link(path)?;
        let mut parts = target.components().skip_while(|part| part.as_os_str() == "..");
        return Ok(parts.next().is_some_and(|part| part.as_os_str() == "views"));
    }
    if !metadata.is_dir() || levels == 0 {
        return Ok(false);
    }
    for name in fs::names(path)? {
        if !is_output(&path.join(name), levels - 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_digest(name: &str) -> bool {
    name.parse::<Digest>().is_ok()
}

fn is_hex(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A step's name and its tag: see `work::file_name`.
fn is_tagged(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, tag)| tag.len() == 8 && is_hex(tag))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_store_knows_its_own_names() {
        let digest = "0123456789abcdef".repeat(4);
        for (folder, own, foreign) in [
            ("cas", "ab".to_owned(), "photos"),
            ("actions", "00".to_owned(), "AB"),
            ("checkpoints", digest.clone(), "thesis"),
            ("failed", "train@lr=0.1-0123abcd".to_owned(), "my-failed"),
            ("leases", ".tmp-1-2-3".to_owned(), "contract.pdf"),
            ("locks", digest.clone(), "door"),
            ("locks", "store".to_owned(), "stores"),
            ("logs", format!("{digest}.log"), "captain.log"),
            ("observations", "train-0123abcd.jsonl".to_owned(), "birds.jsonl"),
            ("curves", format!("{digest}.jsonl"), "bends.jsonl"),
            ("runs", digest.clone(), "marathon"),
            ("views", format!("tree-{digest}"), "sunset"),
            ("work", ".tmp-1-2-3.lock".to_owned(), "thesis"),
            ("memo", digest, "to-my-boss"),
        ] {
            assert!(names(folder, &own), "{folder}/{own}");
            assert!(!names(folder, foreign), "{folder}/{foreign}");
        }
    }
}
