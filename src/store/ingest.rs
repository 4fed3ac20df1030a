//! A step's finished output becomes content: files move into the CAS by rename.
//!
//! Called after every descendant of the step is dead, so nobody holds a file
//! open. Invariant: what cannot be kept exactly is refused by name, before
//! anything of it is recorded: files with more than one link, special files,
//! symlinks that leave the tree, names that are no UTF-8 or collide when case
//! is folded.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::tree::{Entry, Node, case_collision, stays_inside};
use super::{Store, StoreError, cas};
use crate::model::artifact::Content;
use crate::sys::fs;

impl Store {
    /// Takes a finished file or folder; what stood at `path` is gone after it.
    pub fn ingest_output(&self, path: &Path) -> Result<Content, StoreError> {
        check(path, 0)?;
        let content = match self.take(path)? {
            Entry::File { digest, executable, .. } => Content::File { digest, executable },
            Entry::Tree { digest, .. } => Content::Tree(digest),
            Entry::Symlink { .. } => {
                let reason = "is a symlink; an output is a file or a folder";
                return Err(StoreError::Refused { path: path.to_owned(), reason });
            }
        };
        fs::remove_all(path)?;
        Ok(content)
    }

    fn take(&self, path: &Path) -> Result<Entry, StoreError> {
        let metadata = fs::metadata(path)?;
        if metadata.is_symlink() {
            return Ok(Entry::Symlink { target: text(&fs::read_link(path)?)? });
        }
        if metadata.is_file() {
            let size = metadata.len();
            let digest = cas::hash_file(path, size)?;
            self.take_file(path, digest, size)?;
            return Ok(Entry::File { digest, size, executable: is_executable(&metadata) });
        }
        let entries = names(path)?
            .into_par_iter()
            .map(|name| Ok((name.clone(), self.take(&path.join(&name))?)))
            .collect::<Result<BTreeMap<_, _>, StoreError>>()?;
        let (digest, size) = self.put_node(&Node::new(entries))?;
        Ok(Entry::Tree { digest, size })
    }
}

/// Refuses what no tree can hold, before anything is moved. Makes folders
/// traversable, since a step may have left them closed.
fn check(path: &Path, depth: usize) -> Result<(), StoreError> {
    let refuse = |reason| Err(StoreError::Refused { path: path.to_owned(), reason });
    if depth > MAXIMUM_DEPTH {
        return refuse("is nested too deeply");
    }
    let metadata = fs::metadata(path)?;
    if metadata.is_symlink() {
        let target = text(&fs::read_link(path)?)?;
        return match stays_inside(&target, depth.saturating_sub(1)) {
            true => Ok(()),
            false => refuse("is a symlink that leaves its output"),
        };
    }
    if metadata.is_file() {
        if metadata.nlink() > 1 {
            return refuse("has a second name (a hard link)");
        }
        fs::set_mode(path, if is_executable(&metadata) { 0o700 } else { 0o600 })?;
        return Ok(());
    }
    if !metadata.is_dir() {
        return refuse("is neither file, folder nor symlink");
    }
    fs::set_mode(path, 0o700)?;
    let names = names(path)?;
    if let Some(name) = case_collision(names.iter().map(String::as_str)) {
        let path = path.join(name);
        return Err(StoreError::Refused { path, reason: "has a twin that differs in case alone" });
    }
    names.iter().try_for_each(|name| check(&path.join(name), depth + 1))
}

/// Deepest nesting of an output.
const MAXIMUM_DEPTH: usize = 256;

pub(super) fn names(path: &Path) -> Result<Vec<String>, StoreError> {
    fs::names(path)?
        .into_iter()
        .map(|name| {
            name.into_string().map_err(|name| StoreError::Refused {
                path: path.join(name),
                reason: "has a name that is not UTF-8",
            })
        })
        .collect()
}

pub(super) fn text(path: &Path) -> Result<String, StoreError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| StoreError::Refused { path: PathBuf::from(path), reason: "is not UTF-8" })
}

pub(super) fn is_executable(metadata: &Metadata) -> bool {
    metadata.mode() & 0o100 != 0
}
