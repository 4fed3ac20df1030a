//! [`Contract`]: what a table promises, as a TOML file of the workspace.
//!
//! Pure. The worker that holds a table against it and the core read the same form: a
//! param whose schema says `"x-ingot-form": "contract"` names such a file, and the core
//! refuses one that is none while it plans. What a promise means for values is the
//! worker's business alone.

mod bound;
mod consistent;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

pub use bound::Bound;

use crate::Severity;

/// What the schema of a param calls the form.
pub const FORM: &str = "contract";

/// The version of the form.
const VERSION: u32 = 1;

/// Types of columns, by name.
pub const TYPES: [&str; 5] = ["int64", "float64", "bool", "utf8", "binary"];

/// Roles of columns, by name.
pub const ROLES: [&str; 9] =
    ["feature", "label", "id", "group", "time", "sensitive", "personal", "weight", "ignore"];

/// What is wrong with a text that is no contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Bytes of the text; empty where it is about all of it.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: &'static str,
    /// Whether the text has the form, and contradicts itself.
    pub contradiction: bool,
}

/// A contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// 1.
    pub version: u32,
    /// Promises about the table.
    #[serde(default)]
    pub table: TablePromises,
    /// Promises about columns.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnPromises>,
    /// Columns that are the pixels of an image.
    pub image: Option<Spanned<ImagePromise>>,
}

/// Promises about a table as a whole.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TablePromises {
    /// Fewest rows.
    pub min_rows: Option<Spanned<u64>>,
    /// Most rows.
    pub max_rows: Option<u64>,
    /// What happens to a column that the contract does not name.
    #[serde(default)]
    pub unknown_columns: Unknown,
    /// Columns whose values together are different in every row.
    #[serde(default)]
    pub unique: Vec<Spanned<Vec<String>>>,
}

/// What becomes of a column that the contract does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It is a feature.
    #[default]
    Keep,
    /// It is left out.
    Ignore,
    /// It breaks the contract.
    Refuse,
}

/// Promises about one column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPromises {
    /// The type of the values; inferred where it is not said.
    #[serde(rename = "type")]
    pub data_type: Option<Spanned<String>>,
    /// What the column is for.
    #[serde(default)]
    pub role: Option<Spanned<String>>,
    /// Whether values may be missing.
    #[serde(default)]
    pub nullable: bool,
    /// Largest share of missing values, in [0, 1].
    pub max_null_fraction: Option<Spanned<f64>>,
    /// Least value.
    pub min: Option<Spanned<Bound>>,
    /// Greatest value.
    pub max: Option<Spanned<Bound>>,
    /// The only values.
    pub set: Option<Spanned<Vec<toml::Value>>>,
    /// What a float that is no number is.
    pub nan: Option<Spanned<Nan>>,
    /// Whether no value is there twice.
    #[serde(default)]
    pub unique: bool,
    /// How bad a broken promise is.
    #[serde(default = "error")]
    pub severity: Severity,
}

/// What a float that is no number (NaN) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nan {
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
pub struct ImagePromise {
    /// A name with one `*`: the columns, in the order of the numbers in their names.
    pub columns: String,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Values a pixel.
    #[serde(default = "one")]
    pub channels: u32,
    /// The value that becomes 255.
    #[serde(default = "white")]
    pub max: f64,
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
    pub fn none() -> Self {
        Self {
            version: VERSION,
            table: TablePromises::default(),
            columns: BTreeMap::new(),
            image: None,
        }
    }

    /// Reads a contract that agrees with itself.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        const HELP: &str = "docs/reference/contract.md lists what a contract can say";
        let wrong = |place: Range<usize>, what: String| Mistake {
            place,
            what,
            help: HELP,
            contradiction: false,
        };
        let contract: Self = toml::from_str(text).map_err(|error| {
            let what = error.message().lines().next().unwrap_or_default().to_owned();
            wrong(error.span().unwrap_or_default(), what)
        })?;
        if contract.version != VERSION {
            let what = format!("version {}, where {VERSION} is read", contract.version);
            return Err(wrong(0..0, what));
        }
        for column in contract.columns.values() {
            for (name, known) in [(&column.data_type, &TYPES[..]), (&column.role, &ROLES[..])] {
                if let Some(name) = name
                    && !known.contains(&name.get_ref().as_str())
                {
                    let what = format!("`{}` is none of `{}`", name.get_ref(), known.join("`, `"));
                    return Err(wrong(name.span(), what));
                }
            }
        }
        match consistent::contradiction(&contract) {
            None => Ok(contract),
            Some(found) => Err(found),
        }
    }
}

impl ColumnPromises {
    /// The promises of a column that the contract does not name.
    pub fn unnamed() -> Self {
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

    /// The type, by name.
    pub fn data_type(&self) -> Option<&str> {
        self.data_type.as_ref().map(|name| name.get_ref().as_str())
    }

    /// What the column is for, by name; a feature where the contract does not say.
    pub fn role(&self) -> &str {
        self.role.as_ref().map_or("feature", |name| name.get_ref())
    }

    /// What a NaN is.
    pub fn nan(&self) -> Nan {
        self.nan.as_ref().map_or(Nan::default(), |nan| *nan.get_ref())
    }

    /// The only values, in the order of the contract.
    pub fn set(&self) -> Option<&[toml::Value]> {
        self.set.as_ref().map(|set| set.get_ref().as_slice())
    }

    /// Whether the contract speaks of the values as of numbers.
    pub fn is_numeric(&self) -> bool {
        let number = |value: &toml::Value| value.is_integer() || value.is_float();
        self.min.is_some()
            || self.max.is_some()
            || self.role() == "weight"
            || self.set().is_some_and(|set| set.iter().all(number))
    }

    /// Whether the contract speaks of them as of truth values.
    pub fn is_truth(&self) -> bool {
        self.set().is_some_and(|set| set.iter().all(toml::Value::is_bool))
    }
}
