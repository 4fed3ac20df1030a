//! The keys of a split's rows, and rows that are there twice.

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::{RowKeys, Schema, row_key};
use ingot_tables::source::Places;

/// Most rows that a finding names.
const EXAMPLES: usize = 5;

/// The rows with their keys, and those of them that repeat an earlier one.
pub(super) fn keyed(
    schema: &Schema,
    rows: &RecordBatch,
) -> Result<(RecordBatch, Vec<usize>), Failure> {
    let wrong = |error: arrow::error::ArrowError| Failure::new("D0312", error.to_string());
    let keys = RowKeys::of(schema).next(rows).map_err(wrong)?;
    let values = RowKeys::of_values(schema).next(rows).map_err(wrong)?;
    let mut seen = std::collections::HashSet::with_capacity(values.len());
    let repeats = (0..values.len()).filter(|&row| !seen.insert(values.value(row))).collect();
    let keyed = row_key::with_keys(rows, std::sync::Arc::new(keys)).map_err(wrong)?;
    Ok((keyed, repeats))
}

/// What is said of rows that repeat an earlier one of their split; the split's first row
/// stands at `first` of the table.
pub(super) fn repeated(repeats: &[usize], first: usize, places: &Places) -> Option<Finding> {
    let place = places.of(first + repeats.first()?);
    let place = place.map(|place| format!(", such as {place}")).unwrap_or_default();
    let (count, rows) =
        (repeats.len(), if repeats.len() == 1 { "row repeats" } else { "rows repeat" });
    Some(Finding {
        severity: Severity::Info,
        code: "D0323".to_owned(),
        message: format!("{count} {rows} an earlier one{place}"),
        column: None,
        metric: None,
        rows: Some(count as u64),
        examples: repeats.iter().take(EXAMPLES).map(|row| (first + row) as u64).collect(),
    })
}
