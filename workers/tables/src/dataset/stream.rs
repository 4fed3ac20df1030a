//! A dataset's rows a batch at a time, read and written.
//!
//! Invariant: what is held at once is a row group at the most, and the bytes written
//! are those of [`super::write`], however the rows were dealt out to batches.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use super::{Dataset, DatasetError, SCHEMA_FILE, Schema, arrange};
use crate::shards::{self, DATA_FOLDER};
use crate::{json, parquet_file};

/// The rows of one split, their columns in the schema's order and of its types.
pub struct Batches {
    schema: Schema,
    rows: usize,
    /// The files to come, the next one last.
    files: Vec<PathBuf>,
    open: Option<(PathBuf, parquet_file::Reader)>,
}

impl Dataset {
    /// The rows of a split, `rows` at a time; the last batch of a file may be shorter.
    pub fn batches(&self, split: &str, rows: usize) -> Result<Batches, DatasetError> {
        let mut files = self.files(split)?;
        self.check_columns(&files)?;
        files.reverse();
        let mut batches = Batches { schema: self.schema.clone(), rows, files, open: None };
        batches.advance()?;
        Ok(batches)
    }
}

impl Batches {
    /// Opens the next file; says whether there is one.
    fn advance(&mut self) -> Result<bool, DatasetError> {
        self.open = None;
        let Some(file) = self.files.pop() else { return Ok(false) };
        let wanted = |name: &str| self.schema.column(name).is_some();
        let batches = parquet_file::Reader::open_columns(&file, self.rows, &wanted)?;
        self.open = Some((file, batches));
        Ok(true)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (file, batches) = self.open.as_mut()?;
            if let Some(batch) = batches.next() {
                let batch = batch.map_err(DatasetError::from);
                return Some(batch.and_then(|batch| arrange(file, &self.schema, &batch)));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A dataset folder that is being written: its schema stands, its splits are to come.
#[derive(Debug, Clone)]
pub struct Writer {
    root: PathBuf,
    schema: Schema,
}

impl Writer {
    /// Makes the folder and its `dataset.json`.
    pub fn begin(path: &Path, schema: &Schema) -> Result<Self, DatasetError> {
        let file = path.join(SCHEMA_FILE);
        schema.check(&file)?;
        let data = path.join(DATA_FOLDER);
        fs::create_dir_all(&data).map_err(|source| DatasetError::Io { path: data, source })?;
        json::write(&file, schema).map_err(|source| DatasetError::Io { path: file, source })?;
        Ok(Self { root: path.to_owned(), schema: schema.clone() })
    }

    /// Begins a split. Several may be written at the same time.
    pub fn split(&self, split: &str) -> Result<SplitWriter, DatasetError> {
        let file = shards::only(&self.root, split)?;
        let rows = parquet_file::Writer::create(&file, Arc::new(self.schema.arrow()))?;
        Ok(SplitWriter { file, schema: self.schema.clone(), rows })
    }
}

/// One split that is being written.
pub struct SplitWriter {
    file: PathBuf,
    schema: Schema,
    rows: parquet_file::Writer,
}

impl SplitWriter {
    /// Adds rows. The batch holds the schema's columns, in any order; further ones are
    /// left out.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), DatasetError> {
        Ok(self.rows.write(&arrange(&self.file, &self.schema, batch)?)?)
    }

    /// Makes the split whole.
    pub fn finish(self) -> Result<(), DatasetError> {
        Ok(self.rows.finish()?)
    }
}
