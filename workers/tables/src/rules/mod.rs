//! Rules of contracts on rows: which of them break a condition.
//!
//! Pure. A condition ([`ingot_protocol::contract::sql`]) is computed by Arrow kernels, a
//! slice of rows after the other, so that memory is bounded by a slice. Semantics are
//! those of SQL: a row breaks a rule where its condition is false, and keeps it where the
//! condition is null. Invariant: nothing depends on how the rows are cut into slices, nor
//! on what is not asked: of `and`, `or`, `case` and `coalesce` the parts are taken from
//! left to right, and what a part that is not needed cannot compute is no fault.
//!
//! Whole numbers are of 64 bits, and one that leaves them is a fault of its row, as is a
//! division of whole numbers by zero; division cuts off the fraction. A whole number
//! beside a float becomes the nearest float. Floats follow IEEE 754 in arithmetic
//! (`1.0 / 0` is infinite); where they are compared, both zeros are one value, NaN is
//! equal to itself and above every number, as in PostgreSQL. Texts are compared by their
//! bytes. These are DataFusion's answers too, save for zeros (it has `-0.0` below `0.0`).

mod aggregate;
mod arithmetic;
mod cast;
mod evaluate;
mod function;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::sql::{Aggregate, Condition, Expression, Known, Selection, Type};
use thiserror::Error;

use crate::dataset::DataType;
use aggregate::Accumulator;
use evaluate::Rows;
use value::Value;

pub use value::Fault;

/// Rows of a slice.
const SLICE: usize = 1 << 16;

/// What a table is under a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// Rows for which the condition is false, sorted; none of a rule about the table.
    pub broken: Vec<usize>,
    /// Whether a rule about the table is broken.
    pub is_broken: bool,
    /// What could not be computed.
    pub faults: Vec<FaultAt>,
}

/// A value that could not be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultAt {
    /// The port of the table, where it is not the rule's own.
    pub table: Option<String>,
    /// The row, where it is one of a row and not of a sum over them.
    pub row: Option<usize>,
    /// Why.
    pub fault: Fault,
}

/// A condition that cannot be judged.
#[derive(Debug, Error)]
pub enum RuleError {
    /// Its parts were not checked against the types of the columns.
    #[error("`{what}` cannot be computed from {types}")]
    Types {
        /// The operation.
        what: &'static str,
        /// Of what it was asked.
        types: String,
    },
    /// A column that the table does not have.
    #[error("there is no column `{0}`")]
    Column(String),
    /// A table that stands on no port.
    #[error("there is no table `{0}`")]
    Table(String),
    /// A kernel refused.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// What is known of a column of a type, for [`Condition::check`].
pub fn known(data_type: DataType) -> Known {
    match data_type {
        DataType::Int64 => Known::Type(Type::Int64),
        DataType::Float64 => Known::Type(Type::Float64),
        DataType::Bool => Known::Type(Type::Bool),
        DataType::Utf8 => Known::Type(Type::Utf8),
        other @ (DataType::Binary | DataType::Date | DataType::Timestamp) => {
            Known::Other(other.name())
        }
    }
}

/// Judges a condition that was checked on the rows of a table. Tables that it selects
/// from are found in `others`, by port.
///
/// Sums of whole numbers are exact; sums and means of floats run in the order of the rows.
///
/// ```
/// # use std::{collections::BTreeMap, sync::Arc};
/// # use arrow::array::{ArrayRef, Int64Array};
/// # use arrow::record_batch::RecordBatch;
/// # use ingot_protocol::contract::sql::Condition;
/// # use ingot_tables::rules::judge;
/// let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(3), None, Some(-1)]));
/// let rows = RecordBatch::try_from_iter([("a", column)])?;
/// let Ok(condition) = Condition::read("6 / a >= 0") else { panic!() };
/// let judged = judge(&condition, &rows, &BTreeMap::new())?;
/// assert_eq!(judged.broken, [3]);
/// assert_eq!(judged.faults[0].row, Some(0)); // divided by zero
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge(
    condition: &Condition,
    rows: &RecordBatch,
    others: &BTreeMap<String, RecordBatch>,
) -> Result<Judged, RuleError> {
    let mut judge = Judge::new(condition, others)?;
    let mut judged = judge.take(rows, 0)?;
    let last = judge.finish()?;
    judged.is_broken = last.is_broken;
    judged.faults.extend(last.faults);
    Ok(judged)
}

/// The same as rows are come upon.
pub struct Judge<'a> {
    condition: &'a Condition,
    selections: Vec<Value>,
    accumulators: Vec<Accumulator>,
    /// What the other tables could not give.
    faults: Vec<FaultAt>,
    /// Whether a value is none, of which nothing is said.
    is_faulty: bool,
}

impl<'a> Judge<'a> {
    /// Selects from the other tables what the condition asks of them.
    pub fn new(
        condition: &'a Condition,
        others: &BTreeMap<String, RecordBatch>,
    ) -> Result<Self, RuleError> {
        let mut faults = Vec::new();
        let mut selections = Vec::with_capacity(condition.selections.len());
        for selection in &condition.selections {
            selections.push(selected(selection, others, &mut faults)?);
        }
        let accumulators = condition.aggregates.iter().map(Accumulator::new).collect();
        let is_faulty = !faults.is_empty();
        Ok(Self { condition, selections, accumulators, faults, is_faulty })
    }

