//! Views: each artifact once, as a read-only file or folder that steps read.
//!
//! On disk: `views/CONTENT`, folders 0555, files hard links of their blobs
//! (0444), executable files copies (0555); everything carries the blobs' stamp.
//! Derived: a view may be deleted at any time and is made again. It is built
//! aside and renamed, so two processes that make the same view do no harm.
//! `out/STEP/PORT` is a relative link to the latest view of each output.
//!
//! Invariant: the view that a step gets is what its content says. A person can
//! write to a view, after all: it is looked over before each use, and replaced
//! where something in it was touched, added or removed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::cas::{STAMP, is_untouched, stamp};
use super::ingest::is_executable;
use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::{Artifact, Content};
use crate::sys::{fs, lock};

impl Store {
    /// The read-only tree of an artifact.
    pub fn view(&self, content: Content) -> Result<PathBuf, StoreError> {
        if !self.in_place(content)?.is_empty() {
            return self.view_in_place(content);
        }
        let path = self.view_path(content);
        if !self.is_view_whole(content, &path)? {
            self.make_view(content, &path)?;
        }
        Ok(path)
    }

    /// Points `out/STEP/PORT` at an artifact's view.
    pub fn link_output(&self, step: &str, port: &str, content: Content) -> Result<(), StoreError> {
        let view = self.view_path(content);
        if !self.is_view_whole(content, &view)? {
            self.make_view(content, &view)?;
        }
        let (link, target) = self.output_link(step, port, content);
        self.make_step_folder(step)?;
        match fs::metadata_optional(&link)? {
            Some(found) if found.is_symlink() && fs::read_link(&link)? == target => return Ok(()),
            Some(found) if found.is_dir() => fs::remove_all(&link)?,
            _ => {}
        }
        let temporary = self.temporary()?;
        fs::symlink(&target, &temporary)?;
        let placed = fs::rename(&temporary, &link);
        if placed.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        Ok(placed?)
    }

    /// Makes the folder of a step's links; whatever else stands there or on the way, such as
    /// a link to a folder elsewhere, gives way.
    fn make_step_folder(&self, step: &str) -> Result<(), StoreError> {
        let mut folder = self.root.join("out");
        for part in step.split('/') {
            folder.push(part);
            match fs::metadata_optional(&folder)? {
                Some(found) if found.is_dir() => {}
                Some(_) => {
                    fs::remove_file(&folder)?;
                    fs::create_dir_all(&folder)?;
                }
                None => fs::create_dir_all(&folder)?,
            }
        }
        Ok(())
    }

