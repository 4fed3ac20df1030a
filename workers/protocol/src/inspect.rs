//! What an artifact's bytes mean, as said by the worker that defines its type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The answer to `inspect show TYPE ARTIFACT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// One line, for example `1797 rows, 66 columns`.
    pub summary: String,
    /// Tables to print: title -> rows of cells, the first row its header.
    #[serde(default)]
    pub tables: BTreeMap<String, Vec<Vec<String>>>,
}

/// The answer to `inspect diff TYPE OLD NEW`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Whether the two mean the same.
    pub same: bool,
    /// One line, for example `3 rows changed in column age`.
    pub summary: String,
    /// The first difference: file, row and column or tensor and element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Further lines.
    #[serde(default)]
    pub details: Vec<String>,
}
