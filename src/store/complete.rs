//! Whether a result's blobs are here: a hit counts only if they are. No remote is asked.

use super::{Store, StoreError};
use crate::model::artifact::Content;
use crate::model::result::ActionResult;

impl Store {
    /// Whether every blob of these output ports is there, as it was put and at
    /// the size that the tree's node says, in trees that keep their bounds.
    pub fn complete(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        for port in ports {
            let there = match result.outputs.get(*port).map(|artifact| artifact.content) {
                None => false,
                Some(Content::File { digest, .. }) => self.sound_blob(digest)?.is_some(),
                Some(Content::Tree(digest)) => self.is_tree_whole(digest)?,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
