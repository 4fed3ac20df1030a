//! Action results by key: looked up, reserved, recorded.
//!
//! On disk: `actions/ab/REST`, a JSON record with a version. A record is
//! written after its blobs, by a rename. A hit is a record whose blobs are there
//! as far as they are needed (`complete`); whether they survived a crash of the
//! machine is `durable`'s business. A damaged record is a miss, and is replaced
//! by the next run's.
//!
//! A reservation is a `flock` on `locks/KEY`, also held by the worker's
//! launcher, so it dies with them: there is no stale lock to clean. Its file says who
//! holds it ([`super::holder`]).

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::holder::{StoreLock, Waiting};
use super::{Store, StoreError, kept_if_sound};
use crate::model::action::ActionKey;
use crate::model::canonical::CanonicalError;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::sys::{PathError, fs};

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
    lock: StoreLock,
}

/// The file of one record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<R> {
    version: u32,
    result: R,
}

/// The result in the bytes of a record, if they are one of this key.
pub fn parse(bytes: &[u8], key: ActionKey) -> Option<ActionResult> {
    let record: Record<ActionResult> = serde_json::from_slice(bytes).ok()?;
    let result = record.result;
    (record.version == RESULT_VERSION && result.key == key && result.is_canonical())
        .then_some(result)
}

/// The bytes of a record.
pub fn render(result: &ActionResult) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = serde_json::to_vec_pretty(&Record { version: RESULT_VERSION, result })
        .map_err(|error| CanonicalError::Encode(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Reservation {
    /// The action that may be run.
    pub fn key(&self) -> ActionKey {
        self.key
    }

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
        let bytes = kept_if_sound(&self.root, &self.record_path(key))?;
        Ok(bytes.and_then(|bytes| parse(&bytes, key)))
    }

    /// The result of a key with every blob of `ports`, or the right to make it.
    /// Waits while another process holds that right, and then looks again.
    pub fn lookup(
        &self,
        key: ActionKey,
        ports: &[&str],
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Waiting),
    ) -> Result<Lookup, StoreError> {
        let reservation = self.reserve(key, cancel, tell)?;
        match self.get(key)? {
            Some(result) if self.complete(&result, ports)? => Ok(Lookup::Hit(Box::new(result))),
            _ => Ok(Lookup::Miss(reservation)),
        }
    }

    /// The right to run an action whether or not a result is recorded. Waits for it
    /// until `cancel` is set; the wait is told.
    pub fn reserve(
        &self,
        key: ActionKey,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Waiting),
    ) -> Result<Reservation, StoreError> {
        let path = self.root.join("locks").join(key.0.to_hex());
        let lock = self.take_lock(&path, cancel, tell)?;
        Ok(Reservation { key, lock: lock.ok_or(StoreError::Cancelled { key })? })
    }

    /// Records a result: the last write of an action. Consumes the reservation.
    pub fn record(&self, reservation: Reservation, result: ActionResult) -> Result<(), StoreError> {
        self.write_record(&result)?;
        fs::remove_all(&self.checkpoint_path(reservation.key))?;
        drop(reservation);
        Ok(())
    }

    /// Writes a record. The blobs that are read of it stand already.
    pub(super) fn write_record(&self, result: &ActionResult) -> Result<(), StoreError> {
        let path = self.record_path(result.key);
        if let Some(shard) = path.parent()
            && !fs::exists(shard)
        {
            fs::create_dir_all(shard)?;
        }
        self.write_whole(&path, &render(result)?)
    }

    pub(super) fn record_path(&self, key: ActionKey) -> PathBuf {
        let hex = key.0.to_hex();
        self.root.join("actions").join(&hex[..2]).join(&hex[2..])
    }
}
