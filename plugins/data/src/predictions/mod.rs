//! The predictions artifact: what a model said of each row of some splits.
//!
//! On disk: `predictions.json`, which is [`Predictions`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet`, with the columns `row` (int64, the 0-based
//! row of the split), `label` (text or null), `predicted` (text) and `probabilities`
//! (a list of float64 in the order of the classes). Invariant: what is written and what
//! is read has one probability a class in every row, and columns of one length.

mod columns;
mod error;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use error::PredictionsError;
pub use stream::{Batches, SplitWriter, Writer, about_text, batches};

use crate::{dataset, json, parquet_file, regular};

const VERSION: u32 = 1;
const ABOUT_FILE: &str = "predictions.json";
const DATA_FOLDER: &str = "data";
const SUFFIX: &str = "-00000-of-00001.parquet";

/// What was predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    /// The task: `classification`.
    pub task: String,
    /// The classes, in the order of the probabilities.
    pub classes: Vec<String>,
}

/// The predictions of one split; all of one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SplitPredictions {
    /// The 0-based rows of the split.
    pub rows: Vec<i64>,
    /// What the data says, where it says something.
    pub labels: Vec<Option<String>>,
    /// What the model says.
    pub predicted: Vec<String>,
    /// How sure it is of each class; in the order of the classes.
    pub probabilities: Vec<Vec<f64>>,
}

/// `predictions.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    version: u32,
    task: String,
    classes: Vec<String>,
}

impl About {
    fn of_this_version(self, file: &Path) -> Result<Self, PredictionsError> {
        if self.version == VERSION {
            return Ok(self);
        }
        Err(PredictionsError::Version {
            path: file.to_owned(),
            found: self.version,
            expected: VERSION,
        })
    }
}

/// Writes a predictions folder; equal predictions give equal bytes.
pub fn write(
    path: &Path,
    about: &Predictions,
    splits: &BTreeMap<String, SplitPredictions>,
) -> Result<(), PredictionsError> {
    let about =
        About { version: VERSION, task: about.task.clone(), classes: about.classes.clone() };
    let writer = Writer::begin_checked(path, &about)?;
    for (split, predictions) in splits {
        let file = split_file(path, split)?;
        let mut rows = writer.split(split)?;
        rows.write(&columns::to_batch(&file, about.classes.len(), predictions)?)?;
        rows.finish()?;
    }
    Ok(())
}

/// Reads a whole predictions folder.
pub fn read(
    path: &Path,
) -> Result<(Predictions, BTreeMap<String, SplitPredictions>), PredictionsError> {
    let about = read_about(path)?;
    let mut read = BTreeMap::new();
    for split in splits(path)? {
        let file = place(path, &split)?;
        let batch = parquet_file::read_columns(&file, &columns::is_one)?;
        read.insert(split, columns::of_batch(&file, about.classes.len(), &batch)?);
    }
    Ok((Predictions { task: about.task, classes: about.classes }, read))
}

/// The splits that are there, sorted, from the names of the files.
pub fn splits(path: &Path) -> Result<Vec<String>, PredictionsError> {
    let data = path.join(DATA_FOLDER);
    let io = |source| PredictionsError::Io { path: data.clone(), source };
    let mut splits = Vec::new();
    for entry in fs::read_dir(&data).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        splits.extend(name.to_str().and_then(|name| name.strip_suffix(SUFFIX)).map(str::to_owned));
    }
    splits.sort();
    Ok(splits)
}

fn read_about(path: &Path) -> Result<About, PredictionsError> {
    let file = about_file(path);
    let about: About = regular::within(path, &file)
        .and_then(|()| json::read(&file))
        .map_err(|source| PredictionsError::NotPredictions { path: file.clone(), source })?;
    about.of_this_version(&file)
}

fn about_file(path: &Path) -> PathBuf {
    path.join(ABOUT_FILE)
}

/// The file of a split that is there; one that is a link out of the artifact is not.
fn place(path: &Path, split: &str) -> Result<PathBuf, PredictionsError> {
    let file = split_file(path, split)?;
    match regular::within(path, &file) {
        Ok(()) => Ok(file),
        Err(source) => Err(PredictionsError::Io { path: file, source }),
    }
}

/// The number of rows of each split, from the files' footers, and of the classes.
pub fn counts(path: &Path) -> Result<(BTreeMap<String, u64>, usize), PredictionsError> {
    let about = read_about(path)?;
    let mut counts = BTreeMap::new();
    for split in splits(path)? {
        let rows = parquet_file::rows(&place(path, &split)?)?;
        counts.insert(split, rows);
    }
    Ok((counts, about.classes.len()))
}

fn split_file(path: &Path, split: &str) -> Result<PathBuf, PredictionsError> {
    if dataset::is_split(split) {
        return Ok(path.join(DATA_FOLDER).join(format!("{split}{SUFFIX}")));
    }
    Err(PredictionsError::SplitName { path: path.to_owned(), split: split.to_owned() })
}
