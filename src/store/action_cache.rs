//! Action results by key: looked up, reserved, recorded.
//!
//! On disk: `actions/ab/REST`, a JSON record with a version. A record is
//! written after its blobs, by a rename. Records of this boot are believed as
//! they stand; [`Store::flush`] syncs the file system once and marks them
//! durable. A record that was never marked and carries another boot's id is
//! re-hashed before it is believed: the machine went down, and what it wrote
//! last may be holes. A damaged record is a miss and is removed.
//!
//! A reservation is a `flock` on `locks/KEY`, also held by the worker's
//! launcher, so it dies with them: there is no stale lock to clean.

use std::fs::File;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::tree::Entry;
use super::{Store, StoreError, cas};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::artifact::Content;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::sys::{PathError, fs, lock};

/// What the action cache says of a key.
#[derive(Debug)]
pub enum Lookup {
    /// The recorded result.
    Hit(Box<ActionResult>),
    /// No result: the right to make it.
    Miss(Reservation),
}

/// The right to run one action, held until it is recorded or dropped.
#[derive(Debug)]
pub struct Reservation {
    key: ActionKey,
    lock: File,
}

/// The file of one record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    /// The boot during which this was written, until it is known to be durable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsynced: Option<String>,
    result: ActionResult,
}

impl Reservation {
    /// A second handle of the lock, for the worker's launcher to inherit.
    pub fn lock_file(&self) -> Result<File, PathError> {
        self.lock
            .try_clone()
            .map_err(|error| PathError::new("duplicate", self.key.0.to_hex().as_ref(), error))
    }
}

impl Store {
    /// The recorded result of a key.
    pub fn get(&self, key: ActionKey) -> Result<Option<ActionResult>, StoreError> {
        let path = self.record_path(key);
        let Some(bytes) = fs::read_optional(&path)? else { return Ok(None) };
        let record: Option<Record> = serde_json::from_slice(&bytes).ok();
        match record {
            Some(record) if record.version == RESULT_VERSION && record.result.key == key => {
                if record.unsynced.as_ref().is_some_and(|boot| *boot != self.boot)
                    && !self.is_whole(&record.result)?
                {
                    fs::remove_file(&path)?;
                    return Ok(None);
                }
                Ok(Some(record.result))
            }
            _ => {
                fs::remove_file(&path)?;
                Ok(None)
            }
        }
    }

    /// The result of a key, or the right to make it. Waits while another
    /// process holds that right, and then looks again.
    pub fn lookup(&self, key: ActionKey) -> Result<Lookup, StoreError> {
        let lock = lock::lock(&self.root.join("locks").join(key.0.to_hex()))?;
        Ok(match self.get(key)? {
            Some(result) => Lookup::Hit(Box::new(result)),
            None => Lookup::Miss(Reservation { key, lock }),
        })
    }

    /// The right to run an action whether or not a result is recorded.
    pub fn reserve(&self, key: ActionKey) -> Result<Reservation, StoreError> {
        let lock = lock::lock(&self.root.join("locks").join(key.0.to_hex()))?;
        Ok(Reservation { key, lock })
    }

    /// Records a result: the last write of an action. Consumes the reservation.
    pub fn record(&self, reservation: Reservation, result: ActionResult) -> Result<(), StoreError> {
        let record = Record { version: RESULT_VERSION, unsynced: Some(self.boot.clone()), result };
        self.write_record(reservation.key, &record)?;
        self.unsynced().push(reservation.key);
        fs::remove_all(&self.checkpoint_path(reservation.key))?;
        drop(reservation.lock);
        Ok(())
    }

    /// Makes what was recorded so far survive a crash of the machine: one sync
    /// for all of it.
    pub fn flush(&self) -> Result<(), StoreError> {
        let keys = std::mem::take(&mut *self.unsynced());
        if keys.is_empty() {
            return Ok(());
        }
        fs::sync_file_system(&self.root)?;
        for key in keys {
            if let Some(result) = self.get(key)? {
                self.write_record(
                    key,
                    &Record { version: RESULT_VERSION, unsynced: None, result },
                )?;
            }
        }
        Ok(())
    }

    fn write_record(&self, key: ActionKey, record: &Record) -> Result<(), StoreError> {
        let path = self.record_path(key);
        if let Some(shard) = path.parent()
            && !fs::exists(shard)
        {
            fs::create_dir_all(shard)?;
        }
        let mut bytes = serde_json::to_vec_pretty(record).map_err(|error| {
            StoreError::Canonical(crate::model::canonical::CanonicalError::Encode(
                error.to_string(),
            ))
        })?;
        bytes.push(b'\n');
        Ok(fs::write_atomically(&path, &bytes, 0o644)?)
    }

    fn record_path(&self, key: ActionKey) -> PathBuf {
        let hex = key.0.to_hex();
        self.root.join("actions").join(&hex[..2]).join(&hex[2..])
    }

    fn unsynced(&self) -> std::sync::MutexGuard<'_, Vec<ActionKey>> {
        self.unsynced.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether every blob of a result hashes to its name; a damaged one is removed.
    fn is_whole(&self, result: &ActionResult) -> Result<bool, StoreError> {
        for artifact in result.outputs.values() {
            let whole = match artifact.content {
                Content::File { digest, .. } => self.is_blob_whole(digest)?,
                Content::Tree(digest) => self.is_tree_whole(digest)?,
            };
            if !whole {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_tree_whole(&self, digest: Digest) -> Result<bool, StoreError> {
        if !self.is_blob_whole(digest)? {
            return Ok(false);
        }
        for entry in self.node(digest)?.entries.values() {
            let whole = match entry {
                Entry::File { digest, .. } => self.is_blob_whole(*digest)?,
                Entry::Tree { digest, .. } => self.is_tree_whole(*digest)?,
                Entry::Symlink { .. } => true,
            };
            if !whole {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_blob_whole(&self, digest: Digest) -> Result<bool, StoreError> {
        let path = self.blob_path(digest);
        let Some(metadata) = fs::metadata_optional(&path)? else { return Ok(false) };
        if cas::hash_file(&path, metadata.len())? == digest {
            return Ok(true);
        }
        fs::remove_file(&path)?;
        Ok(false)
    }
}
