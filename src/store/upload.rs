//! What a store gives to its remote: a result with its action and every blob of its
//! outputs.
//!
//! Invariant: the record is put last. What is there already is not put again, unless this
//! process saw that it is damaged; so a remote is mended by whoever built the result
//! anew. A record is signed where there is a key, and a signed one is never replaced by one
//! that is not. A failure is a [`Trouble`]: it is told, and stops nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::fetch::{Remotes, Trouble, reason, seal_of};
use super::remote::{Remote, RemoteError};
use super::seal::Seal;
use super::{Store, StoreError, action_cache, lock};
use crate::digest::Digest;
use crate::model::result::ActionResult;
use crate::sys::fs;

/// What became of a result that was to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gift {
    /// The remote has it; so many blobs and bytes of it are new there.
    Given {
        /// Blobs that were put.
        blobs: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A part of it is not here.
    Partial,
    /// It failed; why is among the troubles.
    Failed,
}

impl Store {
    /// Whether there is a remote to give to.
    pub fn gives(&self) -> bool {
        self.remotes.to.is_some()
    }

    /// Gives a result to the remote.
    pub fn give(&self, result: &ActionResult) -> Result<Gift, StoreError> {
        let Remotes { to, seen, .. } = &self.remotes;
        let Some(remote) = to else { return Ok(Gift::Partial) };
        let ports: Vec<&str> = result.outputs.keys().map(String::as_str).collect();
        let action = self.sound_blob(result.key.0)?;
        let (Some(action), true) = (action, self.complete(result, &ports)?) else {
            return Ok(Gift::Partial);
        };
        let mut blobs = vec![(result.key.0, action.len())];
        for output in result.outputs.values() {
            blobs.extend(self.blobs_of(output.content)?);
        }
        blobs.sort_unstable();
        blobs.dedup();
        let (record, seal) = (action_cache::render(result)?, self.seal(result)?);
        let (count, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let put = blobs
            .par_iter()
            .try_for_each(|(digest, size)| {
                if self.give_blob(remote, *digest, *size)? {
                    count.fetch_add(1, Ordering::Relaxed);
                    bytes.fetch_add(*size, Ordering::Relaxed);
                }
                Ok(())
            })
            .and_then(|()| give_record(remote, result, &record, seal));
        match put {
            Ok(()) => Ok(Gift::Given { blobs: count.into_inner(), bytes: bytes.into_inner() }),
            Err(error) => {
                seen.tell(Trouble::NotGiven { reason: reason(&error) });
                Ok(Gift::Failed)
            }
        }
    }

    /// What is to stand beside the record of a result.
    fn seal(&self, result: &ActionResult) -> Result<Seal, StoreError> {
        let mut sizes = BTreeMap::new();
        for (port, output) in &result.outputs {
            let blob = fs::metadata(&self.blob_path(output.content.digest()))?;
            sizes.insert(port.clone(), blob.len());
        }
        let mut seal = Seal::unsigned(sizes);
        if let Some(key) = &self.remotes.key {
            seal.sign(result, key)?;
        }
        Ok(seal)
    }

    /// Whether the blob was put, and not there before.
    fn give_blob(&self, remote: &Remote, digest: Digest, size: u64) -> Result<bool, RemoteError> {
        let seen = &self.remotes.seen;
        if lock(&seen.given).contains(&digest) {
            return Ok(false);
        }
        let damaged = lock(&seen.damaged).contains(&digest);
        let there = !damaged && matches!(remote.size(digest), Ok(Some(found)) if found == size);
        if !there {
            remote.put_blob(digest, &self.blob_path(digest))?;
        }
        lock(&seen.given).insert(digest);
        Ok(!there)
    }
}

/// Puts a record and, before it, its seal, where something else stands there.
fn give_record(
    remote: &Remote,
    result: &ActionResult,
    record: &[u8],
    seal: Seal,
) -> Result<(), RemoteError> {
    let there = remote.get_record(result.key).ok().flatten();
    let sealed = seal_of(remote, result.key);
    let same = there.as_deref() == Some(record);
    let mut seal = seal;
    if let Some(sealed) = &sealed {
        let other = there.and_then(|bytes| action_cache::parse(&bytes, result.key));
        if !same && !seal.is_signed(result) && other.is_some_and(|other| sealed.is_signed(&other)) {
            return Err(RemoteError::Signed { path: remote.record_place(result.key).into() });
        }
        seal.keep_of(sealed, result);
    }
    if sealed.as_ref() != Some(&seal) {
        remote.put_seal(result.key, &seal.render())?;
    }
    if same { Ok(()) } else { remote.put_record(result.key, record) }
}
