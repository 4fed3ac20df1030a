//! [`Rows`]: rows with where they come from, for messages.

use std::path::PathBuf;

use arrow::array::RecordBatch;

use crate::error::Error;

/// Rows of a split or of a request.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Where the dataset stands.
    pub path: PathBuf,
    /// The split's name.
    pub split: String,
    /// The rows.
    pub batch: RecordBatch,
}

impl Rows {
    /// Rows that stand in no dataset.
    pub fn of_request(batch: RecordBatch) -> Self {
        Self { path: "request".into(), split: "rows".into(), batch }
    }

    /// A value that no network can use.
    pub(super) fn value_error(&self, column: &str, row: usize, what: &str) -> Error {
        Error::Value {
            path: self.path.clone(),
            split: self.split.clone(),
            column: column.to_owned(),
            row,
            what: what.to_owned(),
        }
    }
}
