//! The predictions artifact: what a model said of each row of some splits.
//!
//! On disk: `predictions.json`, which is [`Predictions`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet`, with the columns `row` (int64, the 0-based
//! row of the split), `label` (text or null), `predicted` (text) and `probabilities`
//! (a list of float64 in the order of the classes). Invariant: what is written and what
//! is read has one probability a class in every row, and columns of one length.

mod columns;
mod error;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::PredictionsError;

use crate::{json, parquet_file};

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

/// Writes a predictions folder; equal predictions give equal bytes.
pub fn write(
    path: &Path,
    about: &Predictions,
    splits: &BTreeMap<String, SplitPredictions>,
) -> Result<(), PredictionsError> {
    let data = path.join(DATA_FOLDER);
    fs::create_dir_all(&data)
        .map_err(|source| PredictionsError::Io { path: data.clone(), source })?;
    let file = path.join(ABOUT_FILE);
    let on_disk =
        About { version: VERSION, task: about.task.clone(), classes: about.classes.clone() };
    json::write(&file, &on_disk).map_err(|source| PredictionsError::Io { path: file, source })?;
    for (split, predictions) in splits {
        let file = data.join(format!("{split}{SUFFIX}"));
        let batch = columns::to_batch(&file, about.classes.len(), predictions)?;
        parquet_file::write(&file, &batch)?;
    }
    Ok(())
}

/// Reads a whole predictions folder.
pub fn read(
    path: &Path,
) -> Result<(Predictions, BTreeMap<String, SplitPredictions>), PredictionsError> {
    let file = path.join(ABOUT_FILE);
    let about: About = json::read(&file)
        .map_err(|source| PredictionsError::NotPredictions { path: file.clone(), source })?;
    if about.version != VERSION {
        return Err(PredictionsError::Version {
            path: file,
            found: about.version,
            expected: VERSION,
        });
    }
    let data = path.join(DATA_FOLDER);
    let io = |source| PredictionsError::Io { path: data.clone(), source };
    let mut splits = BTreeMap::new();
    for entry in fs::read_dir(&data).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        let Some(split) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)) else {
            continue;
        };
        let file = data.join(&name);
        let batch = parquet_file::read(&file)?;
        splits.insert(split.to_owned(), columns::of_batch(&file, about.classes.len(), &batch)?);
    }
    Ok((Predictions { task: about.task, classes: about.classes }, splits))
}
