//! `order`: rows that stand in the order of their labels.
//!
//! No model sees the order, so it is a warning: whoever cuts such rows by position, or learns
//! from them in batches as they stand, gets other classes in each part.

use ingot_protocol::{Failure, Severity};

use super::label::{self, Cells, said};
use super::table::Table;
use super::{Check, Leak};
use crate::thresholds::Thresholds;

pub(super) const CHECK: Check = Check { name: "order", params: || None, find };

/// How much of the label the order says.
const THRESHOLD: f64 = 0.9;

fn find(table: &Table, _: &Thresholds) -> Result<Vec<Leak>, Failure> {
    let (Some(train), Some((labels, known))) = (table.train(), label::of(table)?) else {
        return Ok(Vec::new());
    };
    let halves: Vec<bool> = train.clone().map(|row| table.key(row)[0] & 1 == 1).collect();
    let cells = Cells::of_numbers((0..train.len()).map(|row| row as f64).collect());
    let share = said(&cells, &labels, &known, &halves).unwrap_or_default();
    let message = format!(
        "the rows of `train` stand in the order of their labels: a row's number says {:.1} % of \
         them beyond the most frequent one; shuffle them where somebody cuts by position",
        share * 100.0
    );
    let leak =
        Leak { code: "D1803", severity: Severity::Warning, column: None, message, rows: None };
    Ok(Vec::from_iter((share >= THRESHOLD).then_some(leak)))
}
