//! Predictions as record batches, a split and a batch at a time, read and written.
//!
//! Invariant: what comes out and what is let in has the columns of the artifact and a
//! probability for every class; what is held at once is a row group at the most.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::{About, DATA_FOLDER, PredictionsError, SplitPredictions, columns};
use super::{about_file, read_about, split_file};
use crate::{json, parquet_file, regular};

/// The text of `predictions.json`, checked.
pub fn about_text(path: &Path) -> Result<String, PredictionsError> {
    read_about(path)?;
    let file = about_file(path);
    regular::text(&file).map_err(|source| PredictionsError::Io { path: file, source })
}

/// The rows of a split, `rows` at a time; the last batch may be shorter.
pub fn batches(path: &Path, split: &str, rows: usize) -> Result<Batches, PredictionsError> {
    let about = read_about(path)?;
    let file = split_file(path, split)?;
    if !file.is_file() {
        return Err(PredictionsError::NoSplit {
            path: path.to_owned(),
            split: split.to_owned(),
            found: super::splits(path)?,
        });
    }
    let file = super::place(path, split)?;
    let batches = parquet_file::Reader::open_columns(&file, rows, &columns::is_one)?;
    let classes = about.classes.len();
    // A split without rows has no batch that would tell what its columns lack.
    columns::checked(&file, classes, &RecordBatch::new_empty(batches.schema().clone()))?;
    Ok(Batches { file, classes, batches })
}

/// The rows of one split.
pub struct Batches {
    file: PathBuf,
    classes: usize,
    batches: parquet_file::Reader,
}

impl Batches {
    /// The columns and their types.
    pub fn schema(&self) -> &SchemaRef {
        self.batches.schema()
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, PredictionsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batches.next()?.map_err(PredictionsError::from);
        Some(batch.and_then(|batch| columns::checked(&self.file, self.classes, &batch)))
    }
}

/// A predictions folder that is being written: its splits are to come.
#[derive(Debug, Clone)]
pub struct Writer {
    root: PathBuf,
    classes: usize,
}

impl Writer {
    /// Makes the folder and its `predictions.json`, whose text is given.
    pub fn begin(path: &Path, about: &str) -> Result<Self, PredictionsError> {
        let file = about_file(path);
        let about: About = serde_json::from_str(about).map_err(|error| {
            PredictionsError::NotPredictions { path: file.clone(), source: error.into() }
        })?;
        Self::begin_checked(path, &about.of_this_version(&file)?)
    }

    pub(super) fn begin_checked(path: &Path, about: &About) -> Result<Self, PredictionsError> {
        let data = path.join(DATA_FOLDER);
        fs::create_dir_all(&data).map_err(|source| PredictionsError::Io { path: data, source })?;
        let file = about_file(path);
        json::write(&file, about).map_err(|source| PredictionsError::Io { path: file, source })?;
        Ok(Self { root: path.to_owned(), classes: about.classes.len() })
    }

    /// Begins a split. Several may be written at the same time.
    pub fn split(&self, split: &str) -> Result<SplitWriter, PredictionsError> {
        let file = split_file(&self.root, split)?;
        let none = columns::to_batch(&file, self.classes, &SplitPredictions::default())?;
        let rows = parquet_file::Writer::create(&file, none.schema())?;
        Ok(SplitWriter { file, classes: self.classes, rows })
    }
}

/// One split that is being written.
pub struct SplitWriter {
    file: PathBuf,
    classes: usize,
    rows: parquet_file::Writer,
}

impl SplitWriter {
    /// Adds rows. The batch holds the artifact's columns, in any order; further ones
    /// are left out.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), PredictionsError> {
        Ok(self.rows.write(&columns::checked(&self.file, self.classes, batch)?)?)
    }

    /// Makes the split whole.
    pub fn finish(self) -> Result<(), PredictionsError> {
        Ok(self.rows.finish()?)
    }
}
