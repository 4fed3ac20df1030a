//! What a build made goes: all of it, or what is made again where it is needed.
//!
//! Invariant: only in a folder that carries the mark of a store of this version, and there
//! only what has a name of the store's own. What else stands there is left and told.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::mark::{FOLDERS, is_own, is_rest};
use super::{Store, StoreError};
use crate::sys::{fs, lock};

/// What a build makes again where it is needed.
pub const DERIVED: [&str; 4] = ["failed", "out", "views", "work"];

impl Store {
    /// Removes what is derived, or with `all` the whole store, its results included.
    /// Gives what stands there and is not the store's.
    pub fn clean(root: &Path, all: bool) -> Result<Vec<PathBuf>, StoreError> {
        Self::require_mark(root)?;
        let is_link = fs::metadata(root)?.is_symlink();
        let root = fs::canonical(root)?;
        let _alone = alone(&root)?;
        let mut foreign = Vec::new();
        let folders: &[&str] = if all { &FOLDERS } else { &DERIVED };
        for folder in folders {
            clean_folder(&root, folder, &mut foreign)?;
            if all && foreign.is_empty() {
                fs::remove_all(&root.join(folder))?;
            }
        }
        if !all {
            return Ok(foreign);
        }
        for name in ["stat-index", "synced"] {
            fs::remove_file(&root.join(name))?;
        }
        let marks = [".gitignore", "version"];
        let left = fs::names(&root)?.into_iter().filter(|name| {
            !marks.iter().any(|mark| mark == name) && !FOLDERS.iter().any(|own| own == name)
        });
        foreign.extend(left.map(|name| root.join(name)));
        // While something stands there, the folder stays a store.
        if foreign.is_empty() {
            for name in marks {
                fs::remove_file(&root.join(name))?;
            }
            if !is_link {
                fs::remove_empty(&root)?;
            }
        }
        Ok(foreign)
    }
}

/// Keeps everyone away who looks something up; refused while a build runs, whose steps read
/// the views and write below `work`.
fn alone(root: &Path) -> Result<Option<File>, StoreError> {
    if !fs::is_folder(&root.join("locks")) {
        return Ok(None);
    }
    let busy = || StoreError::Busy { path: root.to_owned() };
    let held = lock::try_lock(&root.join("locks/store"))?.ok_or_else(busy)?;
    let leases = root.join("leases");
    for name in fs::names(&leases).unwrap_or_default() {
        let path = leases.join(name);
        let is_file = fs::metadata_optional(&path)?.is_some_and(|found| found.is_file());
        if is_file && lock::try_lock(&path)?.is_none() {
            return Err(busy());
        }
    }
    Ok(Some(held))
}

fn clean_folder(root: &Path, folder: &str, foreign: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let path = root.join(folder);
    match fs::metadata_optional(&path)? {
        None => return Ok(()),
        Some(found) if !found.is_dir() => {
            foreign.push(path);
            return Ok(());
        }
        Some(_) => {}
    }
    for name in fs::names(&path)? {
        let below = path.join(name);
        if !is_own(folder, &below)? {
            foreign.push(below);
        } else if matches!(folder, "actions" | "cas") {
            clean_shard(&below, foreign)?;
        } else {
            fs::remove_all(&below)?;
        }
    }
    Ok(())
}

fn clean_shard(shard: &Path, foreign: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    if !fs::metadata(shard)?.is_dir() {
        foreign.push(shard.to_owned());
        return Ok(());
    }
    let before = foreign.len();
    for name in fs::names(shard)? {
        let path = shard.join(&name);
        match is_rest(&name) {
            true => fs::remove_all(&path)?,
            false => foreign.push(path),
        }
    }
    if foreign.len() == before { Ok(fs::remove_empty(shard)?) } else { Ok(()) }
}
