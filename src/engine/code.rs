//! [`Code`]: an input that is code, by what of it means something.
//!
//! Invariant: every `.py` file of the canonical content is the canonical form of the one in
//! the workspace, or the file itself where it has none; whatever else is there stays as it
//! is. Key and exec root take the canonical content; the memo asks for the one of the
//! workspace. On disk: blobs and nodes in the store.

use std::collections::BTreeMap;

use crate::code::python;
use crate::model::artifact::Content;
use crate::store::tree::{Entry, Node};
use crate::store::{Store, StoreError};

/// What a path that is code holds.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// Without comments and layout.
    pub canonical: Content,
}

impl Code {
    /// The code of content whose blobs are in the store. `path` says what a file alone is.
    pub fn of(store: &Store, path: &str, written: Content) -> Result<Self, StoreError> {
        let canonical = match written {
            Content::Tree(digest) => {
                let node = canonical_tree(store, &store.node(digest)?)?;
                Content::Tree(store.put_node(&node)?.0)
            }
            Content::File { digest, executable } => {
                let size = store.size_of(written)?.unwrap_or(u64::MAX);
                let entry = Entry::File { digest, size, executable };
                match canonical_file(store, path, &entry)? {
                    Some(Entry::File { digest, .. }) => Content::File { digest, executable },
                    _ => written,
                }
            }
        };
        Ok(Self { canonical })
    }
}

/// The depth of a tree that was taken in is bounded.
fn canonical_tree(store: &Store, node: &Node) -> Result<Node, StoreError> {
    let mut entries = BTreeMap::new();
    for (name, entry) in &node.entries {
        let canonical = match entry {
            Entry::Tree { digest, .. } => {
                let (digest, size) =
                    store.put_node(&canonical_tree(store, &store.node(*digest)?)?)?;
                Some(Entry::Tree { digest, size })
            }
            file => canonical_file(store, name, file)?,
        };
        entries.insert(name.clone(), canonical.unwrap_or_else(|| entry.clone()));
    }
    Ok(Node::new(entries))
}

/// The canonical form of a file; nothing where that is the file itself.
fn canonical_file(store: &Store, name: &str, entry: &Entry) -> Result<Option<Entry>, StoreError> {
    let Entry::File { digest, executable, size } = entry else { return Ok(None) };
    if !name.ends_with(".py") || *size > python::LARGEST as u64 {
        return Ok(None);
    }
    let bytes = store.read(*digest)?;
    let Some(text) = std::str::from_utf8(&bytes).ok().and_then(python::canonical) else {
        return Ok(None);
    };
    let (digest, size) = (store.put_bytes(text.as_bytes())?, text.len() as u64);
    Ok(Some(Entry::File { digest, size, executable: *executable }))
}
