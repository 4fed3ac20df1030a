//! `rounded`: rows of `train` and of another split that are equal but for the last digits.
//!
//! Columns of numbers are rounded to so many significant digits; texts lose the blanks around
//! them and their upper case. Rows that are the same in all of it, and not the same as they
//! are, were written twice by two programs. Two values that are close to each other on both
//! sides of a rounding are not found.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use ingot_protocol::{Failure, Severity};
use ingot_tables::dataset::{Role, row_key};
use serde_json::json;

use super::table::{Pair, Table, failed, pairs};
use super::{Check, Leak};
use crate::thresholds::{Thresholds, schema};

pub(super) const CHECK: Check = Check {
    name: "rounded",
    params: || {
        schema(
            "rows that are equal but for the last digits, in `train` and in another split",
            json!({"digits": {
                "type": "integer", "minimum": 1, "maximum": 15, "default": 5,
                "description": "significant digits of a number that count"
            }}),
        )
    },
    find,
};

/// Fewest columns that differ from row to row: of fewer, rows are alike by chance.
const FEWEST: usize = 3;

fn find(table: &Table, thresholds: &Thresholds) -> Result<Vec<Leak>, Failure> {
    let Some(train) = table.train() else { return Ok(Vec::new()) };
    let counts = |role| !matches!(role, Role::Id | Role::Personal | Role::Group | Role::Time);
    let columns: Vec<&ArrayRef> = table.of(counts).map(|(_, array)| array).collect();
    let may_differ =
        |array: &&&ArrayRef| matches!(array.data_type(), ArrowType::Float64 | ArrowType::Utf8);
    if columns.len() < FEWEST || !columns.iter().any(|array| may_differ(&array)) {
        return Ok(Vec::new());
    }
    let rounded: Vec<ArrayRef> =
        columns.iter().map(|array| round(array, thresholds.number("digits") as i32)).collect();
    let (as_they_are, rounded) =
        (names(&columns, table)?, names(&rounded.iter().collect::<Vec<_>>(), table)?);
    let mut learned: HashMap<row_key::RowKey, usize> = HashMap::new();
    for row in train.clone() {
        learned.entry(rounded[row]).or_insert(row);
    }
    let judged = (0..table.rows()).filter(|row| !train.contains(row));
    let found: Vec<Pair> = judged
        .filter_map(|row| Some((row, *learned.get(&rounded[row])?)))
        .filter(|(row, other)| as_they_are[*row] != as_they_are[*other])
        .collect();
    let leak = Leak {
        code: "D1804",
        severity: Severity::Error,
        column: None,
        message: format!(
            "rows of other splits are equal to rows of `train` but for the last digits: {}",
            pairs(table, &found)
        ),
        rows: Some(found.len() as u64),
    };
    Ok(Vec::from_iter((!found.is_empty()).then_some(leak)))
}

fn names(columns: &[&ArrayRef], table: &Table) -> Result<Vec<row_key::RowKey>, Failure> {
    let columns: Vec<ArrayRef> = columns.iter().map(|array| ArrayRef::clone(array)).collect();
    let keys = row_key::of_groups(&columns, None, table.rows()).map_err(|error| failed(&error))?;
    let keys = (0..keys.len()).map(|row| row_key::RowKey::try_from(keys.value(row)));
    Ok(keys.map(Result::unwrap_or_default).collect())
}

/// A column whose numbers have so many significant digits, and whose texts are trimmed and of
/// lower case.
fn round(array: &ArrayRef, digits: i32) -> ArrayRef {
    if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
        return std::sync::Arc::new(
            floats.unary::<_, Float64Type>(|value| significant(value, digits)),
        );
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        let texts = texts.iter().map(|text| text.map(|text| text.trim().to_lowercase()));
        return std::sync::Arc::new(texts.collect::<arrow::array::StringArray>());
    }
    ArrayRef::clone(array)
}

/// A number rounded to so many significant digits, by its decimal form, which is the same on
/// every machine.
///
/// ```text
/// significant(1234.5678, 5) = 1234.6
/// ```
fn significant(value: f64, digits: i32) -> f64 {
    let decimals = usize::try_from(digits - 1).unwrap_or(0);
    if value.is_finite() { format!("{value:.decimals$e}").parse().unwrap_or(value) } else { value }
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn digits_that_count_are_kept() {
        let cases = [(1234.5678, 5), (0.000_123_456, 3), (-98_765.0, 2), (0.0, 4), (7.0, 1)];
        let rounded = cases.map(|(value, digits)| significant(value, digits));
        assert_eq!(rounded, [1234.6, 0.000_123, -99_000.0, 0.0, 7.0]);
        assert!(significant(f64::NAN, 3).is_nan());
    }
}
