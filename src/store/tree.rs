//! [`Node`]: one folder of a tree; its bytes are a blob, its digest names the tree.
//!
//! Canonical CBOR of `{version, entries}`. Entries are sorted by name; names
//! are single, non-empty path components in UTF-8, and a node with any other is
//! none: whoever wrote it, no name leads out of the folder that it is placed in.
//! Only the executable bit is kept of a file's mode. Invariant: equal folders
//! have equal bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bounds::MOST_DEPTH;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::canonical::{self, CanonicalError};

/// The version of the encoding.
pub const NODE_VERSION: u32 = 1;

/// Deepest nesting of a tree.
pub const MAXIMUM_DEPTH: usize = MOST_DEPTH as usize;

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
        let node: Node = canonical::decode(&self.read(digest)?)?;
        if node.version != NODE_VERSION {
            let reason = format!("a node of version {}", node.version);
            return Err(CanonicalError::Decode(reason).into());
        }
        if let Some(name) = node.entries.keys().find(|name| !is_name(name)) {
            return Err(CanonicalError::Decode(format!("a node with the name {name:?}")).into());
        }
        let is_none =
            |entry: &&Entry| matches!(entry, Entry::Symlink { target } if !is_target(target));
        match node.entries.values().find(is_none) {
            Some(_) => Err(CanonicalError::Decode("a node with a link to nowhere".into()).into()),
            None => Ok(node),
        }
    }

    /// The same, `depth` nodes below a tree's root.
    pub(super) fn node_at(&self, digest: Digest, depth: usize) -> Result<Node, StoreError> {
        if depth > MAXIMUM_DEPTH {
            let reason = format!("a tree of more than {MAXIMUM_DEPTH} levels");
            return Err(CanonicalError::Decode(reason).into());
        }
        self.node(digest)
    }
}

fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// Whether a file system holds a symlink with this target.
fn is_target(target: &str) -> bool {
    !target.is_empty() && !target.contains('\0')
}

/// Where a symlink leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// To a place in its tree, whether or not something stands there.
    Inside,
    /// Out of its tree, be it only on the way.
    Outside,
    /// Nowhere: it goes round in a circle.
    Round,
}

/// Symlinks that a path may pass, as on Linux.
const MAXIMUM_LINKS: usize = 40;

/// Where a symlink in `folder` (relative to the tree's root) leads that holds
/// `target`. Other symlinks on the way are followed, because `a/..` is not
/// where it seems if `a` is one; `link_at` says what the one at a path holds.
pub(super) fn leads(folder: &str, target: &str, link_at: &dyn Fn(&str) -> Option<String>) -> Leads {
    let mut at: Vec<String> = parts(folder).map(str::to_owned).collect();
    let mut rest: Vec<String> = Vec::new();
    let mut next = Some(target.to_owned());
    for _ in 0..=MAXIMUM_LINKS {
        let Some(target) = next.take() else { return Leads::Inside };
        if target.is_empty() || target.starts_with('/') {
            return Leads::Outside;
        }
        rest.extend(parts(&target).rev().map(str::to_owned));
        while let Some(part) = rest.pop() {
            if part == ".." {
                if at.pop().is_none() {
                    return Leads::Outside;
                }
                continue;
            }
            at.push(part);
            next = link_at(&at.join("/"));
            if next.is_some() {
                at.pop();
                break;
            }
        }
    }
    Leads::Round
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

/// The first two names that a file system which folds case cannot hold both of.
pub(super) fn case_collision<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|&name| !seen.insert(name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symlink_leads_inside_outside_or_round() {
        let links = |path: &str| {
            let links = [
                ("here", "."),
                ("d/e/root", "../.."),
                ("d/up", ".."),
                ("round", "ring"),
                ("ring", "./round"),
                ("d/self", "self"),
                ("d/way", "e/root/d/e"),
            ];
            links.iter().find(|(at, _)| *at == path).map(|(_, target)| (*target).to_owned())
        };
        for (folder, target, expected) in [
            ("", "a", Leads::Inside),
            ("", "./a//b/", Leads::Inside),
            ("", "a/../b", Leads::Inside),
            ("x", "../a", Leads::Inside),
            ("d", "e/root/d", Leads::Inside),
            ("d", "way/root/here/here", Leads::Inside),
            ("", "..", Leads::Outside),
            ("", "", Leads::Outside),
            ("x", "../../a", Leads::Outside),
            ("", "a/../../b", Leads::Outside),
            ("a/b/c", "/etc/passwd", Leads::Outside),
            // By its letters it stays three levels deep; by its way it does not.
            ("", "d/e/root/..", Leads::Outside),
            ("d", "up/../tree/d", Leads::Outside),
            ("", "round", Leads::Round),
            ("", "round/x", Leads::Round),
            ("d", "self", Leads::Round),
        ] {
            assert_eq!(leads(folder, target, &links), expected, "{target} in {folder}");
        }
    }

    #[test]
    fn a_name_is_one_component() {
        for name in ["a", "...", "a b", "\u{fc}"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "/", "../a", "a\0"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_target("../a") && !is_target("") && !is_target("a\0b"));
    }

    #[test]
    fn names_that_differ_in_case_alone_collide() {
        assert_eq!(case_collision(["a", "B", "b"].into_iter()), Some("b"));
        assert_eq!(case_collision(["a", "b"].into_iter()), None);
    }
}
