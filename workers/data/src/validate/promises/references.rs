//! `references`: each value is one of a column of another table. What is missing refers to
//! nothing.

use arrow::array::Array;
use ingot_protocol::Failure;
use ingot_tables::source::Cells;
use ingot_tables::source::typed::{Keys, key, typed};

use super::super::breaches::Terms;
use super::row_wise::RowWise;
use super::{Judges, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let Some(reference) = &column.promises.references else { return Ok(Vec::new()) };
    let other = column.others.column(&reference.value)?;
    // Values are the same where they are in the type of this column.
    let other = typed(&Cells::Typed(other), column.data_type, true).array;
    let mut there = Keys::default();
    for value in (0..other.len()).filter_map(|row| key(&other, row)) {
        there.insert(value);
    }
    let what = format!("not in `{}`", reference.value);
    let promise = ("references", Terms::of(Some(reference), column.promises));
    Ok(vec![RowWise::boxed(promise, ("D0329", what), move |value| !there.contains(value))])
}
