//! [`Value`]: one value of a column, as it stands in a state.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, new_null_array,
};
use arrow::datatypes::{Float64Type, Int64Type};
use serde::{Deserialize, Serialize};

use crate::dataset::DataType;

/// One value; a float is finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
}

// No float is NaN: what is read from JSON is finite, and NaN is missing.
impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By value within a type, text by its bytes: as scikit-learn sorts categories.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Integer(one), Self::Integer(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value}"),
            Self::Text(value) => formatter.write_str(value),
        }
    }
}

impl Value {
    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Integer(_) => 1,
            Self::Float(_) => 2,
            Self::Text(_) => 3,
        }
    }

    /// The same value of a type; nothing where the type does not hold it.
    pub(super) fn of_type(&self, data_type: DataType) -> Option<Self> {
        match (self, data_type) {
            (Self::Bool(_), DataType::Bool)
            | (Self::Integer(_), DataType::Int64)
            | (Self::Text(_), DataType::Utf8) => Some(self.clone()),
            (Self::Float(value), DataType::Float64) => value.is_finite().then(|| self.clone()),
            (Self::Integer(value), DataType::Float64) => Some(Self::Float(*value as f64)),
            _ => None,
        }
    }
}

/// The values of a column of a type that operations know; null and NaN are missing, and
/// both zeros are one.
pub(super) fn values(array: &ArrayRef) -> Vec<Option<Value>> {
    if let Some(values) = array.as_primitive_opt::<Int64Type>() {
        return values.iter().map(|value| value.map(Value::Integer)).collect();
    }
    if let Some(values) = array.as_primitive_opt::<Float64Type>() {
        let there = |value: f64| (!value.is_nan()).then_some(Value::Float(value + 0.0));
        return values.iter().map(|value| value.and_then(there)).collect();
    }
    if let Some(values) = array.as_boolean_opt() {
        return values.iter().map(|value| value.map(Value::Bool)).collect();
    }
    match array.as_string_opt::<i32>() {
        Some(values) => {
            values.iter().map(|value| value.map(|text| Value::Text(text.to_owned()))).collect()
        }
        None => vec![None; array.len()],
    }
}

/// Values as a column of a type; what is of another type is missing.
pub(super) fn column(values: Vec<Option<Value>>, data_type: DataType) -> ArrayRef {
    let values = values.into_iter();
    match data_type {
        DataType::Int64 => Arc::new(
            values
                .map(|value| match value {
                    Some(Value::Integer(value)) => Some(value),
                    _ => None,
                })
                .collect::<Int64Array>(),
        ),
        DataType::Float64 => Arc::new(
            values
                .map(|value| match value {
                    Some(Value::Float(value)) => Some(value),
                    Some(Value::Integer(value)) => Some(value as f64),
                    _ => None,
                })
                .collect::<Float64Array>(),
        ),
        DataType::Bool => Arc::new(
            values
                .map(|value| match value {
                    Some(Value::Bool(value)) => Some(value),
                    _ => None,
                })
                .collect::<BooleanArray>(),
        ),
        // No operation makes a column of these types.
        DataType::Binary | DataType::Date | DataType::Timestamp => {
            new_null_array(&data_type.arrow(), values.len())
        }
        DataType::Utf8 => Arc::new(
            values
                .map(|value| match value {
                    Some(Value::Text(value)) => Some(value),
                    _ => None,
                })
                .collect::<StringArray>(),
        ),
    }
}
