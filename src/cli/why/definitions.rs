//! Which functions and classes of a script changed, for `why`.
//!
//! Invariant: only what both versions surely say is told; a script without a form, or one
//! whose old bytes are gone, is told as any other file.

use crate::code::python;
use crate::digest::Digest;
use crate::engine::reasons::Reason;
use crate::model::artifact::Content;
use crate::store::Store;
use crate::store::compare::{FileChange, HowChanged};
use crate::store::tree::Entry;

/// The changed definitions of one file of an input that changed, a line each.
pub(super) fn definitions(store: &Store, reason: &Reason, file: &FileChange) -> Vec<String> {
    let Some(contents) = &reason.contents else { return Vec::new() };
    let name = if file.path.is_empty() { &reason.name } else { &file.path };
    if !name.ends_with(".py") || file.change != HowChanged::Changed {
        return Vec::new();
    }
    let text = |content| text(store, content, &file.path);
    let changes = match (text(contents.old), text(contents.new)) {
        (Some(old), Some(new)) => python::changes(&old, &new),
        _ => None,
    };
    let line = |name: String| match name.is_empty() {
        true => "  outside of functions and classes".to_owned(),
        false => format!("  in `{name}`"),
    };
    changes.unwrap_or_default().into_iter().map(line).collect()
}

/// A script of a tree, or the script that the content is.
fn text(store: &Store, content: Content, path: &str) -> Option<String> {
    let digest = match content {
        Content::File { digest, .. } => digest,
        Content::Tree(root) => below(store, root, path)?,
    };
    let size = store.size_of(Content::File { digest, executable: false }).ok()??;
    (size <= python::LARGEST as u64).then(|| store.read(digest).ok())?.map(String::from_utf8)?.ok()
}

fn below(store: &Store, root: Digest, path: &str) -> Option<Digest> {
    let mut folder = root;
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        folder = match store.node(folder).ok()?.entries.get(name)? {
            Entry::Tree { digest, .. } => *digest,
            Entry::File { digest, .. } if names.peek().is_none() => return Some(*digest),
            _ => return None,
        };
    }
    None
}
