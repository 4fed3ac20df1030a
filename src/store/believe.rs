//! Which records of a remote count, and what proves them.
//!
//! Invariant: a record counts only if it is one of this version and key, gives the outputs
//! that its action declares (the action is a blob, so its key proves it), and gives the
//! contents that the workspace's lock names for the key, where it names any. What else it
//! says (metrics, findings, and so the verdict) counts if a trusted key signed it, or if the
//! lock says the same; where the user trusts no key in particular and the lock does not
//! know the key, it is believed on its word, and that is told once.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use ingot_protocol::{Finding, Metric};

use super::fetch::{RemoteWarning, seal_of};
use super::remote::Remote;
use super::{Store, StoreError, action_cache, lock};
use crate::model::action::{Action, ActionKey};
use crate::model::artifact::Content;
use crate::model::result::ActionResult;

/// What a lock says of a result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Promise {
    /// Output port -> content.
    pub outputs: BTreeMap<String, Content>,
    /// Metrics, in the result's order.
    pub metrics: Vec<Metric>,
    /// Findings, likewise.
    pub findings: Vec<Finding>,
}

impl Store {
    /// The result in a record of the remote, or why it is none.
    pub(super) fn believe(
        &self,
        remote: &Remote,
        key: ActionKey,
        bytes: &[u8],
    ) -> Result<Result<ActionResult, String>, StoreError> {
        let Some(result) = action_cache::parse(bytes, key) else {
            return Ok(Err("it is no record of this version and key".to_owned()));
        };
        let action = match self.read(key.0) {
            Ok(bytes) => Action::decode(&bytes).ok(),
            Err(StoreError::BlobMissing { .. } | StoreError::BlobDamaged { .. }) => None,
            Err(error) => return Err(error),
        };
        let Some(action) = action else {
            return Ok(Err("its action is not there".to_owned()));
        };
        let types = result.outputs.iter().map(|(port, output)| (port, &output.artifact_type));
        if !action.outputs.iter().eq(types) {
            return Ok(Err("its outputs are not those that its action declares".to_owned()));
        }
        Ok(match self.why_not(remote, &result) {
            None => Ok(result),
            Some(reason) => Err(reason.to_owned()),
        })
    }

    /// What speaks against what a record says.
    fn why_not(&self, remote: &Remote, result: &ActionResult) -> Option<&'static str> {
        let remotes = &self.remotes;
        let promise = remotes.locked.get(&result.key);
        let contents = result.outputs.iter().map(|(port, output)| (port, &output.content));
        if promise.is_some_and(|promise| !promise.outputs.iter().eq(contents)) {
            return Some("its outputs are not those that the lock names");
        }
        let seal = seal_of(remote, result.key);
        if let Some(seal) = &seal {
            let mut sizes = lock(&remotes.seen.sizes);
            for (port, output) in &result.outputs {
                if let Some(size) = seal.sizes.get(port) {
                    sizes.insert(output.content.digest(), *size);
                }
            }
        }
        let trusted = remotes.trust.as_deref().unwrap_or_default();
        if seal.is_some_and(|seal| seal.is_signed_by(result, trusted)) {
            return None;
        }
        match promise {
            Some(promise) if promise.metrics != result.metrics => {
                Some("its metrics are not those that the lock names, and no trusted key signed it")
            }
            Some(promise) if promise.findings != result.findings => {
                Some("its findings are not those that the lock names, and no trusted key signed it")
            }
            Some(_) => None,
            None if remotes.trust.is_some() => Some("no trusted key signed it"),
            None => {
                if !remotes.seen.on_its_word.swap(true, Ordering::Relaxed) {
                    remotes.seen.tell(RemoteWarning::OnItsWord { remote: remote.place() });
                }
                None
            }
        }
    }
}
