//! The splits of a table: their names and their rows, one behind the other. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use ingot_tables::dataset::WHOLE;

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

/// The slice of a metric of one split, where the sources were given as splits.
pub(super) fn of_split(splits: &Splits, split: &str) -> BTreeMap<String, String> {
    match splits {
        [(only, _)] if only == WHOLE => BTreeMap::new(),
        _ => BTreeMap::from([("split".to_owned(), split.to_owned())]),
    }
}
