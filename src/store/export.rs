//! Artifacts copied out of the store: writable, and nothing of the store's.
//!
//! On disk: the copies, and `placed/HEX`: what was copied to a path last, by the digest of
//! the path. Invariant: a copy replaces what Ingot put there, or what the caller vouches
//! for, and nothing else.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::tree::Entry;
use super::{Store, StoreError, kept_if_sound, spared};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::{PathError, fs, lock, place, threads};

/// What of the user's a copy may replace, beside what Ingot put there itself.
#[derive(Debug, Clone, Copy)]
pub enum Over {
    /// This content, and no other.
    Known(Option<Content>),
    /// Whatever it is.
    Anything,
}

/// What became of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It was there already.
    Same,
    /// It was written.
    New,
    /// Something else stands there, and stays.
    Refused,
}

impl Store {
    /// Copies an artifact to `destination`, writable. A destination that holds the same
    /// already is left alone; one that holds neither what this store copied there last nor
    /// what `over` says is refused.
    pub fn copy_out(
        &self,
        content: Content,
        destination: &Path,
        over: Over,
    ) -> Result<Copied, StoreError> {
        let destination = in_its_folder(destination)?;
        if fs::is_there(&destination)? && self.holds(&destination, content)? {
            return Ok(Copied::Same);
        }
        let _turn = self.turn_to_place()?;
        let placed = self.placed(&destination)?;
        let may_go = |path: &Path| -> Result<bool, StoreError> {
            let Over::Known(known) = over else { return Ok(true) };
            let found = self.content_at(path)?;
            Ok(found.is_some() && (found == known || found == placed))
        };
        if fs::is_there(&destination)? && !may_go(&destination)? {
            return Ok(Copied::Refused);
        }
        self.bring(content)?;
        let made = place::beside(&destination);
        let copied = match content {
            Content::File { digest, executable } => self.copy_blob(digest, executable, &made),
            Content::Tree(digest) => threads::walk(|| self.copy_tree(digest, &made, 0)),
        };
        if let Err(error) = copied {
            let _ = fs::remove_all(&made);
            return Err(error);
        }
        if !place::put(&made, &destination, may_go)? {
            return Ok(Copied::Refused);
        }
        self.remember_placed(&destination, content)?;
        Ok(Copied::New)
    }

    /// Whether a path outside the store holds exactly this content.
    pub fn holds(&self, path: &Path, content: Content) -> Result<bool, StoreError> {
        Ok(self.content_at(path)? == Some(content))
    }

    /// What a path outside the store holds; nothing where no artifact could be that.
    fn content_at(&self, path: &Path) -> Result<Option<Content>, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match self.digest_source(folder, &name, &[]) {
            Ok(found) => Ok(Some(found)),
            Err(StoreError::Path(error)) => Err(error.into()),
            Err(_) => Ok(None),
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

/// How a record of a copy begins.
const PLACED: &str = "ingot-placed 1";

impl Store {
    /// One copy at a time is judged and put in its place, so that another build's counts.
    fn turn_to_place(&self) -> Result<Option<File>, StoreError> {
        match lock::lock(&self.root.join("locks/placed")) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.is_denied() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What was copied to a path last, if anything was.
    fn placed(&self, path: &Path) -> Result<Option<Content>, StoreError> {
        let bytes = kept_if_sound(&self.root, &self.record_of(path))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        let known = lines.next() == Some(PLACED);
        Ok(lines.next().filter(|_| known).and_then(|line| line.parse().ok()))
    }

    fn remember_placed(&self, path: &Path, content: Content) -> Result<(), StoreError> {
        let mut bytes = format!("{PLACED}\n{content}\n").into_bytes();
        bytes.extend(path.as_os_str().as_bytes());
        bytes.push(b'\n');
        spared(self.write_whole(&self.record_of(path), &bytes))
    }

    fn record_of(&self, path: &Path) -> PathBuf {
        self.root.join("placed").join(Digest::of(path.as_os_str().as_bytes()).to_hex())
    }
}

/// The path with its folder as it is without symlinks, where that is there.
fn in_its_folder(path: &Path) -> Result<PathBuf, PathError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(path.to_owned());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::create_dir_all(folder)?;
    Ok(fs::canonical(folder)?.join(name))
}
