//! Predictions as record batches, a split and a batch at a time, read and written, without the
//! keys of the rows.
//!
//! Invariant: what comes out and what is let in has the columns of the artifact and a
//! probability for every class; what is held at once is a row group at the most.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use super::{Predictions, PredictionsError, SplitPredictions, columns};
use crate::chain::Chain;
use crate::parquet_file;
use crate::shards::{self, DATA_FOLDER};

/// The rows of a split, `rows` at a time; the last batch of a file may be shorter.
pub fn batches(path: &Path, split: &str, rows: usize) -> Result<Batches, PredictionsError> {
    let about = Predictions::read(path)?;
    shards::check_split(path, split)?;
    let mut splits = shards::shards(path)?;
    let Some(files) = splits.remove(split) else {
        return Err(PredictionsError::NoSplit {
            path: path.to_owned(),
            split: split.to_owned(),
            found: splits.into_keys().collect(),
        });
    };
    // A file without rows has no batch that would tell what its columns lack.
    for file in &files {
        columns::checked(file, &about, &RecordBatch::new_empty(parquet_file::schema(file)?))?;
    }
    let none = SplitPredictions::none(about.task).with_keys(None);
    let none = columns::to_batch(path, &about, &none)?;
    let columns = columns::COLUMNS.map(str::to_owned).into();
    let chain = Chain::open(files, rows, columns)?;
    Ok(Batches { schema: none.schema(), about, chain })
}

/// The rows of one split.
pub struct Batches {
    schema: SchemaRef,
    about: Predictions,
    chain: Chain,
}

impl Batches {
    /// The columns and their types, which are those of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, PredictionsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.chain.next()?.map_err(PredictionsError::from);
        Some(next.and_then(|(file, batch)| columns::checked(&file, &self.about, &batch)))
    }
}

/// A predictions folder that is being written: its splits are to come.
#[derive(Debug, Clone)]
pub struct Writer {
    root: PathBuf,
    about: Predictions,
}

impl Writer {
    /// Makes the folder and its `predictions.json`.
    pub fn begin(path: &Path, about: &Predictions) -> Result<Self, PredictionsError> {
        make(path)?;
        about.write(path)?;
        Ok(Self { root: path.to_owned(), about: about.clone() })
    }

    /// Makes the folder with a `predictions.json` that somebody else wrote.
    pub fn take(path: &Path, about: &str) -> Result<Self, PredictionsError> {
        make(path)?;
        Ok(Self { root: path.to_owned(), about: Predictions::take(path, about)? })
    }

    /// Begins a split. Several may be written at the same time.
    pub fn split(&self, split: &str) -> Result<SplitWriter, PredictionsError> {
        let file = shards::only(&self.root, split)?;
        let none = SplitPredictions::none(self.about.task).with_keys(None);
        let none = columns::to_batch(&file, &self.about, &none)?;
        let rows = parquet_file::Writer::create(&file, none.schema())?;
        Ok(SplitWriter { file, about: self.about.clone(), rows })
    }
}

fn make(path: &Path) -> Result<(), PredictionsError> {
    let data = path.join(DATA_FOLDER);
    fs::create_dir_all(&data).map_err(|source| PredictionsError::Io { path: data, source })
}

/// One split that is being written.
pub struct SplitWriter {
    file: PathBuf,
    about: Predictions,
    rows: parquet_file::Writer,
}

impl SplitWriter {
    /// Adds rows. The batch holds the artifact's columns, in any order; further ones
    /// are left out.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), PredictionsError> {
        Ok(self.rows.write(&columns::checked(&self.file, &self.about, batch)?)?)
    }

    /// Makes the split whole.
    pub fn finish(self) -> Result<(), PredictionsError> {
        Ok(self.rows.finish()?)
    }
}
