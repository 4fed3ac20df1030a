//! How two contents differ, file by file. Reads nodes alone, never a file's bytes.

use std::collections::BTreeSet;

use serde::Serialize;

use super::tree::{Entry, Node};
use super::{Store, StoreError};
use crate::model::artifact::Content;

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Relative to the content; empty for a content that is one file.
    pub path: String,
    /// How.
    pub change: HowChanged,
}

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HowChanged {
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
    /// Other bytes, another mode, another target, or another shape.
    Changed,
}

impl Store {
    /// What differs, sorted by path. A folder that is in one alone is one path.
    pub fn changes(&self, old: Content, new: Content) -> Result<Vec<FileChange>, StoreError> {
        let mut found = Vec::new();
        for content in [old, new] {
            self.require_bounds(content)?;
        }
        match (old, new) {
            (Content::Tree(old), Content::Tree(new)) if old != new => {
                self.compare_nodes(&self.node(old)?, &self.node(new)?, "", 1, &mut found)?;
            }
            (old, new) if old != new => {
                found.push(FileChange { path: String::new(), change: HowChanged::Changed });
            }
            _ => {}
        }
        Ok(found)
    }

    fn compare_nodes(
        &self,
        old: &Node,
        new: &Node,
        folder: &str,
        depth: usize,
        found: &mut Vec<FileChange>,
    ) -> Result<(), StoreError> {
        let names: BTreeSet<&String> = old.entries.keys().chain(new.entries.keys()).collect();
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let change = match (old.entries.get(name), new.entries.get(name)) {
                (Some(old), Some(new)) if old == new => continue,
                (Some(Entry::Tree { digest: old, .. }), Some(Entry::Tree { digest: new, .. })) => {
                    let (old, new) = (self.node_at(*old, depth)?, self.node_at(*new, depth)?);
                    self.compare_nodes(&old, &new, &path, depth + 1, found)?;
                    continue;
                }
                (Some(_), Some(_)) => HowChanged::Changed,
                (None, _) => HowChanged::Added,
                (Some(_), None) => HowChanged::Removed,
            };
            found.push(FileChange { path, change });
        }
        Ok(())
    }
}
