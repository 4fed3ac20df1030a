//! [`Sample`]: the values of a column as a test takes them. Pure.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_protocol::contract::Test;

/// Values of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sample {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// How often each value is there.
    Categories(BTreeMap<String, u64>),
}

/// Whether a type is one of numbers.
pub(super) fn is_numeric(data_type: &ArrowType) -> bool {
    matches!(data_type, ArrowType::Int64 | ArrowType::Float64)
}

impl Sample {
    /// No values of a type, or why a test does not compare such.
    pub(super) fn empty(data_type: &ArrowType, test: Test) -> Result<Self, String> {
        let (of_numbers, of_categories) = test.compares();
        match data_type {
            ArrowType::Int64 | ArrowType::Float64 if of_numbers => Ok(Self::Numbers(Vec::new())),
            ArrowType::Int64 => Ok(Self::Categories(BTreeMap::new())),
            ArrowType::Boolean | ArrowType::Utf8 if of_categories => {
                Ok(Self::Categories(BTreeMap::new()))
            }
            _ => {
                let (name, kind) = (test.name(), if of_numbers { "numbers" } else { "categories" });
                Err(format!("`{name}` compares {kind}, and the column is `{data_type}`"))
            }
        }
    }

    /// The values of a typed column, or why a test does not compare such.
    pub(super) fn of(array: &ArrayRef, test: Test) -> Result<Self, String> {
        let mut sample = Self::empty(array.data_type(), test)?;
        sample.extend(array);
        Ok(sample)
    }

    /// Takes in the next values of the column.
    pub(super) fn extend(&mut self, array: &ArrayRef) {
        match (self, array.data_type()) {
            (Self::Numbers(numbers), ArrowType::Int64) => {
                let values = array.as_primitive::<Int64Type>().iter().flatten();
                numbers.extend(values.map(|value| value as f64));
            }
            (Self::Numbers(numbers), ArrowType::Float64) => {
                let values = array.as_primitive::<Float64Type>().iter().flatten();
                numbers.extend(values.filter(|value| value.is_finite()));
            }
            (Self::Categories(counts), ArrowType::Int64) => {
                let values = array.as_primitive::<Int64Type>().iter().flatten();
                values.for_each(|value| count(counts, &value.to_string()));
            }
            (Self::Categories(counts), ArrowType::Boolean) => {
                let values = array.as_boolean().iter().flatten();
                values.for_each(|value| count(counts, if value { "true" } else { "false" }));
            }
            (Self::Categories(counts), ArrowType::Utf8) => {
                let values = array.as_string::<i32>().iter().flatten();
                values.for_each(|value| count(counts, value));
            }
            _ => {}
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, value: &str) {
    match counts.get_mut(value) {
        Some(count) => *count += 1,
        None => {
            counts.insert(value.to_owned(), 1);
        }
    }
}
