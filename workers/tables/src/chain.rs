//! [`Chain`]: the rows of a split's files, one file behind the other, a batch at a time.
//!
//! Invariant: one file is open at a time, and what is held is a row group of it at the most.
//! What the columns must be is the business of who asks.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow::record_batch::RecordBatch;

use crate::parquet_file::{ParquetFileError, Reader};

/// The batches of files, each with the file that it comes from.
pub(crate) struct Chain {
    columns: BTreeSet<String>,
    rows: usize,
    /// The files to come, the next one last.
    files: Vec<PathBuf>,
    open: Option<(PathBuf, Reader)>,
}

impl Chain {
    /// Opens the first file. Of each are read the columns of these names, `rows` rows at a
    /// time; the last batch of a file may be shorter.
    pub(crate) fn open(
        mut files: Vec<PathBuf>,
        rows: usize,
        columns: BTreeSet<String>,
    ) -> Result<Self, ParquetFileError> {
        files.reverse();
        let mut chain = Self { columns, rows, files, open: None };
        chain.advance()?;
        Ok(chain)
    }

    /// Opens the next file; says whether there is one.
    fn advance(&mut self) -> Result<bool, ParquetFileError> {
        self.open = None;
        let Some(file) = self.files.pop() else { return Ok(false) };
        let reader = Reader::open_columns(&file, self.rows, &|name| self.columns.contains(name))?;
        self.open = Some((file, reader));
        Ok(true)
    }
}

impl Iterator for Chain {
    type Item = Result<(PathBuf, RecordBatch), ParquetFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (file, reader) = self.open.as_mut()?;
            if let Some(batch) = reader.next() {
                return Some(batch.map(|batch| (file.clone(), batch)));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
