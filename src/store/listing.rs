//! [`Listing`]: a folder of the workspace as it was when it was digested.
//!
//! Its node's digest, and of each name what that came from: a file's facts and digest, a
//! folder's node, a symlink's target. If all of it is as it was, the node is known
//! without being made. Pure: bytes to records and back (the form is in
//! `docs/formats.md`); [`super::stat_index`] keeps them.

use super::stat_index::Facts;
use super::tree::Entry;
use crate::digest::Digest;

/// A folder as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing<'a> {
    /// The digest and the size of its node.
    pub node: (Digest, u64),
    /// How many names it has.
    pub count: usize,
    records: &'a [u8],
}

/// What stood under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// A file that was old enough for its facts to mean something.
    File {
        /// Its facts.
        facts: Facts,
        /// The digest of its bytes.
        digest: Digest,
        /// Whether it could be executed.
        executable: bool,
    },
    /// A file that was too young: it is read again.
    Young,
    /// A folder.
    Tree {
        /// The digest of its node.
        digest: Digest,
    },
    /// A symlink.
    Symlink {
        /// What it held.
        target: String,
    },
}

const FILE: u8 = 0;
const EXECUTABLE: u8 = 1;
const YOUNG: u8 = 2;
const TREE: u8 = 3;
const SYMLINK: u8 = 4;

impl<'a> Listing<'a> {
    /// The listing in these bytes.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let node = (reader.digest()?, reader.number()?);
        let count = reader.number()?.try_into().ok()?;
        Some(Self { node, count, records: reader.0 })
    }

    /// Name and record, sorted by name.
    pub(super) fn records(&self) -> impl Iterator<Item = (&'a str, Record)> {
        let mut reader = Reader(self.records);
        std::iter::from_fn(move || {
            let kind = reader.take(1)?[0];
            let name = reader.text()?;
            let record = match kind {
                FILE | EXECUTABLE => Record::File {
                    facts: reader.facts()?,
                    digest: reader.digest()?,
                    executable: kind == EXECUTABLE,
                },
                YOUNG => Record::Young,
                TREE => Record::Tree { digest: reader.digest()? },
                SYMLINK => Record::Symlink { target: reader.text()?.to_owned() },
                _ => return None,
            };
            Some((name, record))
        })
    }
}

/// The bytes of a listing. A file comes with its facts where they mean something.
pub(super) fn render<'a>(
    node: (Digest, u64),
    entries: impl ExactSizeIterator<Item = (&'a str, &'a Entry, Option<Facts>)>,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(48 + entries.len() * 88);
    bytes.extend(node.0.as_bytes());
    bytes.extend(node.1.to_le_bytes());
    bytes.extend((entries.len() as u64).to_le_bytes());
    for (name, entry, facts) in entries {
        let facts = facts.and_then(|facts| facts.to_bytes());
        match (entry, facts) {
            (Entry::File { digest, executable, .. }, Some(facts)) => {
                bytes.push(if *executable { EXECUTABLE } else { FILE });
                put_text(&mut bytes, name);
                bytes.extend(facts);
                bytes.extend(digest.as_bytes());
            }
            (Entry::File { .. }, None) => {
                bytes.push(YOUNG);
                put_text(&mut bytes, name);
            }
            (Entry::Tree { digest, .. }, _) => {
                bytes.push(TREE);
                put_text(&mut bytes, name);
                bytes.extend(digest.as_bytes());
            }
            (Entry::Symlink { target }, _) => {
                bytes.push(SYMLINK);
                put_text(&mut bytes, name);
                put_text(&mut bytes, target);
            }
        }
    }
    bytes
}

/// A text with its length in front.
pub(super) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// Bytes that are read from their front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?.try_into().ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn digest(&mut self) -> Option<Digest> {
        Some(Digest::from_bytes(self.take(32)?.try_into().ok()?))
    }

    fn facts(&mut self) -> Option<Facts> {
        Some(Facts::from_bytes(self.take(40)?.try_into().ok()?))
    }
}
