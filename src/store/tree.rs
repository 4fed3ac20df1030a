//! [`Node`]: one folder of a tree; its bytes are a blob, its digest names the tree.
//!
//! Canonical CBOR of `{version, entries}`. Entries are sorted by name; names
//! are single, non-empty path components in UTF-8. Only the executable bit is
//! kept of a file's mode. Invariant: equal folders have equal bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::canonical;

/// The version of the encoding.
pub const NODE_VERSION: u32 = 1;

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// [`NODE_VERSION`].
    pub version: u32,
    /// Name -> entry.
    pub entries: BTreeMap<String, Entry>,
}

/// What stands in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// A file.
    File {
        /// The digest of its bytes.
        digest: Digest,
        /// Its size in bytes.
        size: u64,
        /// Whether it may be executed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        executable: bool,
    },
    /// A folder.
    Tree {
        /// The digest of its node.
        digest: Digest,
        /// The size of its node in bytes.
        size: u64,
    },
    /// A symlink that stays in the tree.
    Symlink {
        /// What it holds.
        target: String,
    },
}

impl Node {
    /// A folder with these entries.
    pub fn new(entries: BTreeMap<String, Entry>) -> Self {
        Self { version: NODE_VERSION, entries }
    }
}

impl Store {
    /// Puts a node; gives its digest and size.
    pub fn put_node(&self, node: &Node) -> Result<(Digest, u64), StoreError> {
        let bytes = canonical::encode(node)?;
        Ok((self.put_bytes(&bytes)?, bytes.len() as u64))
    }

    /// The node with this digest.
    pub fn node(&self, digest: Digest) -> Result<Node, StoreError> {
        Ok(canonical::decode(&self.read(digest)?)?)
    }
}

/// Whether a symlink at `depth` folders below the tree's root stays in the tree.
pub(super) fn stays_inside(target: &str, depth: usize) -> bool {
    if target.is_empty() || target.starts_with('/') {
        return false;
    }
    let mut level = depth;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match level.checked_sub(1) {
                Some(above) => level = above,
                None => return false,
            },
            _ => level += 1,
        }
    }
    true
}

/// The first two names that a file system which folds case cannot hold both of.
pub(super) fn case_collision<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|&name| !seen.insert(name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symlink_stays_inside_or_is_refused() {
        for (target, depth, inside) in [
            ("a", 0, true),
            ("./a/b", 0, true),
            ("..", 0, false),
            ("../a", 1, true),
            ("../../a", 1, false),
            ("a/../../b", 0, false),
            ("/etc/passwd", 3, false),
            ("", 0, false),
        ] {
            assert_eq!(stays_inside(target, depth), inside, "{target} at {depth}");
        }
    }

    #[test]
    fn names_that_differ_in_case_alone_collide() {
        assert_eq!(case_collision(["a", "B", "b"].into_iter()), Some("b"));
        assert_eq!(case_collision(["a", "b"].into_iter()), None);
    }
}
