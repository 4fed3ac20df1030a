//! A file of a form that a worker drafts from data, for a person to correct.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `draft FORM` is asked, beside the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What the data are called: the name of a source, or a path. Where they have no format,
    /// its ending says how they are read.
    pub name: String,
    /// How they are read, as a source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// The column that it is about, where the form is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The text of the file.
    pub text: String,
    /// What a person should know of it, a line each.
    #[serde(default)]
    pub notes: Vec<String>,
}
