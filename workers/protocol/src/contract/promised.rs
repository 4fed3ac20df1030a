//! [`Promised`]: a promise, how bad it is to break it, and how often it may be broken.
//!
//! Pure. A promise is a value, or a table that says more of it:
//! `set = { values = [1, 2], severity = "warning", allow = 0.01 }`.

use std::ops::Range;

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Value};

/// What follows from a broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consequence {
    /// The verdict on the data fails.
    Error,
    /// It is worth a look.
    Warning,
    /// It is worth knowing.
    Info,
    /// The rows that break it are taken out.
    Quarantine,
}

impl Consequence {
    /// As the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Quarantine => "quarantine",
        }
    }
}

/// A promise with its place in the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Promised<T> {
    /// What is promised.
    pub value: T,
    /// Bytes of the contract.
    pub place: Range<usize>,
    /// What follows where it is broken; the column's default where it is not said.
    pub severity: Option<Consequence>,
    /// The share of rows that may break it, in [0, 1].
    pub allow: f64,
}

impl<T> Promised<T> {
    /// What follows where the promise is broken.
    pub fn consequence(&self, default: Consequence) -> Consequence {
        self.severity.unwrap_or(default)
    }
}

/// A promise as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    value: Option<Value>,
    values: Option<Value>,
    severity: Option<Consequence>,
    #[serde(default)]
    allow: f64,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Promised<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Spanned::<Value>::deserialize(deserializer)?;
        let place = written.span();
        let wrong = |error: toml::de::Error| D::Error::custom(error.message());
        let plain = |value: Value| {
            let dates = value.as_array().is_some_and(|all| all.iter().any(Value::is_datetime));
            match dates {
                // No column has values of that type, and read on they would be texts.
                true => Err(D::Error::custom("a list has no dates: write them in quotes")),
                false => value.try_into::<T>().map_err(wrong),
            }
        };
        if !written.get_ref().is_table() {
            let value = plain(written.into_inner())?;
            return Ok(Self { value, place, severity: None, allow: 0.0 });
        }
        let Form { value, values, severity, allow } =
            written.into_inner().try_into().map_err(wrong)?;
        let value = match (value, values) {
            (Some(value), None) if !value.is_array() => value,
            (None, Some(values)) if values.is_array() => values,
            _ => {
                return Err(D::Error::custom(
                    "a promise that is a table has its `value`, or a list of `values`",
                ));
            }
        };
        Ok(Self { value: plain(value)?, place, severity, allow })
    }
}
