//! [`Rule`]: a promise about rows or a table, in SQL. Pure.

use serde::Deserialize;
use toml::Spanned;

use super::Consequence;
use super::sql::Condition;

/// One of `[[rules]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called where it is broken.
    pub name: Spanned<String>,
    /// A condition in the SQL of contracts.
    pub sql: Spanned<String>,
    /// What follows where it is broken.
    pub severity: Option<Spanned<Consequence>>,
    /// The share of rows that may break it, in [0, 1].
    pub allow: Option<Spanned<f64>>,
    /// What `sql` says; read with the contract.
    #[serde(skip)]
    pub condition: Condition,
}

impl Rule {
    /// What follows where it is broken.
    pub fn consequence(&self) -> Consequence {
        self.severity.as_ref().map_or(Consequence::Error, |severity| *severity.get_ref())
    }

    /// The share of rows that may break it.
    pub fn allow(&self) -> f64 {
        self.allow.as_ref().map_or(0.0, |allow| *allow.get_ref())
    }
}
