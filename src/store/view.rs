//! Views: each artifact once, as a read-only file or folder that steps read.
//!
//! On disk: `views/CONTENT`, folders 0555, files hard links of their blobs
//! (0444), executable files copies (0555). Derived: a view may be deleted at
//! any time and is made again. Built beside its place and renamed, so two
//! processes that make the same view do no harm. `out/STEP/PORT` is a relative
//! link to the latest view of each output.

use std::path::{Path, PathBuf};

use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::fs;

impl Store {
    /// The read-only tree of an artifact.
    pub fn view(&self, content: Content) -> Result<PathBuf, StoreError> {
        let path = self.root.join("views").join(content.to_string().replace(':', "-"));
        if fs::exists(&path) {
            return Ok(path);
        }
        let temporary = fs::temporary_beside(&path);
        let made = match content {
            Content::File { digest, executable } => self.place_file(digest, executable, &temporary),
            Content::Tree(digest) => self.place_tree(digest, &temporary, Mode::View),
        };
        let placed = made.and_then(|()| match fs::rename(&temporary, &path) {
            Err(_) if fs::exists(&path) => Ok(()),
            renamed => Ok(renamed?),
        });
        if fs::exists(&temporary) {
            let _ = fs::remove_all(&temporary);
        }
        placed.map(|()| path)
    }

    /// Points `out/STEP/PORT` at an artifact's view.
    pub fn link_output(&self, step: &str, port: &str, content: Content) -> Result<(), StoreError> {
        let view = self.view(content)?;
        let out = self.root.join("out");
        let link = out.join(step).join(port);
        let depth = link.strip_prefix(&out).map_or(1, |below| below.components().count());
        let mut target = PathBuf::new();
        target.extend(std::iter::repeat_n("..", depth));
        target.push("views");
        target.push(view.file_name().unwrap_or_default());
        if fs::exists(&link) && fs::read_link(&link).is_ok_and(|found| found == target) {
            return Ok(());
        }
        if let Some(folder) = link.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = fs::temporary_beside(&link);
        fs::symlink(&target, &temporary)?;
        Ok(fs::rename(&temporary, &link)?)
    }

    /// Copies an artifact to `destination`, writable. Gives whether anything
    /// changed: a destination that holds the same already is left alone.
    pub fn copy_out(&self, content: Content, destination: &Path) -> Result<bool, StoreError> {
        if fs::exists(destination) && self.holds(destination, content)? {
            return Ok(false);
        }
        if let Some(folder) = destination.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = fs::temporary_beside(destination);
        let placed = (|| {
            match content {
                Content::File { digest, executable } => {
                    fs::copy(&self.blob_path(digest), &temporary)?;
                    fs::set_mode(&temporary, if executable { 0o755 } else { 0o644 })?;
                    if fs::metadata_optional(destination)?.is_some_and(|m| m.is_dir()) {
                        fs::remove_all(destination)?;
                    }
                }
                Content::Tree(digest) => {
                    self.place_tree(digest, &temporary, Mode::Copy)?;
                    fs::remove_all(destination)?;
                }
            }
            Ok(fs::rename(&temporary, destination)?)
        })();
        if fs::exists(&temporary) {
            let _ = fs::remove_all(&temporary);
        }
        placed.map(|()| true)
    }

    /// Whether a path outside the store holds exactly this content.
    fn holds(&self, path: &Path, content: Content) -> Result<bool, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match self.digest_source(folder, &name, &[]) {
            Ok(found) => Ok(found == content),
            Err(StoreError::Path(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    fn place_tree(&self, digest: Digest, path: &Path, mode: Mode) -> Result<(), StoreError> {
        fs::create_dir(path)?;
        for (name, entry) in &self.node(digest)?.entries {
            let below = path.join(name);
            match entry {
                Entry::File { digest, executable, .. } => match mode {
                    Mode::View => self.place_file(*digest, *executable, &below)?,
                    Mode::Copy => {
                        fs::copy(&self.blob_path(*digest), &below)?;
                        fs::set_mode(&below, if *executable { 0o755 } else { 0o644 })?;
                    }
                },
                Entry::Tree { digest, .. } => self.place_tree(*digest, &below, mode)?,
                Entry::Symlink { target } => fs::symlink(Path::new(target), &below)?,
            }
        }
        if mode == Mode::View {
            fs::set_mode(path, 0o555)?;
        }
        Ok(())
    }

    fn place_file(&self, digest: Digest, executable: bool, path: &Path) -> Result<(), StoreError> {
        let blob = self.blob_path(digest);
        if !fs::exists(&blob) {
            return Err(StoreError::BlobMissing { digest });
        }
        if executable {
            fs::copy(&blob, path)?;
            return Ok(fs::set_mode(path, 0o555)?);
        }
        Ok(fs::hard_link(&blob, path)?)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Read-only, sharing the blobs.
    View,
    /// Writable, on its own.
    Copy,
}
