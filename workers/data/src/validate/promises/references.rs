//! `references`: each value is one of a column of another table. What is missing refers to
//! nothing.

use std::collections::HashSet;

use arrow::array::Array;
use ingot_protocol::Failure;
use ingot_tables::source::Cells;
use ingot_tables::source::typed::{key, typed};

use super::super::breaches::{Breaches, Terms};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let Some(promise) = &column.promises.references else { return Ok(()) };
    let other = column.others.column(&promise.value)?;
    // Values are the same where they are in the type of this column.
    let other = typed(&Cells::Typed(other), column.data_type, true).array;
    let there: HashSet<_> = (0..other.len()).filter_map(|row| key(&other, row)).collect();
    let missing = column.rows(|value| !there.contains(&value));
    let what = format!("not in `{}`", promise.value);
    let terms = Terms::of(Some(promise), column.promises);
    told.broken("references", terms, ("D0329", &what), &missing);
    Ok(())
}
