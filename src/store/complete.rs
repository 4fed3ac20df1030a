//! Whether a result's blobs are there: a hit counts only if they are.

use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::model::result::ActionResult;
use crate::sys::fs;

impl Store {
    /// Whether every blob of these output ports is there at its size. Sizes
    /// stand in the tree's nodes; a single file's is not recorded, so it counts
    /// as there if it stands there.
    pub fn complete(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        for port in ports {
            let there = match result.outputs.get(*port).map(|artifact| artifact.content) {
                None => false,
                Some(Content::File { digest, .. }) => fs::exists(&self.blob_path(digest)),
                Some(Content::Tree(digest)) => self.is_tree_there(digest)?,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_tree_there(&self, digest: Digest) -> Result<bool, StoreError> {
        let node = match self.node(digest) {
            Ok(node) => node,
            Err(StoreError::BlobMissing { .. } | StoreError::BlobDamaged { .. }) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        for entry in node.entries.values() {
            let there = match entry {
                Entry::File { digest, size, .. } => self.has(*digest, *size)?,
                Entry::Tree { digest, .. } => self.is_tree_there(*digest)?,
                Entry::Symlink { .. } => true,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
