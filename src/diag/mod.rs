//! Diagnostics as plain data: what is wrong, where, and what to do about it.
//!
//! Owns [`Diagnostic`], the table of codes ([`codes`]), the one renderer ([`render`]) and
//! what of others' texts a terminal gets to see ([`escape`]). Invariant: a diagnostic never holds a terminal, a colour or a
//! width; every code stands in the table; every one has a fix or says why
//! there is none. Anyone may use this module; it uses no other.

pub mod amount;
pub mod codes;
pub mod escape;
mod exit;
pub mod render;
pub mod suggest;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

pub use exit::Exit;

/// A range of bytes in one file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Index into [`Sources`].
    pub file: u32,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Whether another place lies within this one.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// The texts that spans point into.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Path as shown to the user, and text.
    pub files: Vec<(PathBuf, String)>,
    /// Where the lines of each file begin, once a place was asked for.
    lines: OnceLock<Vec<Vec<usize>>>,
}

impl Sources {
    /// One text.
    pub fn of(path: PathBuf, text: String) -> Self {
        Self { files: vec![(path, text)], lines: OnceLock::new() }
    }

    /// Where the lines of a file begin, but for the first.
    fn starts(&self, file: u32) -> &[usize] {
        let lines = self.lines.get_or_init(|| {
            let starts = |text: &str| text.match_indices('\n').map(|(at, _)| at + 1).collect();
            self.files.iter().map(|(_, text)| starts(text)).collect()
        });
        lines.get(file as usize).map_or(&[], Vec::as_slice)
    }

    /// The lines that a span is on: their bytes, and the number of the first, from 1.
    fn lines_of(&self, span: Span) -> (Range<usize>, usize) {
        let starts = self.starts(span.file);
        let length = self.files.get(span.file as usize).map_or(0, |(_, text)| text.len());
        let before = starts.partition_point(|&begin| begin <= span.start);
        let begin = before.checked_sub(1).map_or(0, |line| starts[line]);
        let after = starts.partition_point(|&begin| begin <= span.end.max(span.start));
        (begin..starts.get(after).copied().unwrap_or(length), before + 1)
    }

    /// `path:line:column` of a span's start, counted from 1.
    pub fn place(&self, span: Span) -> String {
        let Some((path, text)) = self.files.get(span.file as usize) else {
            return String::new();
        };
        let starts = self.starts(span.file);
        let start = span.start.min(text.len());
        let before = starts.partition_point(|&begin| begin <= start);
        let begin = before.checked_sub(1).map_or(0, |line| starts[line]);
        let column = text.get(begin..start).unwrap_or_default().chars().count() + 1;
        format!("{}:{}:{column}", path.display(), before + 1)
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Stops the command.
    Error,
    /// Does not stop it.
    Warning,
}

/// One thing to say to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// A stable code of [`codes`].
    pub code: &'static str,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// Places, the first one primary.
    pub labels: Vec<Label>,
    /// What to do about it, best first.
    pub help: Vec<String>,
    /// What led here, outermost first.
    pub causes: Vec<String>,
}

/// A place and what to see there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to see; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            code,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, message) }
    }

    /// Adds a place; the first one added is primary.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds the chain of an error's sources.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }
}
