//! [`Compared`]: the cells of two tables of one schema, side by side. Pure.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ingot_tables::dataset::Schema;

use super::is_shown;

/// What there is, and what was expected.
pub(super) struct Compared<'a> {
    pub(super) found: &'a RecordBatch,
    pub(super) wanted: &'a RecordBatch,
    pub(super) schema: &'a Schema,
    /// How far floats may lie apart.
    pub(super) tolerance: f64,
    /// Whether the files tell an empty text from a missing value.
    pub(super) tells_empty: bool,
}

impl Compared<'_> {
    /// Each difference in words, by row and then by column. `place` says what the rows are of.
    pub(super) fn differences(&self, place: &str) -> Vec<String> {
        let mut differences = Vec::new();
        let (found, wanted) = (self.found.num_rows(), self.wanted.num_rows());
        if found != wanted {
            differences.push(format!("{wanted} rows{place} were expected, {found} are there"));
        }
        let mut cells = Vec::new();
        for column in self.wanted.schema().fields() {
            let name = column.name();
            let (Some(one), Some(other)) =
                (self.found.column_by_name(name), self.wanted.column_by_name(name))
            else {
                continue;
            };
            for row in 0..found.min(wanted) {
                if !self.same(one, other, row) {
                    cells.push((row, name.clone(), self.words(name, one, other, row)));
                }
            }
        }
        cells.sort_by_key(|(row, ..)| *row);
        let words = |(row, name, words): (usize, String, String)| {
            format!("row {row}{place}, `{name}`: {words}")
        };
        differences.extend(cells.into_iter().map(words));
        differences
    }

    /// Whether a cell is as expected.
    fn same(&self, found: &ArrayRef, wanted: &ArrayRef, row: usize) -> bool {
        let empty = |array: &ArrayRef| {
            let is_text = *array.data_type() == DataType::Utf8 && !self.tells_empty;
            array.is_null(row) || is_text && array.as_string::<i32>().value(row).is_empty()
        };
        match (empty(found), empty(wanted)) {
            (true, true) => return true,
            (false, false) => {}
            _ => return false,
        }
        if *found.data_type() == DataType::Float64 {
            let value = |array: &ArrayRef| array.as_primitive::<Float64Type>().value(row);
            let (found, wanted) = (value(found), value(wanted));
            return found == wanted
                || found.is_nan() && wanted.is_nan()
                || (found - wanted).abs() <= self.tolerance * wanted.abs().max(1.0);
        }
        found.slice(row, 1) == wanted.slice(row, 1)
    }

    fn words(&self, name: &str, found: &ArrayRef, wanted: &ArrayRef, row: usize) -> String {
        match is_shown(self.schema, name) {
            true => format!("expected {}, found {}", shown(wanted, row), shown(found, row)),
            false => "another value than expected".to_owned(),
        }
    }
}

/// Most characters of a value in a message.
const LONGEST: usize = 60;

fn shown(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "no value".to_owned();
    }
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(array, &options)
        .map_or_else(|_| "a value".to_owned(), |formatter| formatter.value(row).to_string());
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    };
    if *array.data_type() == DataType::Utf8 { format!("{text:?}") } else { text }
}
