//! A file of rows in quarantine, counted: how many lines each promise of a split has.
//!
//! `validate` writes it (docs/reference/contract.md); here it is only looked at.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray};

use crate::dataset::DatasetError;
use crate::parquet_file;

/// Split, promise or rule, and column, which a rule lacks -> its number of lines.
pub(crate) type Counts = BTreeMap<(String, String, Option<String>), u64>;

/// Counts the lines of a file; columns that it does not have are read as empty.
pub(crate) fn count(path: &Path) -> Result<Counts, DatasetError> {
    let rows =
        parquet_file::read_columns(path, &|name| ["split", "rule", "column"].contains(&name))?;
    let text = |name: &str, row: usize| {
        let column = rows.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row).to_owned())
    };
    let mut counts = Counts::new();
    for row in 0..rows.num_rows() {
        let [split, rule] = ["split", "rule"].map(|name| text(name, row).unwrap_or_default());
        *counts.entry((split, rule, text("column", row))).or_default() += 1;
    }
    Ok(counts)
}