    /// Whether the folder of a step's links is there, and no link is on the way to it.
    fn has_step_folder(&self, step: &str) -> Result<bool, StoreError> {
        let mut folder = self.root.join("out");
        for part in step.split('/') {
            folder.push(part);
            if !fs::metadata_optional(&folder)?.is_some_and(|found| found.is_dir()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes the links of outputs that a step no longer has.
    pub fn unlink_others(
        &self,
        step: &str,
        outputs: &BTreeMap<String, Artifact>,
    ) -> Result<(), StoreError> {
        let folder = self.root.join("out").join(step);
        if !self.has_step_folder(step)? {
            return Ok(());
        }
        for name in fs::names(&folder)? {
            let kept = name.to_str().is_some_and(|port| outputs.contains_key(port));
            let link = folder.join(name);
            // A folder is that of a step that this one implies.
            if !kept && fs::metadata_optional(&link)?.is_some_and(|found| found.is_symlink()) {
                fs::remove_file(&link)?;
            }
        }
        Ok(())
    }

    /// Whether `out/STEP/PORT` leads to this artifact's view.
    pub fn is_linked(&self, step: &str, port: &str, content: Content) -> Result<bool, StoreError> {
        let (link, target) = self.output_link(step, port, content);
        Ok(fs::read_link(&link).is_ok_and(|found| found == target))
    }

    /// Whether it does, and the view is there with nothing put into it or taken from it. What
    /// its files hold is the blobs' business. A tree of which a node is lost is not shown:
    /// nobody can tell what its view should hold.
    pub fn is_shown(&self, step: &str, port: &str, content: Content) -> Result<bool, StoreError> {
        let path = self.view_path(content);
        if !self.is_linked(step, port, content)? || !self.has_step_folder(step)? {
            return Ok(false);
        }
        match content {
            Content::File { digest, .. } => Ok(fs::metadata_optional(&path)?
                .is_some_and(|metadata| is_untouched(&metadata, digest))),
            Content::Tree(digest) => match self.is_folder_closed(digest, &path, 0) {
                Err(StoreError::Path(error)) => Err(error.into()),
                closed => Ok(closed.unwrap_or(false)),
            },
        }
    }

    /// Whether each folder of a view carries the stamp that it was given when it was made.
    fn is_folder_closed(
        &self,
        digest: Digest,
        path: &Path,
        depth: usize,
    ) -> Result<bool, StoreError> {
        let Some(metadata) = fs::metadata_optional(path)? else { return Ok(false) };
        let stamp = (STAMP.as_secs().cast_signed(), 0);
        if !metadata.is_dir() || (metadata.mtime(), metadata.mtime_nsec()) != stamp {
            return Ok(false);
        }
        for (name, entry) in &self.node_at(digest, depth)?.entries {
            if let Entry::Tree { digest, .. } = entry
                && !self.is_folder_closed(*digest, &path.join(name), depth + 1)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the file or the outermost folder of a view carries its stamp. `views` is the
    /// folder of all.
    pub(super) fn is_stamped(
        &self,
        views: &fs::Folder,
        content: Content,
    ) -> Result<bool, StoreError> {
        let path = self.view_path(content);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stamp = match content {
            Content::File { digest, .. } => stamp(digest),
            Content::Tree(_) => STAMP,
        };
        Ok(views.modified(&name)? == Some((stamp.as_secs().cast_signed(), 0)))
    }

    /// Where the link of an output stands, and what it holds.
    fn output_link(&self, step: &str, port: &str, content: Content) -> (PathBuf, PathBuf) {
        let link = self.link_path(step, port);
        // A step's name may hold slashes: `eval/predict`.
        let depth = 2 + step.matches('/').count();
        let mut target = PathBuf::new();
        target.extend(std::iter::repeat_n("..", depth));
        target.push("views");
        target.push(self.view_path(content).file_name().unwrap_or_default());
        (link, target)
    }

    /// `out/STEP/PORT`.
    pub(super) fn link_path(&self, step: &str, port: &str) -> PathBuf {
        let root = self.root.as_os_str();
        let mut path = OsString::with_capacity(root.len() + step.len() + port.len() + 6);
        for part in [root, OsStr::new("/out/"), OsStr::new(step), OsStr::new("/"), port.as_ref()] {
            path.push(part);
        }
        PathBuf::from(path)
    }

    fn view_path(&self, content: Content) -> PathBuf {
        self.root.join("views").join(content.to_string().replace(':', "-"))
    }

    /// Makes a view, or makes it anew.
    fn make_view(&self, content: Content, path: &Path) -> Result<(), StoreError> {
        self.bring(content)?;
        self.require_bounds(content)?;
        let temporary = self.temporary()?;
        let placed = (|| {
            match content {
                Content::File { digest, executable } => {
                    self.place_file(digest, executable, &temporary)?;
                }
                Content::Tree(digest) => self.place_tree(digest, &temporary, 0)?,
            }
            // One process at a time replaces a view, and none that is whole:
            // a step may be reading it.
            let _replacing = lock::lock(&self.root.join("locks").join("views"))?;
            if fs::exists(path) {
                if self.is_view_whole(content, path)? {
                    return Ok(());
                }
                self.remove_view(path)?;
            }
            fs::rename(&temporary, path)?;
            match content {
                // A folder that is closed already could not be moved.
                Content::Tree(_) => Ok(fs::set_mode(path, 0o555)?),
                Content::File { .. } => Ok(()),
            }
        })();
        if fs::exists(&temporary) {
            let _ = fs::remove_all(&temporary);
        }
        placed
    }

    /// Moves a view away in one go, and then removes it piece by piece.
    pub(super) fn remove_view(&self, path: &Path) -> Result<(), StoreError> {
        let aside = self.temporary()?;
        if fs::metadata(path)?.is_dir() {
            fs::set_mode(path, 0o755)?;
        }
        fs::rename(path, &aside)?;
        Ok(fs::remove_all(&aside)?)
    }

    /// Whether a view is there and holds what its content says. It costs a look
    /// at each file's metadata, none at its bytes.
    fn is_view_whole(&self, content: Content, path: &Path) -> Result<bool, StoreError> {
        let looked = match content {
            Content::File { digest, executable } => {
                Ok(fs::metadata_optional(path)?.is_some_and(|metadata| {
                    is_untouched(&metadata, digest) && is_executable(&metadata) == executable
                }))
            }
            Content::Tree(digest) => self.is_folder_whole(digest, path, 0),
        };
        match looked {
            // Not made yet, or just being replaced by another process.
            Err(StoreError::Path(error)) if error.source.kind() == ErrorKind::NotFound => Ok(false),
            looked => looked,
        }
    }

    fn is_folder_whole(
        &self,
        digest: Digest,
        path: &Path,
        depth: usize,
    ) -> Result<bool, StoreError> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_dir() || metadata.mode() & 0o222 != 0 {
            return Ok(false);
        }
        let node = self.node_at(digest, depth)?;
        let names = fs::names(path)?;
        let same_names = names.iter().map(|name| name.as_encoded_bytes());
        if !same_names.eq(node.entries.keys().map(String::as_bytes)) {
            return Ok(false);
        }
        for (name, entry) in &node.entries {
            let below = path.join(name);
            let whole = match entry {
                Entry::File { digest, size, executable } => {
                    let metadata = fs::metadata(&below)?;
                    is_untouched(&metadata, *digest)
                        && metadata.len() == *size
                        && is_executable(&metadata) == *executable
                }
                Entry::Tree { digest, .. } => self.is_folder_whole(*digest, &below, depth + 1)?,
                Entry::Symlink { target } => {
                    fs::metadata(&below)?.is_symlink()
                        && fs::read_link(&below)? == Path::new(target)
                }
            };
            if !whole {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The folder is left open: whoever moves it closes it.
    pub(super) fn place_tree(
        &self,
        digest: Digest,
        path: &Path,
        depth: usize,
    ) -> Result<(), StoreError> {
        fs::create_dir(path)?;
        for (name, entry) in &self.node_at(digest, depth)?.entries {
            let below = path.join(name);
            match entry {
                Entry::File { digest, executable, .. } => {
                    self.place_file(*digest, *executable, &below)?;
                }
                Entry::Tree { digest, .. } => {
                    self.place_tree(*digest, &below, depth + 1)?;
                    fs::set_mode(&below, 0o555)?;
                }
                Entry::Symlink { target } => {
                    fs::symlink(Path::new(target), &below)?;
                    fs::set_modified(&below, STAMP)?;
                }
            }
        }
        Ok(fs::set_modified(path, STAMP)?)
    }

    fn place_file(&self, digest: Digest, executable: bool, path: &Path) -> Result<(), StoreError> {
        if self.sound_blob(digest)?.is_none() {
            let Some(file) = self.stands_in_place(digest) else {
                return Err(StoreError::BlobMissing { digest });
            };
            return Ok(fs::symlink(file.path(), path)?);
        }
        let blob = self.blob_path(digest);
        if !executable {
            match fs::hard_link(&blob, path) {
                Err(error) if cannot_link(error.source.kind()) => {}
                linked => return Ok(linked?),
            }
        }
        fs::copy(&blob, path, 0o600)?;
        fs::set_mode(path, if executable { 0o555 } else { 0o444 })?;
        Ok(fs::set_modified(path, stamp(digest))?)
    }
}

/// Whether a copy serves where a hard link was refused: the file has all the
/// names it may have, belongs to someone else, or the file system has no links.
fn cannot_link(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TooManyLinks
            | ErrorKind::PermissionDenied
            | ErrorKind::CrossesDevices
            | ErrorKind::Unsupported
    )
}
