//! What a store gives to its remote: a result with its action and every blob of its
//! outputs.
//!
//! Invariant: the record is put last. What is there already is not put again, unless this
//! process saw that it is damaged; so a remote is mended by whoever built the result
//! anew. A record is signed where there is a key, and a signed one is never replaced by one
//! that is not. A failure is a [`RemoteWarning`]: it is told, and stops nothing.

use std::collections::BTreeMap;

use super::fetch::{RemoteWarning, Remotes, reason, seal_of};
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
        let blobs = self.not_given(remote, &blobs);
        let put = remote.each(&blobs, |(digest, _)| {
            remote.put_blob(*digest, &self.blob_path(*digest))?;
            lock(&seen.given).insert(*digest);
            Ok(())
        });
        let put = put.and_then(|_: Vec<()>| give_record(remote, result, &record, seal));
        match put {
            Ok(()) => Ok(Gift::Given {
                blobs: blobs.len() as u64,
                bytes: blobs.iter().map(|(_, size)| size).sum(),
            }),
            Err(error) => {
                seen.tell(RemoteWarning::NotGiven { reason: reason(&error) });
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

    /// Those of these blobs that the remote has not, or not as they should be.
    fn not_given(&self, remote: &Remote, blobs: &[(Digest, u64)]) -> Vec<(Digest, u64)> {
        let seen = &self.remotes.seen;
        let given = lock(&seen.given).clone();
        let asked = blobs.iter().filter(|(digest, _)| !given.contains(digest));
        let asked: Vec<(Digest, u64)> = asked.copied().collect();
        let digests: Vec<Digest> = asked.iter().map(|(digest, _)| *digest).collect();
        let found = asked.into_iter().zip(remote.sizes(&digests));
        let (there, lacking): (Vec<_>, Vec<_>) = found.partition(|((digest, size), found)| {
            let is_damaged = lock(&seen.damaged).contains(digest);
            !is_damaged && matches!(found, Ok(Some(found)) if found == size)
        });
        lock(&seen.given).extend(there.into_iter().map(|((digest, _), _)| digest));
        lacking.into_iter().map(|(blob, _)| blob).collect()
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
            return Err(RemoteError::Signed { object: remote.record_name(result.key) });
        }
        seal.keep_of(sealed, result);
    }
    if sealed.as_ref() != Some(&seal) {
        remote.put_seal(result.key, &seal.render())?;
    }
    if same { Ok(()) } else { remote.put_record(result.key, record) }
}
