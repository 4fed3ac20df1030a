//! Why a step failed, in the user's words.
//!
//! Invariant: the code is stable and the message is a lower-case fragment, so
//! that `?` on an Arrow or JSON error tells the user as much as one of our own.

use std::fmt;

use arrow_schema::ArrowError;
use serde::{Deserialize, Serialize};

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable code of the plugin's own: a capital letter, then capital letters
    /// and digits, sixteen at most.
    pub code: String,
    /// What is wrong: a lower-case fragment with the place in it.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Failure {
    /// A failure without help.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), help: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Puts the place before the message: `split `train`: ..`.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)?;
        self.help.iter().try_for_each(|help| write!(formatter, " ({help})"))
    }
}

impl std::error::Error for Failure {}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        Self::new("ARROW", error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("JSON", error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new("STREAM", error.to_string())
    }
}

impl From<std::string::FromUtf8Error> for Failure {
    fn from(error: std::string::FromUtf8Error) -> Self {
        Self::new("UTF8", error.to_string())
    }
}
