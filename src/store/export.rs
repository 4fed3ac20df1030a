//! Artifacts copied out of the store: writable, and nothing of the store's.

use std::path::Path;

use rayon::prelude::*;

use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::{fs, threads};

impl Store {
    /// Copies an artifact to `destination`, writable. Gives whether anything
    /// changed: a destination that holds the same already is left alone. What
    /// stood there is gone when the new copy is whole.
    pub fn copy_out(&self, content: Content, destination: &Path) -> Result<bool, StoreError> {
        if fs::exists(destination) && self.holds(destination, content)? {
            return Ok(false);
        }
        self.bring(content)?;
        if let Some(folder) = destination.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = fs::temporary_beside(destination);
        let placed = (|| {
            match content {
                Content::File { digest, executable } => {
                    self.copy_blob(digest, executable, &temporary)?;
                }
                Content::Tree(digest) => {
                    threads::walk(|| self.copy_tree(digest, &temporary, 0))?;
                }
            }
            let is_file = matches!(content, Content::File { .. });
            let old = fs::metadata_optional(destination)?;
            Ok(match old.is_some_and(|old| old.is_dir() || !is_file) {
                // What is or was a folder cannot be replaced by a rename.
                true => fs::exchange(&temporary, destination),
                false => fs::rename(&temporary, destination),
            }?)
        })();
        let removed = fs::remove_all(&temporary);
        placed.and_then(|()| Ok(removed.map(|()| true)?))
    }

    /// Whether a path outside the store holds exactly this content.
    pub fn holds(&self, path: &Path, content: Content) -> Result<bool, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match self.digest_source(folder, &name, &[]) {
            Ok(found) => Ok(found == content),
            Err(StoreError::Path(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    fn copy_tree(&self, digest: Digest, path: &Path, depth: usize) -> Result<(), StoreError> {
        fs::create_dir(path)?;
        self.node_at(digest, depth)?.entries.par_iter().try_for_each(|(name, entry)| {
            let below = path.join(name);
            match entry {
                Entry::File { digest, executable, .. } => {
                    self.copy_blob(*digest, *executable, &below)
                }
                Entry::Tree { digest, .. } => self.copy_tree(*digest, &below, depth + 1),
                Entry::Symlink { target } => Ok(fs::symlink(Path::new(target), &below)?),
            }
        })
    }

    fn copy_blob(&self, digest: Digest, executable: bool, path: &Path) -> Result<(), StoreError> {
        if self.sound_blob(digest)?.is_none() {
            return Err(StoreError::BlobMissing { digest });
        }
        let mode = if executable { 0o755 } else { 0o644 };
        fs::copy(&self.blob_path(digest), path, mode)?;
        Ok(())
    }
}
