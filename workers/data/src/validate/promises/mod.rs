//! The promises of a column: one a file, judged in the order of [`PROMISES`]. Pure.
//!
//! Invariant: a promise is judged on typed values, in one pass over all rows. It says what
//! breaks it, and decides nothing: which rows are taken out is [`Breaches`]'s business.

mod bounds;
mod length;
mod missing;
mod monotonic;
mod newest;
mod pattern;
mod references;
pub(super) mod set;
mod unique;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_protocol::Failure;
use ingot_protocol::contract::ColumnPromises;
use ingot_tables::dataset::DataType;
use ingot_tables::source::typed::Key;

use super::breaches::Breaches;
use super::others::Others;
use super::splits::Splits;

/// A column whose promises are judged.
pub(super) struct Judged<'a> {
    pub(super) promises: &'a ColumnPromises,
    pub(super) data_type: DataType,
    pub(super) array: &'a ArrayRef, // (rows)
    /// Rows whose cell is there and not of the type, sorted.
    pub(super) misfits: &'a [usize],
    /// Rows without a value, sorted.
    pub(super) nulls: &'a [usize],
    pub(super) splits: &'a Splits,
    pub(super) others: &'a Others,
}

type Promise = fn(&Judged<'_>, &mut Breaches<'_>) -> Result<(), Failure>;

/// Every promise that is judged on values.
const PROMISES: [Promise; 9] = [
    missing::judge,
    bounds::judge,
    set::judge,
    pattern::judge,
    length::judge,
    unique::judge,
    monotonic::judge,
    newest::judge,
    references::judge,
];

/// Judges every promise of a column.
pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    PROMISES.iter().try_for_each(|promise| promise(column, told))
}

impl<'a> Judged<'a> {
    /// The rows whose value is there and breaks something.
    fn rows(&self, broken: impl FnMut(Key<'a>) -> bool) -> Vec<usize> {
        let array = self.array;
        match array.data_type() {
            ArrowType::Int64 => {
                let values = array.as_primitive::<Int64Type>().iter();
                breaking(values.map(|value| value.map(Key::Whole)), broken)
            }
            ArrowType::Float64 => {
                let values = array.as_primitive::<Float64Type>().iter();
                breaking(values.map(|value| value.map(Key::float)), broken)
            }
            ArrowType::Boolean => {
                let values = array.as_boolean().iter();
                breaking(values.map(|value| value.map(Key::Truth)), broken)
            }
            ArrowType::Utf8 => {
                let values = array.as_string::<i32>().iter();
                breaking(values.map(|value| value.map(Key::Text)), broken)
            }
            _ => Vec::new(),
        }
    }

    /// The same of text.
    fn texts(&self, mut broken: impl FnMut(&str) -> bool) -> Vec<usize> {
        self.rows(|value| matches!(value, Key::Text(text) if broken(text)))
    }
}

fn breaking<'a>(
    values: impl Iterator<Item = Option<Key<'a>>>,
    mut broken: impl FnMut(Key<'a>) -> bool,
) -> Vec<usize> {
    let rows = values.enumerate().filter(|(_, value)| value.is_some_and(&mut broken));
    rows.map(|(row, _)| row).collect()
}
