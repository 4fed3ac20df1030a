//! [`ColumnPromises`]: what a contract promises of one column. Pure.

use serde::Deserialize;
use toml::Spanned;

use super::{Bound, Consequence, Distribution, Moment, Promised, Reference};

/// Promises about one column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPromises {
    /// The type of the values; inferred where it is not said.
    #[serde(rename = "type")]
    pub data_type: Option<Promised<String>>,
    /// What the column is for.
    #[serde(default)]
    pub role: Option<Spanned<String>>,
    /// Whether values may be missing.
    pub nullable: Option<Promised<bool>>,
    /// Largest share of missing values, in [0, 1].
    pub max_null_fraction: Option<Promised<f64>>,
    /// Least value.
    pub min: Option<Promised<Bound>>,
    /// Greatest value.
    pub max: Option<Promised<Bound>>,
    /// The only values.
    pub set: Option<Promised<Vec<toml::Value>>>,
    /// A regular expression that the whole text matches.
    pub pattern: Option<Promised<String>>,
    /// Fewest characters of a text.
    pub min_length: Option<Promised<u64>>,
    /// Most characters of a text.
    pub max_length: Option<Promised<u64>>,
    /// What a float that is no number is.
    pub nan: Option<Promised<Nan>>,
    /// Whether no value is there twice.
    pub unique: Option<Promised<bool>>,
    /// How the values follow one another.
    pub monotonic: Option<Promised<Monotonic>>,
    /// The newest value is not before this.
    pub newest: Option<Promised<Moment>>,
    /// Each value is one of this column of another table.
    pub references: Option<Promised<Reference>>,
    /// The values are distributed as in another table.
    pub distribution: Option<Spanned<Distribution>>,
    /// What follows from a broken promise that does not say it itself.
    #[serde(default = "error")]
    pub severity: Consequence,
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

/// How the values of a column follow one another, from row to row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotonic {
    /// None is less than the one before it.
    Increasing,
    /// Each is greater.
    StrictlyIncreasing,
    /// None is greater.
    Decreasing,
    /// Each is less.
    StrictlyDecreasing,
}

impl Monotonic {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::StrictlyIncreasing => "strictly_increasing",
            Self::Decreasing => "decreasing",
            Self::StrictlyDecreasing => "strictly_decreasing",
        }
    }
}

/// The severity that a promise has of its own.
fn severity<T>(promise: &Option<Promised<T>>) -> Option<Consequence> {
    promise.as_ref()?.severity
}

fn error() -> Consequence {
    Consequence::Error
}

impl ColumnPromises {
    /// The promises of a column that the contract does not name.
    pub fn unnamed() -> Self {
        let nullable = Promised { value: true, place: 0..0, severity: None, allow: 0.0 };
        Self {
            data_type: None,
            role: None,
            nullable: Some(nullable),
            max_null_fraction: None,
            min: None,
            max: None,
            set: None,
            pattern: None,
            min_length: None,
            max_length: None,
            nan: None,
            unique: None,
            monotonic: None,
            newest: None,
            references: None,
            distribution: None,
            severity: Consequence::Error,
        }
    }

    /// The type, by name.
    pub fn data_type(&self) -> Option<&str> {
        self.data_type.as_ref().map(|name| name.value.as_str())
    }

    /// What the column is for, by name; a feature where the contract does not say.
    pub fn role(&self) -> &str {
        self.role.as_ref().map_or("feature", |name| name.get_ref())
    }

    /// Whether values may be missing.
    pub fn is_nullable(&self) -> bool {
        self.nullable.as_ref().is_some_and(|nullable| nullable.value)
    }

    /// Whether no value is there twice.
    pub fn is_unique(&self) -> bool {
        self.unique.as_ref().is_some_and(|unique| unique.value)
    }

    /// What a NaN is.
    pub fn nan(&self) -> Nan {
        self.nan.as_ref().map_or(Nan::default(), |nan| nan.value)
    }

    /// The only values, in the order of the contract.
    pub fn set(&self) -> Option<&[toml::Value]> {
        self.set.as_ref().map(|set| set.value.as_slice())
    }

    /// Whether a promise may take rows out.
    pub fn has_quarantine(&self) -> bool {
        let own = [
            severity(&self.data_type),
            severity(&self.nullable),
            severity(&self.min),
            severity(&self.max),
            severity(&self.set),
            severity(&self.pattern),
            severity(&self.min_length),
            severity(&self.max_length),
            severity(&self.nan),
            severity(&self.unique),
            severity(&self.monotonic),
            severity(&self.references),
        ];
        let quarantine = Consequence::Quarantine;
        self.severity == quarantine || own.contains(&Some(quarantine))
    }

    /// Whether the contract speaks of the values as of numbers.
    pub fn is_numeric(&self) -> bool {
        let number = |value: &toml::Value| value.is_integer() || value.is_float();
        let bounds = [&self.min, &self.max].into_iter().flatten();
        bounds.into_iter().any(|bound| !matches!(bound.value, Bound::Moment(_)))
            || self.role() == "weight"
            || self.set().is_some_and(|set| set.iter().all(number))
    }

    /// Whether the contract speaks of them as of truth values.
    pub fn is_truth(&self) -> bool {
        self.set().is_some_and(|set| set.iter().all(toml::Value::is_bool))
    }

    /// Whether the contract speaks of them as of text.
    pub fn is_text(&self) -> bool {
        self.pattern.is_some() || self.min_length.is_some() || self.max_length.is_some()
    }
}
