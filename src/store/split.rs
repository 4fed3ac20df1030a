//! Trees cut to splits, by the pattern that an artifact's type declares.
//!
//! `data/{split}-*` says: in the folder `data`, the files whose name is a split,
//! a dash and anything belong to that split. Invariant: what belongs to no
//! split is kept, so two artifacts that agree outside the cut splits have the
//! same cut.

use std::collections::BTreeSet;

use super::tree::{Entry, Node};
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::fs;

impl Store {
    /// The splits of an artifact, sorted; none where it has no such folder.
    pub fn splits(&self, content: Content, pattern: &str) -> Result<Vec<String>, StoreError> {
        let Some((_, _, folder)) = self.split_folder(content, pattern)? else {
            return Ok(Vec::new());
        };
        let splits: BTreeSet<&str> =
            folder.entries.keys().filter_map(|name| split_of(name, pattern)).collect();
        Ok(splits.into_iter().map(str::to_owned).collect())
    }

    /// The artifact without the files of other splits than `splits`.
    pub fn cut(
        &self,
        content: Content,
        pattern: &str,
        splits: &[String],
    ) -> Result<Content, StoreError> {
        let Some((mut root, name, mut folder)) = self.split_folder(content, pattern)? else {
            return Ok(content);
        };
        folder.entries.retain(|name, _| {
            split_of(name, pattern).is_none_or(|split| splits.iter().any(|kept| kept == split))
        });
        let (digest, size) = self.put_node(&folder)?;
        root.entries.insert(name, Entry::Tree { digest, size });
        Ok(Content::Tree(self.put_node(&root)?.0))
    }

    /// The nodes that are read to find the splits of an artifact, with their sizes as blobs.
    pub fn split_nodes(
        &self,
        content: Content,
        pattern: &str,
    ) -> Result<Vec<(Digest, u64)>, StoreError> {
        let Some((root, name, _)) = self.split_folder(content, pattern)? else {
            return Ok(Vec::new());
        };
        let folder = root.entries.get(&name).and_then(|entry| match entry {
            Entry::Tree { digest, .. } => Some(*digest),
            Entry::File { .. } | Entry::Symlink { .. } => None,
        });
        let nodes = [Some(content.digest()), folder].into_iter().flatten();
        nodes.map(|node| Ok((node, fs::metadata(&self.blob_path(node))?.len()))).collect()
    }

    /// The root node, the name of the folder that holds the splits, its node.
    fn split_folder(
        &self,
        content: Content,
        pattern: &str,
    ) -> Result<Option<(Node, String, Node)>, StoreError> {
        let (Content::Tree(digest), Some((folder, _))) = (content, pattern.split_once('/')) else {
            return Ok(None);
        };
        let root = self.node(digest)?;
        match root.entries.get(folder) {
            Some(Entry::Tree { digest, .. }) => {
                let node = self.node(*digest)?;
                Ok(Some((root, folder.to_owned(), node)))
            }
            _ => Ok(None),
        }
    }
}

/// The split that a file of the folder belongs to.
fn split_of<'a>(name: &'a str, pattern: &str) -> Option<&'a str> {
    let (_, file) = pattern.split_once('/')?;
    let (before, after) = file.split_once("{split}")?;
    let separator = after.strip_suffix('*').unwrap_or(after);
    let rest = name.strip_prefix(before)?;
    let (split, _) = rest.split_once(separator)?;
    (!split.is_empty()).then_some(split)
}

#[cfg(test)]
mod tests {
    use super::split_of;

    #[test]
    fn a_file_belongs_to_the_split_in_front_of_the_separator() {
        let pattern = "data/{split}-*";
        assert_eq!(split_of("train-00000-of-00001.parquet", pattern), Some("train"));
        assert_eq!(split_of("README", pattern), None);
        assert_eq!(split_of("-x", pattern), None);
    }
}
