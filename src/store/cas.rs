//! Blobs: bytes under their own hash.
//!
//! On disk: `cas/ab/REST`, mode 0444, where `ab` are the first two digits. A
//! blob appears by a rename, so it is whole or not there. Whether it survives
//! a crash of the machine is `action_cache`'s business.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::sys::{PathError, fs};

/// Files from this size on are hashed by several threads.
const PARALLEL: u64 = 1 << 20;

impl Store {
    /// Where a blob stands.
    pub fn blob_path(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join("cas").join(&hex[..2]).join(&hex[2..])
    }

    /// Puts bytes, and gives their digest.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.blob_path(digest);
        if !self.has(digest, bytes.len() as u64)? {
            self.make_shard(&path)?;
            fs::write_atomically(&path, bytes, 0o444)?;
        }
        Ok(digest)
    }

    /// The bytes of a small blob, checked against its name.
    pub fn read(&self, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.blob_path(digest);
        let bytes = fs::read_optional(&path)?.ok_or(StoreError::BlobMissing { digest })?;
        if Digest::of(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(StoreError::BlobDamaged { digest, path })
        }
    }

    /// Whether a blob is there at its size.
    pub fn has(&self, digest: Digest, size: u64) -> Result<bool, StoreError> {
        let metadata = fs::metadata_optional(&self.blob_path(digest))?;
        Ok(metadata.is_some_and(|metadata| metadata.is_file() && metadata.len() == size))
    }

    /// Moves a finished file into the store. `path` must be in the store's file
    /// system and have no other name and no open writer.
    pub(super) fn take_file(
        &self,
        path: &Path,
        digest: Digest,
        size: u64,
    ) -> Result<(), StoreError> {
        let blob = self.blob_path(digest);
        if self.has(digest, size)? {
            return Ok(fs::remove_file(path)?);
        }
        self.make_shard(&blob)?;
        fs::set_mode(path, 0o444)?;
        Ok(fs::rename(path, &blob)?)
    }

    /// Copies a file of the workspace into the store under the digest that the
    /// copied bytes have, whatever the file held a moment before.
    pub(super) fn copy_file(&self, path: &Path) -> Result<(Digest, u64), StoreError> {
        let temporary = self.root.join("cas").join("incoming");
        let temporary = fs::temporary_beside(&temporary);
        let result = (|| {
            let size = fs::copy(path, &temporary)?;
            let digest = hash_file(&temporary, size)?;
            self.take_file(&temporary, digest, size)?;
            Ok((digest, size))
        })();
        if result.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        result
    }

    fn make_shard(&self, blob: &Path) -> Result<(), StoreError> {
        match blob.parent() {
            Some(shard) if !fs::exists(shard) => Ok(fs::create_dir_all(shard)?),
            _ => Ok(()),
        }
    }
}

/// The digest of a file's bytes.
pub(super) fn hash_file(path: &Path, size: u64) -> Result<Digest, StoreError> {
    let wrong = |error| StoreError::Path(PathError::new("read", path, error));
    let mut file = fs::open(path)?;
    let mut hasher = blake3::Hasher::new();
    if size < PARALLEL {
        hasher.update_reader(&mut file).map_err(wrong)?;
    } else {
        let mut buffer = vec![0; (8 * PARALLEL) as usize];
        loop {
            let mut filled = 0;
            while filled < buffer.len() {
                match file.read(&mut buffer[filled..]).map_err(wrong)? {
                    0 => break,
                    count => filled += count,
                }
            }
            if filled == 0 {
                break;
            }
            hasher.update_rayon(&buffer[..filled]);
        }
    }
    Ok(Digest::from_bytes(*hasher.finalize().as_bytes()))
}
