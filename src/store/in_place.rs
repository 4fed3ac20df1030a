//! Sources that are too big to copy: hashed, and read where they stand.
//!
//! Such a file has no blob: for as long as the store is open it knows where the bytes
//! of that digest stand and what the file system said of them. A step gets a link to
//! the file; who runs it looks at the file again afterwards ([`InPlace::unmoved`]), and at
//! every folder on the way there.
//! Invariant: a file that passes is the one that was hashed, with nobody having
//! written to it in between, nor put another one in its place for a while. For it was
//! older than the clock's tick when it was hashed, with its pages written back, so that any
//! write moves its facts; and a file that was written to and written back does not pass.
//! What it does not do: it does not hash a second time.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::hash::hash_file;
use super::stat_index::Facts;
use super::tree::Entry;
use super::{Store, StoreError, lock};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::{clock, fs};

/// Sources up to this size are copied.
pub const COPY_LIMIT: u64 = 1 << 30;

/// Longer than the time after which a file that was just written counts as settled.
const SETTLING: Duration = Duration::from_millis(120);

/// A file of the workspace that steps read where it stands.
#[derive(Debug, Clone)]
pub struct InPlace {
    path: PathBuf,
    facts: Facts,
    /// The folders that lead to it, from the root of all.
    way: Vec<Facts>,
}

impl InPlace {
    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file with these facts, and the way there as it is now.
    fn new(path: &Path, facts: Facts) -> Result<Self, StoreError> {
        let (way, found) = looked_at(path)?;
        let path = path.to_owned();
        match found == facts {
            true => Ok(Self { path, facts, way }),
            false => Err(StoreError::Moved { path }),
        }
    }

    /// Fails if anyone touched the file since it was hashed, or a folder on the way to it.
    pub fn unmoved(&self) -> Result<(), StoreError> {
        let same = looked_at(&self.path).is_ok_and(|(way, facts)| {
            let stay = |(then, now): (&Facts, &Facts)| now.is_same_folder(then);
            facts == self.facts
                && way.len() == self.way.len()
                && self.way.iter().zip(&way).all(stay)
        });
        if same { Ok(()) } else { Err(StoreError::Moved { path: self.path.clone() }) }
    }
}

/// The facts of each folder on the way to a file, and of the file.
fn looked_at(path: &Path) -> Result<(Vec<Facts>, Facts), StoreError> {
    let mut way: Vec<Facts> = fs::way(path)?.iter().map(Facts::of).collect();
    let file = way.pop().ok_or_else(|| StoreError::SourceMissing { path: path.to_owned() })?;
    Ok((way, file))
}

impl Store {
    /// The same store, that copies sources up to this size and reads others in place.
    pub fn copying_up_to(self, bytes: u64) -> Self {
        Self { copy_limit: bytes, ..self }
    }

    /// The files of the workspace that whoever reads this content reads in place.
    pub fn in_place(&self, content: Content) -> Result<Vec<InPlace>, StoreError> {
        let mut found = Vec::new();
        if !lock(&self.in_place).is_empty() {
            self.find_in_place(content, 0, &mut HashSet::new(), &mut found)?;
        }
        Ok(found)
    }

    fn find_in_place(
        &self,
        content: Content,
        depth: usize,
        nodes: &mut HashSet<Digest>,
        found: &mut Vec<InPlace>,
    ) -> Result<(), StoreError> {
        match content {
            Content::File { digest, .. } => {
                if let Some(file) = self.stands_in_place(digest)
                    && self.sound_blob(digest)?.is_none()
                {
                    found.push(file);
                }
            }
            Content::Tree(digest) if nodes.insert(digest) => {
                for entry in self.node_at(digest, depth)?.entries.values() {
                    let below = match entry {
                        Entry::File { digest, executable, .. } => {
                            Content::File { digest: *digest, executable: *executable }
                        }
                        Entry::Tree { digest, .. } => Content::Tree(*digest),
                        Entry::Symlink { .. } => continue,
                    };
                    self.find_in_place(below, depth + 1, nodes, found)?;
                }
            }
            Content::Tree(_) => {}
        }
        Ok(())
    }

    pub(super) fn stands_in_place(&self, digest: Digest) -> Option<InPlace> {
        lock(&self.in_place).get(&digest).cloned()
    }

    /// The file itself, or a folder of this process's own with links to such files.
    pub(super) fn view_in_place(&self, content: Content) -> Result<PathBuf, StoreError> {
        match content {
            Content::File { digest, .. } => {
                let file = self.stands_in_place(digest);
                file.map(|file| file.path).ok_or(StoreError::BlobMissing { digest })
            }
            Content::Tree(digest) => {
                let folder = self.temporary()?;
                self.place_tree(digest, &folder, 0)?;
                fs::set_mode(&folder, 0o555)?;
                Ok(folder)
            }
        }
    }

    /// The digest of a file that is read in place; `known` is what the stat index says.
    /// Nothing for one that does not settle, such as a file from the future: a write to
    /// it need not show.
    pub(super) fn digest_in_place(
        &self,
        path: &Path,
        metadata: &Metadata,
        known: Option<Digest>,
    ) -> Result<Option<Digest>, StoreError> {
        let facts = Facts::of(metadata);
        if !facts.is_older_than(clock::stamping()) {
            std::thread::sleep(SETTLING);
            if !facts.is_older_than(clock::stamping()) {
                return Ok(None);
            }
        }
        // The stat index knows only files whose pages were written back.
        if known.is_none() && !self.written_back.ensure(path, metadata) {
            return Ok(None);
        }
        let file = InPlace::new(path, facts)?;
        let digest = match known {
            Some(digest) => digest,
            None => hash_file(path, metadata.len())?,
        };
        file.unmoved()?;
        lock(&self.in_place).insert(digest, file);
        Ok(Some(digest))
    }
}
