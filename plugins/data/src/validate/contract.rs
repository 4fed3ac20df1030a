//! [`Contract`]: what a table promises, as a TOML file of the workspace.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{Failure, Severity};
use serde::Deserialize;

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
    pub(super) image: Option<ImagePromise>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TablePromises {
    /// Fewest rows.
    pub(super) min_rows: Option<u64>,
    /// Most rows.
    pub(super) max_rows: Option<u64>,
    /// What happens to a column that the contract does not name.
    #[serde(default)]
    pub(super) unknown_columns: Unknown,
    /// Columns whose values together are different in every row.
    #[serde(default)]
    pub(super) unique: Vec<Vec<String>>,
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
    #[serde(default = "feature")]
    pub(super) role: Role,
    /// Whether values may be missing.
    #[serde(default)]
    pub(super) nullable: bool,
    /// Largest share of missing values, in [0, 1].
    pub(super) max_null_fraction: Option<f64>,
    /// Least value.
    pub(super) min: Option<f64>,
    /// Greatest value.
    pub(super) max: Option<f64>,
    /// The only values.
    pub(super) set: Option<Vec<toml::Value>>,
    /// Whether no value is there twice.
    #[serde(default)]
    pub(super) unique: bool,
    /// How bad a broken promise is.
    #[serde(default = "error")]
    pub(super) severity: Severity,
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

fn feature() -> Role {
    Role::Feature
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

    /// Reads a contract; a mistake names its line.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = regular::text(path)
            .map_err(|error| Failure::new("D0301", format!("the contract: {error}")))?;
        let wrong = |message: String| {
            Failure::new("D0302", format!("the contract: {message}"))
                .help("docs/reference/contract.md lists what a contract can say")
        };
        let contract: Self = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
            wrong(format!("line {line}: {}", error.message().lines().next().unwrap_or_default()))
        })?;
        if contract.version != VERSION {
            return Err(wrong(format!("version {}, where {VERSION} is read", contract.version)));
        }
        if let Some(image) = &contract.image
            && ([image.height, image.width, image.channels].contains(&0)
                || image.max.is_nan()
                || image.max <= 0.0)
        {
            return Err(wrong("[image] needs a height, a width and a `max` above zero".to_owned()));
        }
        Ok(contract)
    }
}

impl ColumnPromises {
    /// The promises of a column that the contract does not name.
    pub(super) fn unnamed() -> Self {
        Self {
            data_type: None,
            role: Role::Feature,
            nullable: true,
            max_null_fraction: None,
            min: None,
            max: None,
            set: None,
            unique: false,
            severity: Severity::Error,
        }
    }

    /// The set as texts, in the order of the contract.
    pub(super) fn set_texts(&self) -> Option<Vec<String>> {
        let text = |value: &toml::Value| match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.set.as_ref().map(|set| set.iter().map(text).collect())
    }
}
