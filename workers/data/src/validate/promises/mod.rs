//! The promises of a column: one a file, judged in the order of [`PROMISES`]. Pure.
//!
//! Invariant: a promise is judged on typed values, a chunk of rows after the other, and what
//! it says is the same however the rows are cut. It decides nothing: which rows are taken out
//! is [`ColumnFindings`]'s business.

mod bounds;
mod length;
mod missing;
mod monotonic;
mod newest;
mod pattern;
mod references;
mod row_wise;
pub(super) mod set;
mod unique;

pub(crate) use newest::moment;

use arrow::array::ArrayRef;
use ingot_protocol::Failure;
use ingot_protocol::contract::ColumnPromises;
use ingot_tables::dataset::DataType;
use ingot_tables::source::Cells;

use super::breaches::ColumnFindings;
use super::others::Others;
use super::tally::At;

/// What judges a promise.
pub(super) trait Promise: Send {
    /// Takes in the next rows.
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure>;

    /// Whether all rows have to be seen again before anything can be told.
    fn asks_again(&mut self) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Takes in the next rows of those that are seen again.
    fn again(&mut self, _values: &Values<'_>) {}

    /// Says what was broken.
    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>);
}

/// A column of which something is promised.
pub(super) struct Promising<'a> {
    pub(super) promises: &'a ColumnPromises,
    pub(super) data_type: DataType,
    pub(super) others: &'a Others,
}

/// Values of a column.
pub(super) struct Values<'a> {
    pub(super) array: &'a ArrayRef, // (rows)
    /// Rows whose cell is there and not of the type, sorted.
    pub(super) misfits: &'a [usize],
    /// Rows without a value, sorted.
    pub(super) nulls: &'a [usize],
    /// What the source has; nothing of it may be told of a `personal` column.
    pub(super) cells: Option<&'a Cells>,
    pub(super) at: At<'a>,
}

impl Values<'_> {
    /// A cell as the source has it, where it may be told.
    pub(super) fn text(&self, row: usize) -> Option<String> {
        self.cells?.text(row)
    }
}

/// What the promises of one key become; of most columns nothing.
type Judges<'a> = Vec<Box<dyn Promise + 'a>>;

/// What makes the judges of one key.
type Maker = for<'a> fn(&Promising<'a>) -> Result<Judges<'a>, Failure>;

/// Every promise that is judged on values.
const PROMISES: [Maker; 9] = [
    missing::of,
    bounds::of,
    set::of,
    pattern::of,
    length::of,
    unique::of,
    monotonic::of,
    newest::of,
    references::of,
];

/// What judges the promises of a column.
pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let mut all = Vec::new();
    for promise in PROMISES {
        all.extend(promise(column)?);
    }
    Ok(all)
}
