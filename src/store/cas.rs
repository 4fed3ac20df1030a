//! Blobs: bytes under their own hash.
//!
//! On disk: `cas/ab/REST`, where `ab` are the first two digits; mode 0444, and
//! [`stamp`] as the time of the last write. A blob appears by a rename, so it is
//! whole or not there. The stamp is the proof that nobody wrote to it since (a
//! view shares its file) nor put another blob in its place, and it is what steps
//! see, so that no step reads the time at which an input was made. A blob without
//! it is hashed again before it is believed; one that is not what its name says
//! goes to `quarantine/`.
//! Whether a blob survives a crash of the machine is `durable`'s business.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::hash::hash_file;
use super::{Store, StoreError, kept};
use crate::digest::Digest;
use crate::model::canonical::CanonicalError;
use crate::sys::fs;

/// What everyone may do with a blob, and nobody may do more.
const READABLE: u32 = 0o444;

/// No node and no action is larger: what is, is not read into memory.
const LARGEST_READ: u64 = 1 << 30;

/// 1980-01-02 00:00 UTC, which even a zip archive can hold.
pub(super) const STAMP: Duration = Duration::from_secs(315_619_200);

/// The time of a blob: its own, in the year after [`STAMP`], so that two blobs that
/// changed places show it. Even seconds, which every file system can hold.
pub(super) fn stamp(digest: Digest) -> Duration {
    let [a, b, c, ..] = *digest.as_bytes();
    STAMP + Duration::from_secs(2 * u64::from(u32::from_be_bytes([0, a, b, c])))
}

impl Store {
    /// Where a blob stands.
    pub fn blob_path(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join("cas").join(&hex[..2]).join(&hex[2..])
    }

    /// Puts bytes, and gives their digest.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        if !self.has(digest, bytes.len() as u64)? {
            let temporary = self.temporary()?;
            let put = fs::write_new(&temporary, bytes, 0o600)
                .map_err(StoreError::from)
                .and_then(|()| self.place_blob(&temporary, digest));
            if put.is_err() {
                let _ = fs::remove_file(&temporary);
            }
            put?;
        }
        Ok(digest)
    }

    /// Puts the bytes of a file, unless those of this digest are there.
    pub fn put_file(&self, path: &Path, digest: Digest) -> Result<(), StoreError> {
        match self.sound_blob(digest)? {
            Some(_) => Ok(()),
            None => self.copy_file(path).map(drop),
        }
    }

    /// The bytes of a small blob, checked against its name; brought here from the remote
    /// where they are not.
    pub fn read(&self, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.blob_path(digest);
        // A record may name any blob as a node, a file of many gigabytes too.
        if fs::metadata_optional(&path)?.is_some_and(|found| found.len() > LARGEST_READ) {
            let reason = format!("blob {digest} has more than {LARGEST_READ} bytes");
            return Err(CanonicalError::Decode(reason).into());
        }
        let bytes = match kept(&self.root, &path) {
            Ok(None) if self.fetch_node(digest, None)? => kept(&self.root, &path)?,
            Err(error) if error.is_of_another_kind() => {
                return Err(StoreError::BlobDamaged { digest, path: self.quarantine(digest)? });
            }
            bytes => bytes?,
        };
        let bytes = bytes.ok_or(StoreError::BlobMissing { digest })?;
        if Digest::of(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(StoreError::BlobDamaged { digest, path: self.quarantine(digest)? })
        }
    }

    /// Whether a blob is there, at its size and as it was put.
    pub fn has(&self, digest: Digest, size: u64) -> Result<bool, StoreError> {
        Ok(self.sound_blob(digest)?.is_some_and(|metadata| metadata.len() == size))
    }

    /// What the file system says of a blob that is there as it was put.
    pub(super) fn sound_blob(&self, digest: Digest) -> Result<Option<Metadata>, StoreError> {
        let Some(metadata) = fs::metadata_optional(&self.blob_path(digest))? else {
            return Ok(None);
        };
        let sound = is_untouched(&metadata, digest) || self.is_sound(digest, &metadata)?;
        Ok(sound.then_some(metadata))
    }

    /// Whether a blob that is there hashes to its name; if so it is stamped
    /// again, else it goes to quarantine.
    pub(super) fn is_sound(&self, digest: Digest, metadata: &Metadata) -> Result<bool, StoreError> {
        let path = self.blob_path(digest);
        if metadata.is_file() && metadata.mode() & READABLE != READABLE {
            // Its owner can make it readable again; for anyone else it stays an error.
            let _ = fs::set_mode(&path, READABLE);
        }
        if !metadata.is_file() || hash_file(&path, metadata.len())? != digest {
            self.quarantine(digest)?;
            return Ok(false);
        }
        // Only its owner may stamp it; for anyone else it is sound all the same.
        if !is_untouched(metadata, digest) && fs::set_mode(&path, READABLE).is_ok() {
            let _ = fs::set_modified(&path, stamp(digest));
        }
        Ok(true)
    }

    /// Moves a blob out of the way; gives where to.
    fn quarantine(&self, digest: Digest) -> Result<PathBuf, StoreError> {
        let place = self.root.join("quarantine").join(digest.to_hex());
        match fs::rename(&self.blob_path(digest), &place) {
            Err(error) if error.source.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            // Another process has just done it.
            _ => Ok(place),
        }
    }

    /// Moves a finished file into the store. `path` must be in the store's file
    /// system and have no other name and no open writer.
    pub(super) fn take_file(
        &self,
        path: &Path,
        digest: Digest,
        size: u64,
    ) -> Result<(), StoreError> {
        if self.has(digest, size)? {
            return Ok(fs::remove_file(path)?);
        }
        self.place_blob(path, digest)
    }

    /// Copies a file of the workspace into the store under the digest that the
    /// copied bytes have, whatever the file held a moment before.
    pub(super) fn copy_file(&self, path: &Path) -> Result<(Digest, u64), StoreError> {
        let temporary = self.temporary()?;
        let result = (|| {
            let size = fs::copy(path, &temporary, 0o600)?;
            let digest = hash_file(&temporary, size)?;
            self.take_file(&temporary, digest, size)?;
            Ok((digest, size))
        })();
        if result.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        result
    }

    /// The digest and size of a file whose bytes the store holds already.
    pub(super) fn find_file(&self, path: &Path) -> Result<Option<(Digest, u64)>, StoreError> {
        let digest = hash_file(path, fs::metadata(path)?.len())?;
        Ok(self.sound_blob(digest)?.map(|blob| (digest, blob.len())))
    }

    fn place_blob(&self, path: &Path, digest: Digest) -> Result<(), StoreError> {
        let blob = self.blob_path(digest);
        if let Some(shard) = blob.parent()
            && !fs::exists(shard)
        {
            fs::create_dir_all(shard)?;
        }
        fs::set_mode(path, READABLE)?;
        fs::set_modified(path, stamp(digest))?;
        fs::rename(path, &blob)?;
        self.unsynced.store(true, Ordering::Release);
        Ok(())
    }
}

/// Whether nobody wrote to a file of the store since this content was put there.
pub(super) fn is_untouched(metadata: &Metadata, digest: Digest) -> bool {
    metadata.is_file()
        && metadata.mode() & 0o222 == 0
        && metadata.mode() & READABLE == READABLE
        && metadata.mtime_nsec() == 0
        && u64::try_from(metadata.mtime()).is_ok_and(|seconds| seconds == stamp(digest).as_secs())
}
