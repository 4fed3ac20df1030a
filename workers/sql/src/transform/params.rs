//! The params of a request, typed.

use std::collections::BTreeMap;

use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::Role;
use serde::Deserialize;

use super::redact::{Pattern, WITH};

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
}

/// What is replaced in one column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redaction {
    pub(super) column: String,
    pub(super) patterns: Vec<Pattern>,
    #[serde(default = "with")]
    pub(super) with: String,
}

fn with() -> String {
    WITH.to_owned()
}

/// The params of a request. The core has checked them by their schema already.
pub(super) fn params(request: &Request) -> Result<Params, Failure> {
    serde_json::from_value(serde_json::Value::Object(request.params.clone())).map_err(|error| {
        Failure::new("Q0004", format!("the params: {error}")).help(
            "write sql = \"SELECT ..\", roles = { column = \"feature\" } and redact = [{ column = \
             \"message\", patterns = [\"email\"] }]",
        )
    })
}
