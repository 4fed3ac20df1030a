//! The rows in quarantine, for people to look at.
//!
//! On disk: the output `quarantine`, one Parquet file: `split`, `row_key`, `rule` (the key of
//! a promise, or the name of a rule), `column` (null of a rule) and `value` (as text; null of
//! a rule, of what is missing and of `personal` columns). Invariant: a line a row and
//! promise that it breaks, sorted by split, row, rule and column; no row is in `data` too.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_protocol::contract::Contract;
use ingot_tables::dataset::{DatasetError, Role, row_key};
use ingot_tables::parquet_file::{self, ParquetFileError};
use ingot_tables::source::Table;

use super::super::contract::role;
use super::Quarantine;

/// The file that is being written.
pub(in crate::validate) struct QuarantineFile {
    file: parquet_file::Writer,
    schema: Arc<Schema>,
}

impl QuarantineFile {
    /// Begins the file.
    pub(in crate::validate) fn create(path: &Path) -> Result<Self, Failure> {
        let schema = Arc::new(Schema::new(vec![
            Field::new("split", DataType::Utf8, false),
            row_key::field(),
            Field::new("rule", DataType::Utf8, false),
            Field::new("column", DataType::Utf8, true),
            Field::new("value", DataType::Utf8, true),
        ]));
        let file = parquet_file::Writer::create(path, Arc::clone(&schema)).map_err(refused)?;
        Ok(Self { file, schema })
    }

    /// What is taken out of rows of a split, which have their keys; the first of them stands
    /// at `first` of the table, and `table` is what the source has of them.
    pub(in crate::validate) fn write(
        &mut self,
        (split, first): (&str, usize),
        rows: &RecordBatch,
        quarantine: &Quarantine,
        (contract, table): (&Contract, &Table),
    ) -> Result<(), Failure> {
        let mut lines: Vec<(usize, &str, Option<&str>)> = Vec::new();
        let range = first as u64..(first + rows.num_rows()) as u64;
        for taken in &quarantine.taken {
            if taken.rows.range_cardinality(range.clone()) == 0 {
                continue;
            }
            let here = (0..rows.num_rows()).filter(|row| taken.rows.contains((first + row) as u64));
            lines.extend(here.map(|row| (row, taken.rule.as_str(), taken.column.as_deref())));
        }
        if lines.is_empty() {
            return Ok(());
        }
        lines.sort_unstable();
        let wrong = |error: arrow::error::ArrowError| Failure::new("D0312", error.to_string());
        let keys = row_key::read(rows).ok_or_else(|| Failure::new("D0312", "rows have no keys"))?;
        let places = lines.iter().map(|(row, ..)| *row as u64);
        let keys = take(&keys, &UInt64Array::from_iter_values(places), None).map_err(wrong)?;
        let values = lines.iter().map(|(row, _, column)| value(contract, table, (*column)?, *row));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(split, lines.len()))),
            keys,
            Arc::new(StringArray::from_iter_values(lines.iter().map(|(_, rule, _)| *rule))),
            Arc::new(lines.iter().map(|(_, _, column)| *column).collect::<StringArray>()),
            Arc::new(values.collect::<StringArray>()),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(wrong)?;
        self.file.write(&batch).map_err(refused)
    }

    /// Makes the file whole.
    pub(in crate::validate) fn finish(self) -> Result<(), Failure> {
        self.file.finish().map_err(refused)
    }
}

/// A cell as the source has it; never one of a personal column.
fn value(contract: &Contract, table: &Table, column: &str, row: usize) -> Option<String> {
    if contract.columns.get(column).is_some_and(|promises| role(promises) == Role::Personal) {
        return None;
    }
    table.columns.iter().find(|found| found.name == column)?.cells.text(row)
}

fn refused(error: ParquetFileError) -> Failure {
    DatasetError::from(error).into()
}
