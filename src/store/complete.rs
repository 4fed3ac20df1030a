//! Whether a result's blobs are here: a hit counts only if they are. No remote is asked.

use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::model::result::ActionResult;

impl Store {
    /// Whether every blob of these output ports is there, as it was put and at
    /// the size that the tree's node says.
    pub fn complete(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        for port in ports {
            let there = match result.outputs.get(*port).map(|artifact| artifact.content) {
                None => false,
                Some(Content::File { digest, .. }) => self.sound_blob(digest)?.is_some(),
                Some(Content::Tree(digest)) => self.is_tree_there(digest, 0)?,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_tree_there(&self, digest: Digest, depth: usize) -> Result<bool, StoreError> {
        // Reading a node would bring it here from the remote.
        if self.sound_blob(digest)?.is_none() {
            return Ok(false);
        }
        let node = match self.node_at(digest, depth) {
            Ok(node) => node,
            Err(StoreError::BlobMissing { .. } | StoreError::BlobDamaged { .. }) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        for entry in node.entries.values() {
            let there = match entry {
                Entry::File { digest, size, .. } => self.has(*digest, *size)?,
                Entry::Tree { digest, .. } => self.is_tree_there(*digest, depth + 1)?,
                Entry::Symlink { .. } => true,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
