//! [`Reference`]: a column of another table, as `customers.id`. Pure.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};

/// A column of the table on another port of the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The port: `inputs.customers` in the manifest.
    pub port: String,
    /// The column.
    pub column: String,
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once('.') {
            Some((port, column)) if !port.is_empty() && !column.is_empty() => {
                Ok(Self { port: port.to_owned(), column: column.to_owned() })
            }
            _ => Err(D::Error::custom(format!(
                "`{text}` names no column of a port: write \"customers.id\" for the column `id` \
                 of `inputs.customers`"
            ))),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.port, self.column)
    }
}
