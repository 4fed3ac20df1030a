//! [`Contract`]: what a table promises, as a TOML file of the workspace.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{Failure, Severity};
use serde::Deserialize;
use toml::Spanned;

use super::bound::Bound;
use super::consistent;
use crate::dataset::{DataType, Role};
use crate::regular;

/// The version of the form.
const VERSION: u32 = 1;

/// A contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contract {
    /// 1.
    version: u32,
    /// Promises about the table.
    #[serde(default)]
    pub(super) table: TablePromises,
    /// Promises about columns.
    #[serde(default)]
    pub(super) columns: BTreeMap<String, ColumnPromises>,
    /// Columns that are the pixels of an image.
    pub(super) image: Option<Spanned<ImagePromise>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TablePromises {
    /// Fewest rows.
    pub(super) min_rows: Option<Spanned<u64>>,
    /// Most rows.
    pub(super) max_rows: Option<u64>,
    /// What happens to a column that the contract does not name.
    #[serde(default)]
    pub(super) unknown_columns: Unknown,
    /// Columns whose values together are different in every row.
    #[serde(default)]
    pub(super) unique: Vec<Spanned<Vec<String>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unknown {
    /// It is a feature.
    #[default]
    Keep,
    /// It is left out.
    Ignore,
    /// It breaks the contract.
    Refuse,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnPromises {
    /// The type of the values; inferred where it is not said.
    #[serde(rename = "type")]
    pub(super) data_type: Option<DataType>,
    /// What the column is for.
    #[serde(default)]
    pub(super) role: Option<Spanned<Role>>,
    /// Whether values may be missing.
    #[serde(default)]
    pub(super) nullable: bool,
    /// Largest share of missing values, in [0, 1].
    pub(super) max_null_fraction: Option<Spanned<f64>>,
    /// Least value.
    pub(super) min: Option<Spanned<Bound>>,
    /// Greatest value.
    pub(super) max: Option<Spanned<Bound>>,
    /// The only values.
    pub(super) set: Option<Spanned<Vec<toml::Value>>>,
    /// What a float that is no number is.
    pub(super) nan: Option<Spanned<Nan>>,
    /// Whether no value is there twice.
    #[serde(default)]
    pub(super) unique: bool,
    /// How bad a broken promise is.
    #[serde(default = "error")]
    pub(super) severity: Severity,
}

/// What a float that is no number (NaN) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Nan {
    /// A value that keeps no promise.
    #[default]
    Refuse,
    /// A missing value.
    Null,
    /// A value like any other.
    Allow,
}

/// Columns packed into one image a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImagePromise {
    /// A name with one `*`: the columns, in the order of the numbers in their names.
    pub(super) columns: String,
    /// Pixels from top to bottom.
    pub(super) height: u32,
    /// Pixels from left to right.
    pub(super) width: u32,
    /// Values a pixel.
    #[serde(default = "one")]
    pub(super) channels: u32,
    /// The value that becomes 255.
    #[serde(default = "white")]
    pub(super) max: f64,
}

fn error() -> Severity {
    Severity::Error
}

fn one() -> u32 {
    1
}

fn white() -> f64 {
    255.0
}

impl Contract {
    /// A contract that promises nothing.
    pub(super) fn none() -> Self {
        Self {
            version: VERSION,
            table: TablePromises::default(),
            columns: BTreeMap::new(),
            image: None,
        }
    }

    /// Reads a contract; a mistake names its line and column.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = regular::text(path).map_err(|error| {
            Failure::new("D0301", format!("{}: the contract: {error}", path.display()))
        })?;
        let wrong = |at: Option<usize>, message: &str| {
            let place = at.map_or_else(|| ":".to_owned(), |at| format!(":{}", position(&text, at)));
            Failure::new("D0302", format!("{}{place} {message}", path.display()))
                .help("docs/reference/contract.md lists what a contract can say")
        };
        let contract: Self = toml::from_str(&text).map_err(|error| {
            let what = error.message().lines().next().unwrap_or_default();
            wrong(error.span().map(|span| span.start), what)
        })?;
        if contract.version != VERSION {
            let message = format!("version {}, where {VERSION} is read", contract.version);
            return Err(wrong(None, &message));
        }
        match consistent::contradiction(&contract) {
            None => Ok(contract),
            Some(found) => Err(Failure::new(
                "D0319",
                format!("{}:{} {}", path.display(), position(&text, found.at), found.what),
            )
            .help(found.help)),
        }
    }
}

/// Line and column of a byte, from 1, as `3:7:`.
fn position(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}:")
}

impl ColumnPromises {
    /// The promises of a column that the contract does not name.
    pub(super) fn unnamed() -> Self {
        Self {
            data_type: None,
            role: None,
            nullable: true,
            max_null_fraction: None,
            min: None,
            max: None,
            set: None,
            nan: None,
            unique: false,
            severity: Severity::Error,
        }
    }

    /// What the column is for; a feature where the contract does not say.
    pub(super) fn role(&self) -> Role {
        self.role.as_ref().map_or(Role::Feature, |role| *role.get_ref())
    }

    /// What a NaN is.
    pub(super) fn nan(&self) -> Nan {
        self.nan.as_ref().map_or(Nan::default(), |nan| *nan.get_ref())
    }

    /// The only values, in the order of the contract.
    pub(super) fn set(&self) -> Option<&[toml::Value]> {
        self.set.as_ref().map(|set| set.get_ref().as_slice())
    }

    /// Whether the contract speaks of the values as of numbers.
    pub(super) fn is_numeric(&self) -> bool {
        let number = |value: &toml::Value| value.is_integer() || value.is_float();
        self.min.is_some()
            || self.max.is_some()
            || self.role() == Role::Weight
            || self.set().is_some_and(|set| set.iter().all(number))
    }

    /// Whether the contract speaks of them as of truth values.
    pub(super) fn is_truth(&self) -> bool {
        self.set().is_some_and(|set| set.iter().all(toml::Value::is_bool))
    }
}
