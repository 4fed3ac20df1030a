//! Other tools' pipelines as a manifest. Pure: texts in, a text and notes out.
//!
//! Invariant: what is not translated is told, with its file and its line, in the notes
//! and in the text; nothing is dropped silently. What it does not do: it opens no file,
//! and it does not check the manifest that it writes, which is `manifest`'s.

pub mod dvc;
pub mod yaml;

/// What a person must know of one place of what was imported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What to know: a fragment without a full stop.
    pub text: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}
