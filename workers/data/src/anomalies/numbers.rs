//! The finite numbers of a column, for detectors that know no missing ones.

use super::rows::Column;

/// The finite numbers, and the rows that have them. // (numbers), (numbers)
pub(super) fn finite(column: &Column) -> Option<(Vec<f64>, Vec<usize>)> {
    let numbers = column.numbers()?.into_iter().enumerate();
    let (rows, numbers) = numbers.filter(|(_, number)| number.is_finite()).unzip();
    Some((numbers, rows))
}
