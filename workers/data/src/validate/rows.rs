//! The keys of rows, and rows that are there twice.
//!
//! Invariant: the keys are those of [`RowKeys`]. Equal rows are counted of those alone whose
//! hashes came twice: what is held does not grow with the table, but with what it repeats.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::{RowKeys, Schema, row_key};

use super::repeats::{Hashes, of_rows};
use super::tally::{At, Tally};

/// The hashes of all rows.
pub(super) struct Equals {
    keys: RowKeys,
    values: RowKeys,
    of_keys: Hashes,
    /// Nothing where both are over the same columns.
    of_values: Option<Hashes>,
}

/// Hashes of rows that may equal another one.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeated {
    keys: HashSet<u64>,
    values: HashSet<u64>,
}

impl Equals {
    pub(super) fn new(schema: &Schema) -> Self {
        let (keys, values) = (RowKeys::of(schema), RowKeys::of_values(schema));
        let of_values = (!keys.is_over(&values)).then(Hashes::default);
        Self { keys, values, of_keys: Hashes::default(), of_values }
    }

    /// Takes in the next rows.
    pub(super) fn take(&mut self, rows: &RecordBatch) -> Result<(), Failure> {
        self.of_keys.extend(hashes(&self.keys, rows).into_iter())?;
        match &mut self.of_values {
            Some(of_values) => of_values.extend(hashes(&self.values, rows).into_iter()),
            None => Ok(()),
        }
    }

    /// What came twice.
    pub(super) fn repeated(self) -> Result<Repeated, Failure> {
        let keys = self.of_keys.repeated()?;
        let values = match self.of_values {
            Some(of_values) => of_values.repeated()?,
            None => keys.clone(),
        };
        Ok(Repeated { keys, values })
    }
}

/// Gives the rows of one split their keys.
pub(super) struct Keyed<'a> {
    repeated: &'a Repeated,
    keys: RowKeys,
    values: RowKeys,
    seen: HashSet<row_key::RowKey>,
    /// Rows that repeat an earlier one.
    repeats: Tally,
    /// Those of the last rows that may equal another one, and what they hold.
    pub(super) may: Vec<(usize, row_key::RowKey)>,
}

impl<'a> Keyed<'a> {
    pub(super) fn new(schema: &Schema, repeated: &'a Repeated) -> Self {
        Self {
            repeated,
            keys: RowKeys::of(schema),
            values: RowKeys::of_values(schema),
            seen: HashSet::new(),
            repeats: Tally::default(),
            may: Vec::new(),
        }
    }

    /// The next rows with their keys.
    pub(super) fn take(&mut self, rows: &RecordBatch, at: At<'_>) -> Result<RecordBatch, Failure> {
        let wrong = |error: arrow::error::ArrowError| Failure::new("D0312", error.to_string());
        let may = may_repeat(&self.repeated.keys, &self.keys, rows);
        let keys = self.keys.next_of(rows, &|row| may.get(row) == Some(&true)).map_err(wrong)?;
        let may = may_repeat(&self.repeated.values, &self.values, rows);
        let mut repeats = Vec::new();
        self.may.clear();
        for row in may.iter().enumerate().filter(|(_, may)| **may).map(|(row, _)| row) {
            let value = self.values.next(&rows.slice(row, 1)).map_err(wrong)?;
            let value = row_key::RowKey::try_from(value.value(0)).unwrap_or_default();
            self.may.push((row, value));
            if !self.seen.insert(value) {
                repeats.push(row);
            }
        }
        self.repeats.add(at, &repeats, |_| None);
        row_key::with_keys(rows, Arc::new(keys)).map_err(wrong)
    }

    /// How many rows repeat an earlier one, and what is said of them.
    pub(super) fn finish(self) -> (u64, Option<Finding>) {
        let found = self.repeats.all();
        let count = found.rows;
        if count == 0 {
            return (0, None);
        }
        let place = found.shown.place.map(|place| format!(", such as {place}"));
        let place = place.unwrap_or_default();
        let rows = if count == 1 { "row repeats" } else { "rows repeat" };
        let finding = Finding {
            severity: Severity::Info,
            code: "D0323".to_owned(),
            message: format!("{count} {rows} an earlier one{place}"),
            column: None,
            metric: None,
            rows: Some(count),
            examples: found.examples,
        };
        (count, Some(finding))
    }
}

/// The rows whose hash came twice; empty where none did.
fn may_repeat(repeated: &HashSet<u64>, keys: &RowKeys, rows: &RecordBatch) -> Vec<bool> {
    if repeated.is_empty() {
        return Vec::new();
    }
    hashes(keys, rows).iter().map(|hash| repeated.contains(hash)).collect()
}

fn hashes(keys: &RowKeys, rows: &RecordBatch) -> Vec<u64> {
    let arrays = row_key::by_name(rows);
    let columns: Vec<&ArrayRef> =
        keys.columns().filter_map(|name| arrays.get(name).copied()).collect();
    of_rows(&columns, rows.num_rows())
}
