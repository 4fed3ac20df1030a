//! [`Sampled`]: the numbers of some rows of a split. Pure.
//!
//! The rows are those with the least keys, which is a sample: a key is a hash. Neither the
//! order of the rows nor those that come and go around them change who is in it.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_tables::dataset::row_key::RowKey;
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::profile::ColumnProfile;

/// Rows that are held, and a few more.
pub(super) struct Sampled {
    size: usize,
    /// Of each column, whether its numbers are sampled.
    numeric: Vec<bool>,
    /// Each with its place among all rows, which comes first of equal keys.
    rows: Vec<(RowKey, usize, Vec<f64>)>,
    /// The greatest key that may still be in the sample.
    bound: Option<RowKey>,
    count: usize,
}

impl Sampled {
    /// A sample of so many rows.
    pub(super) fn new(columns: &[ColumnProfile], size: usize) -> Self {
        let numeric = columns.iter().map(|column| {
            column.role != Role::Personal
                && matches!(column.data_type, DataType::Int64 | DataType::Float64)
        });
        Self { size, numeric: numeric.collect(), rows: Vec::new(), bound: None, count: 0 }
    }

    /// Takes in the next rows: their keys and an array a column.
    pub(super) fn take(&mut self, keys: &ArrayRef, arrays: &[Option<&ArrayRef>]) {
        let Some(keys) = keys.as_fixed_size_binary_opt() else { return };
        for row in 0..keys.len() {
            let Ok(key) = RowKey::try_from(keys.value(row)) else { continue };
            if self.bound.is_some_and(|bound| key > bound) {
                continue;
            }
            let numeric = self.numeric.iter().zip(arrays).filter(|(numeric, _)| **numeric);
            let values =
                numeric.map(|(_, array)| array.map_or(f64::NAN, |array| number(array, row)));
            self.rows.push((key, self.count + row, values.collect()));
            if self.rows.len() > 2 * self.size {
                self.cut();
            }
        }
        self.count += keys.len();
    }

    /// The numbers of each column; none of one that has no numbers.
    pub(super) fn finish(mut self) -> Vec<Vec<f64>> {
        self.cut();
        let mut number = 0;
        let columns = self.numeric.iter().map(|numeric| {
            if !numeric {
                return Vec::new();
            }
            number += 1;
            self.rows.iter().filter_map(|(_, _, values)| values.get(number - 1).copied()).collect()
        });
        columns.collect()
    }

    /// Keeps the sample alone.
    fn cut(&mut self) {
        if self.rows.len() <= self.size {
            return;
        }
        if self.size > 0 {
            self.rows.select_nth_unstable_by_key(self.size - 1, |(key, row, _)| (*key, *row));
        }
        self.rows.truncate(self.size);
        self.bound = self.rows.last().map(|(key, ..)| *key).or(Some([0; 16]));
    }
}

/// A number of a column; what is missing is none.
fn number(array: &ArrayRef, row: usize) -> f64 {
    match array.data_type() {
        _ if array.is_null(row) => f64::NAN,
        ArrowType::Int64 => array.as_primitive::<Int64Type>().value(row) as f64,
        ArrowType::Float64 => array.as_primitive::<Float64Type>().value(row),
        _ => f64::NAN,
    }
}
