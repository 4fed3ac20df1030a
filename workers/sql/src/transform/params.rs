//! The params of a request, typed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::Role;
use serde::Deserialize;

use super::anonymity::Anonymity;
use super::generalise::Generalisation;
use super::redact::Redaction;

/// What the manifest says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The query.
    pub(super) sql: String,
    /// Roles of columns of the result.
    #[serde(default)]
    pub(super) roles: BTreeMap<String, Role>,
    /// Columns of text in which something is replaced.
    #[serde(default)]
    pub(super) redact: Vec<Redaction>,
    /// Columns whose values become pseudonyms.
    #[serde(default)]
    pub(super) pseudonymise: Vec<String>,
    /// The file with their key.
    pub(super) pseudonym_key: Option<PathBuf>,
    /// Columns whose values become coarser.
    #[serde(default)]
    pub(super) generalise: Vec<Generalisation>,
    /// How many rows must agree.
    pub(super) k_anonymity: Option<Anonymity>,
}

/// The params of a request. The core has checked them by their schema already.
pub(super) fn params(request: &Request) -> Result<Params, Failure> {
    serde_json::from_value(serde_json::Value::Object(request.params.clone())).map_err(|error| {
        Failure::new("Q0004", format!("the params: {error}")).help(
            "`ingot kinds transform` shows them; docs/reference/transform.md has an example of each",
        )
    })
}
