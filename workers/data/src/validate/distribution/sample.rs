//! [`Sample`]: the values of a column as a test takes them. Pure.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray};
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

/// Whether a column has numbers.
pub(super) fn is_numeric(array: &ArrayRef) -> bool {
    matches!(array.data_type(), ArrowType::Int64 | ArrowType::Float64)
}

impl Sample {
    /// The values of a typed column, or why a test does not compare such.
    pub(super) fn of(array: &ArrayRef, test: Test) -> Result<Self, String> {
        let (of_numbers, of_categories) = test.compares();
        let found = match array.data_type() {
            ArrowType::Int64 if of_numbers => {
                let values = array.as_primitive::<Int64Type>().iter().flatten();
                Some(Self::Numbers(values.map(|value| value as f64).collect()))
            }
            ArrowType::Float64 if of_numbers => {
                let values = array.as_primitive::<Float64Type>().iter().flatten();
                Some(Self::Numbers(values.filter(|value| value.is_finite()).collect()))
            }
            ArrowType::Int64 => {
                let values = array.as_primitive::<Int64Type>().iter().flatten();
                Some(counted(values.map(|value| value.to_string())))
            }
            ArrowType::Boolean if of_categories => {
                let values = array.as_boolean().iter().flatten();
                Some(counted(values.map(|value| value.to_string())))
            }
            ArrowType::Utf8 if of_categories => {
                let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
                let values = array.as_string::<i32>().iter().flatten();
                values.for_each(|value| *counts.entry(value).or_default() += 1);
                let counts = counts.into_iter();
                Some(Self::Categories(counts.map(|(value, n)| (value.to_owned(), n)).collect()))
            }
            _ => None,
        };
        found.ok_or_else(|| {
            let (name, kind) = (test.name(), if of_numbers { "numbers" } else { "categories" });
            format!("`{name}` compares {kind}, and the column is `{}`", array.data_type())
        })
    }
}

fn counted(values: impl Iterator<Item = String>) -> Sample {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    Sample::Categories(counts)
}
