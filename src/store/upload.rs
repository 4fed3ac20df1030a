//! What a store gives to its remote: a result with its action and every blob of its
//! outputs.
//!
//! Invariant: the record is put last. What is there already is not put again, unless this
//! process saw that it is damaged; so a remote is mended by whoever built the result
//! anew. A failure is a [`Trouble`]: it is told, and stops nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::fetch::{Remotes, Trouble, reason};
use super::remote::{Remote, RemoteError};
use super::{Store, StoreError, action_cache, lock};
use crate::digest::Digest;
use crate::model::result::ActionResult;

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
        let record = action_cache::render(result)?;
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
            .and_then(|()| match remote.get_record(result.key) {
                Ok(Some(found)) if found == record => Ok(()),
                _ => remote.put_record(result.key, &record),
            });
        match put {
            Ok(()) => Ok(Gift::Given { blobs: count.into_inner(), bytes: bytes.into_inner() }),
            Err(error) => {
                seen.tell(Trouble::NotGiven { reason: reason(&error) });
                Ok(Gift::Failed)
            }
        }
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
