//! What survives a crash of the machine, at the price of one sync a build.
//!
//! On disk: `synced`, three lines: `ingot-synced 1`, a boot's id, and the
//! nanoseconds since 1970 before which every blob is known to be on the disk.
//! Blobs that appeared later are trusted while that boot lasts. The first to
//! open the store in another boot hashes them again, since the machine may have
//! gone down with them: a name can reach the disk before the bytes do.
//! Invariant: no later boot believes a blob that was neither synced nor hashed.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rayon::prelude::*;

use super::{Store, StoreError, kept_if_sound, spared};
use crate::digest::Digest;
use crate::sys::{clock, fs};

const VERSION: &str = "ingot-synced 1";

/// The clock that stamps files may lag behind the one that is read here, and
/// may have been set back a little.
const MARGIN: Duration = Duration::from_secs(10);

impl Store {
    /// Makes what was put so far survive a crash of the machine: one sync for
    /// all of it.
    pub fn flush(&self) -> Result<(), StoreError> {
        if !self.unsynced.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let now = clock::now();
        let synced = fs::sync_file_system(&self.root)
            .map_err(StoreError::from)
            .and_then(|()| self.note_synced(&clock::boot_id(), now));
        if synced.is_err() {
            self.unsynced.store(true, Ordering::Release);
        }
        synced
    }

    /// Hashes the blobs that another boot left unsynced.
    pub(super) fn settle(&self, boot: &str, now: Duration) -> Result<(), StoreError> {
        let known = kept_if_sound(&self.root, &self.root.join("synced"))?;
        let (synced_boot, since) = known.as_deref().and_then(parse).unwrap_or_default();
        if synced_boot == boot && since <= now.saturating_add(MARGIN) {
            return Ok(());
        }
        if synced_boot != boot {
            // What is sound was read from the disk, so nothing is left to sync.
            self.hash_younger(since.saturating_sub(MARGIN))?;
        }
        // Or the clock was set back: what appears from now on looks older than it is.
        spared(self.note_synced(boot, now))
    }

    fn note_synced(&self, boot: &str, moment: Duration) -> Result<(), StoreError> {
        let text = format!("{VERSION}\n{boot}\n{}\n", moment.as_nanos());
        self.write_whole(&self.root.join("synced"), text.as_bytes())
    }

    /// Sends the damaged ones of the blobs that appeared after `moment` to
    /// quarantine. A folder in which nothing appeared is not listed.
    fn hash_younger(&self, moment: Duration) -> Result<(), StoreError> {
        let cas = self.root.join("cas");
        fs::names(&cas)?.into_par_iter().try_for_each(|shard| {
            let folder = cas.join(&shard);
            let metadata = fs::metadata(&folder)?;
            if !metadata.is_dir() || is_older(metadata.mtime(), moment) {
                return Ok(());
            }
            fs::names(&folder)?.into_par_iter().try_for_each(|rest| {
                let name = format!("{}{}", shard.to_string_lossy(), rest.to_string_lossy());
                let Ok(digest) = name.parse::<Digest>() else { return Ok(()) };
                self.hash_if_younger(digest, &folder.join(&rest), moment)
            })
        })
    }

    fn hash_if_younger(
        &self,
        digest: Digest,
        path: &Path,
        moment: Duration,
    ) -> Result<(), StoreError> {
        match fs::metadata_optional(path)? {
            Some(metadata) if !is_older(metadata.ctime(), moment) => {
                self.is_sound(digest, &metadata).map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

fn is_older(seconds: i64, moment: Duration) -> bool {
    u64::try_from(seconds).is_ok_and(|seconds| seconds < moment.as_secs())
}

fn parse(bytes: &[u8]) -> Option<(String, Duration)> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    if lines.next()? != VERSION {
        return None;
    }
    let boot = lines.next()?.to_owned();
    let nanoseconds: u64 = lines.next()?.parse().ok()?;
    Some((boot, Duration::from_nanos(nanoseconds)))
}
