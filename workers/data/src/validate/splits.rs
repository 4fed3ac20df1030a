//! The splits of a table: their names and their rows, one behind the other. Pure.

use std::ops::Range;

/// Split -> its number of rows, one behind the other in the table.
pub(super) type Splits = [(String, usize)];

/// Each split with its rows.
pub(super) fn each(splits: &Splits) -> impl Iterator<Item = (&str, Range<usize>)> {
    splits.iter().scan(0, |first, (split, rows)| {
        let range = *first..*first + rows;
        *first = range.end;
        Some((split.as_str(), range))
    })
}
