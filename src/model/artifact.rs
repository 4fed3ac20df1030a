//! [`Content`] and [`Artifact`]: what a step reads and writes, by digest.
//!
//! Invariant: an artifact holds nothing of its history. The core knows two
//! shapes, a file and a tree; type names come from descriptors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The content of one file or one folder.
///
/// Its text form is `file:HEX`, `exec:HEX` (a file with the executable bit) or
/// `tree:HEX` (the digest of the tree's root node, see `docs/formats.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Content {
    /// A file, by the digest of its bytes.
    File {
        /// The digest of the bytes.
        digest: Digest,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A folder, by the digest of its root node.
    Tree(Digest),
}

impl Content {
    /// The digest of the file's bytes or of the tree's root node.
    pub fn digest(&self) -> Digest {
        match self {
            Self::File { digest, .. } | Self::Tree(digest) => *digest,
        }
    }

    /// The shape's word and the first 12 digits, for people.
    pub fn short(&self) -> String {
        format!("{}:{}", self.word(), self.digest().short())
    }

    fn word(&self) -> &'static str {
        match self {
            Self::File { executable: false, .. } => "file",
            Self::File { executable: true, .. } => "exec",
            Self::Tree(_) => "tree",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.word(), self.digest())
    }
}

/// A text that names no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `file:`, `exec:` or `tree:` and a digest")]
pub struct ParseContentError(String);

impl FromStr for Content {
    type Err = ParseContentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseContentError(text.to_owned());
        let (word, hex) = text.split_once(':').ok_or_else(wrong)?;
        let digest = hex.parse().map_err(|_| wrong())?;
        match word {
            "file" => Ok(Self::File { digest, executable: false }),
            "exec" => Ok(Self::File { digest, executable: true }),
            "tree" => Ok(Self::Tree(digest)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Content {
    type Error = ParseContentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Content> for String {
    fn from(content: Content) -> Self {
        content.to_string()
    }
}

/// A named output: its type, and its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// The content.
    pub content: Content,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_goes_both_ways() {
        let digest = Digest::of(b"x");
        for content in [
            Content::File { digest, executable: false },
            Content::File { digest, executable: true },
            Content::Tree(digest),
        ] {
            assert_eq!(content.to_string().parse(), Ok(content));
        }
        assert!("blob:00".parse::<Content>().is_err());
    }
}
