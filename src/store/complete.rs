//! Whether a result's blobs are here, in trees that keep their bounds: a hit counts only if
//! they are. No remote is asked.
//!
//! Invariant: a node is looked at once, however often it stands in its tree, so that a few
//! nodes which stand for billions of files cost no more than they are.

use std::collections::HashMap;

use super::bounds::Extent;
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
                Some(Content::Tree(digest)) => self.is_tree_whole(digest)?,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fails where a tree of this store is out of bounds. Its nodes are here.
    pub(super) fn require_bounds(&self, content: Content) -> Result<(), StoreError> {
        match content {
            Content::File { .. } => Ok(()),
            Content::Tree(digest) => self.extent(digest, 0, &mut HashMap::new()).map(|_| ()),
        }
    }

    /// How large a tree is by its nodes.
    pub(super) fn extent(
        &self,
        digest: Digest,
        depth: usize,
        known: &mut HashMap<Digest, Extent>,
    ) -> Result<Extent, StoreError> {
        if let Some(extent) = known.get(&digest) {
            return Ok(*extent);
        }
        let mut extent = Extent::default();
        for (name, entry) in &self.node_at(digest, depth)?.entries {
            let below = match entry {
                Entry::Tree { digest, .. } => self.extent(*digest, depth + 1, known)?,
                other => of_leaf(other),
            };
            extent
                .add(name, below)
                .map_err(|bound| StoreError::TooLarge { path: self.blob_path(digest), bound })?;
        }
        known.insert(digest, extent);
        Ok(extent)
    }
}

fn of_leaf(entry: &Entry) -> Extent {
    match entry {
        Entry::File { size, .. } => Extent::of_file(*size),
        Entry::Tree { .. } | Entry::Symlink { .. } => Extent::default(),
    }
}