    /// Judges the next rows, of which the first has this number; what a rule says of the
    /// table is known at the end.
    pub fn take(&mut self, rows: &RecordBatch, first: usize) -> Result<Judged, RuleError> {
        let mut judged = Judged::default();
        if self.condition.is_of_table() {
            for (aggregate, accumulator) in
                self.condition.aggregates.iter().zip(&mut self.accumulators)
            {
                accumulate((aggregate, accumulator), rows, &self.selections, |row, fault| {
                    judged.faults.push(FaultAt { table: None, row: Some(first + row), fault });
                })?;
            }
            self.is_faulty |= !judged.faults.is_empty();
            return Ok(judged);
        }
        if self.is_faulty {
            return Ok(judged);
        }
        for (start, slice) in slices(rows) {
            let scope = Rows { rows: &slice, aggregates: &[], selections: &self.selections };
            let answer = scope.evaluate(&self.condition.expression)?.expanded(slice.num_rows())?;
            let truths = answer.values.as_boolean_opt().ok_or_else(|| answer.wrong("a rule"))?;
            let start = first + start;
            // Most slices break nothing, and a count of bits says so.
            if truths.false_count() > 0 {
                let broken = (0..slice.num_rows()).filter(|&row| {
                    truths.is_valid(row) && !truths.value(row) && !answer.faults.holds(row)
                });
                judged.broken.extend(broken.map(|row| start + row));
            }
            judged.faults.extend(answer.faults.iter().map(|(row, fault)| FaultAt {
                table: None,
                row: Some(start + row),
                fault,
            }));
        }
        Ok(judged)
    }

    /// What is said of the table, and what could not be computed of the other ones.
    pub fn finish(mut self) -> Result<Judged, RuleError> {
        let mut judged = Judged { faults: std::mem::take(&mut self.faults), ..Judged::default() };
        if !self.condition.is_of_table() {
            return Ok(judged);
        }
        let values: Vec<Value> = self.accumulators.into_iter().map(Accumulator::value).collect();
        let faults = values.iter().filter_map(|value| value.faults.first());
        let faults = faults.map(|(_, fault)| FaultAt { table: None, row: None, fault });
        judged.faults.extend(faults);
        if self.is_faulty || !judged.faults.is_empty() {
            return Ok(judged);
        }
        let answer = alone(&self.condition.expression, &values, &self.selections)?;
        let fault = answer.faults.first();
        judged.is_broken = fault.is_none() && answer.truth(0)? == Some(false);
        judged.faults.extend(fault.map(|(_, fault)| FaultAt { table: None, row: None, fault }));
        Ok(judged)
    }
}

/// The value of a selection of another table, for each row the same.
fn selected(
    selection: &Selection,
    others: &BTreeMap<String, RecordBatch>,
    faults: &mut Vec<FaultAt>,
) -> Result<Value, RuleError> {
    let table = Some(selection.table.as_str());
    let rows = others.get(&selection.table);
    let rows = rows.ok_or_else(|| RuleError::Table(selection.table.clone()))?;
    let counted = match &selection.filter {
        None => rows.clone(),
        Some(filter) => {
            let scope = Rows { rows, aggregates: &[], selections: &[] };
            let answer = scope.evaluate(filter)?.expanded(rows.num_rows())?;
            faults.extend(answer.faults.iter().map(|(row, fault)| FaultAt {
                table: table.map(str::to_owned),
                row: Some(row),
                fault,
            }));
            let truths = answer.values.as_boolean_opt().ok_or_else(|| answer.wrong("where"))?;
            filter_record_batch(rows, truths)?
        }
    };
    let mut aggregates = Vec::with_capacity(selection.aggregates.len());
    for aggregate in &selection.aggregates {
        let mut accumulator = Accumulator::new(aggregate);
        accumulate((aggregate, &mut accumulator), &counted, &[], |row, fault| {
            faults.push(FaultAt { table: table.map(str::to_owned), row: Some(row), fault });
        })?;
        let value = accumulator.value();
        faults.extend(value.faults.first().map(|(_, fault)| FaultAt {
            table: table.map(str::to_owned),
            row: None,
            fault,
        }));
        aggregates.push(value);
    }
    let answer = alone(&selection.expression, &aggregates, &[])?;
    let fault = answer.faults.first();
    let table = table.map(str::to_owned);
    faults.extend(fault.map(|(_, fault)| FaultAt { table, row: None, fault }));
    Ok(answer)
}

/// Takes rows into an aggregate; a value of a row that could not be computed is told.
fn accumulate(
    (aggregate, accumulator): (&Aggregate, &mut Accumulator),
    rows: &RecordBatch,
    selections: &[Value],
    mut told: impl FnMut(usize, Fault),
) -> Result<(), RuleError> {
    for (first, slice) in slices(rows) {
        let Some(argument) = &aggregate.argument else {
            accumulator.rows(slice.num_rows());
            continue;
        };
        let scope = Rows { rows: &slice, aggregates: &[], selections };
        let value = scope.evaluate(argument)?.expanded(slice.num_rows())?;
        value.faults.iter().for_each(|(row, fault)| told(first + row, fault));
        accumulator.take(&value)?;
    }
    Ok(())
}

/// An expression of aggregates alone.
fn alone(
    expression: &Expression,
    aggregates: &[Value],
    selections: &[Value],
) -> Result<Value, RuleError> {
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    Rows { rows: &none, aggregates, selections }.evaluate(expression)
}

/// The rows in slices, with the number of the first of each.
fn slices(rows: &RecordBatch) -> impl Iterator<Item = (usize, RecordBatch)> + '_ {
    let count = rows.num_rows();
    (0..count).step_by(SLICE).map(move |first| (first, rows.slice(first, SLICE.min(count - first))))
}

#[cfg(test)]
mod tests;
