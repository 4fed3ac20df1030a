//! Every blob hashed again, every record read: what is damaged becomes a miss.
//!
//! A blob that is not what its name says goes to quarantine. A record that cannot be
//! read is removed. A record whose blobs are lost stays: the next build that needs
//! them runs its step again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::artifact::Content;
use crate::sys::fs;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Blobs that were hashed.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that went to quarantine, sorted.
    pub damaged: Vec<Digest>,
    /// Results whose records are sound.
    pub results: u64,
    /// Records that could not be read and are gone, sorted.
    pub unreadable: Vec<ActionKey>,
    /// Results of which a part is lost, sorted.
    pub incomplete: Vec<ActionKey>,
}

impl Store {
    /// Checks the whole store. No collection runs meanwhile; builds may.
    pub fn check(&self) -> Result<Checked, StoreError> {
        let _held = self.hold()?;
        let mut blobs = Vec::new();
        self.each_sharded("cas", &mut |digest, path| {
            blobs.push((digest, path.to_owned()));
            Ok(())
        })?;
        let (count, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let found: Vec<Option<Digest>> = blobs
            .into_par_iter()
            .map(|(digest, path)| {
                let Some(metadata) = fs::metadata_optional(&path)? else { return Ok(None) };
                count.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(metadata.len(), Ordering::Relaxed);
                Ok((!self.is_sound(digest, &metadata)?).then_some(digest))
            })
            .collect::<Result<_, StoreError>>()?;
        let mut damaged: Vec<Digest> = found.into_iter().flatten().collect();
        damaged.sort();
        let mut checked = Checked {
            blobs: count.into_inner(),
            bytes: bytes.into_inner(),
            damaged,
            ..Checked::default()
        };
        for key in self.recorded()? {
            let Some(result) = self.get(key)? else {
                fs::remove_file(&self.record_path(key))?;
                checked.unreadable.push(key);
                continue;
            };
            checked.results += 1;
            let ports: Vec<&str> = result.outputs.keys().map(String::as_str).collect();
            if !self.complete(&result, &ports)? {
                checked.incomplete.push(key);
            }
        }
        Ok(checked)
    }

    /// The bytes of an artifact's files, from its nodes; nothing where a part is lost.
    pub fn size_of(&self, content: Content) -> Result<Option<u64>, StoreError> {
        match content {
            Content::File { digest, .. } => {
                Ok(fs::metadata_optional(&self.blob_path(digest))?.map(|file| file.len()))
            }
            Content::Tree(digest) => Ok(Some(self.extent(digest, 0, &mut HashMap::new())?.bytes)),
        }
    }

    /// Bytes and files of each part of the store, by its folder's name, sorted.
    pub fn sizes(&self) -> Result<Vec<(String, u64, u64)>, StoreError> {
        let mut sizes = Vec::new();
        for name in fs::names(&self.root)? {
            let path = self.root.join(&name);
            if fs::metadata(&path)?.is_dir() {
                let (mut files, mut bytes) = (0, 0);
                measure(path, &mut files, &mut bytes)?;
                sizes.push((name.to_string_lossy().into_owned(), files, bytes));
            }
        }
        sizes.sort();
        Ok(sizes)
    }
}

/// Adds what stands below a folder. What a step left there may be so deep that no path
/// leads to it: that much is not counted.
fn measure(folder: PathBuf, files: &mut u64, bytes: &mut u64) -> Result<(), StoreError> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let names = match fs::names(&folder) {
            Err(error) if error.is_too_long() => continue,
            names => names?,
        };
        for name in names {
            let path = folder.join(name);
            match fs::metadata_optional(&path) {
                Ok(Some(found)) if found.is_dir() => folders.push(path),
                Ok(Some(found)) => {
                    *files += 1;
                    *bytes += found.len();
                }
                Ok(None) => {}
                Err(error) if error.is_too_long() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
