//! The predictions artifact: what a model said of each row of some splits.
//!
//! On disk: `predictions.json`, which is [`Predictions`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet` (of others several, [`crate::shards`]), with the columns `row` (int64, the 0-based
//! row of the split), `label` (text or null), `predicted` (text) and `probabilities`
//! (a list of float64 in the order of the classes). Invariant: what is written and what
//! is read has one probability a class in every row, and columns of one length.

mod columns;
mod error;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use columns::check_probabilities;
pub use error::PredictionsError;
pub use stream::{Batches, SplitWriter, Writer, about_text, batches};

use crate::{json, parquet_file, regular, shards};

const VERSION: u32 = 1;
const ABOUT_FILE: &str = "predictions.json";
/// The one task there is.
const TASK: &str = "classification";

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
    /// Whether it is of our version and agrees with itself.
    fn checked(self, file: &Path) -> Result<Self, PredictionsError> {
        let path = file.to_owned();
        if self.version != VERSION {
            let (found, expected) = (self.version, VERSION);
            return Err(PredictionsError::Version { path, found, expected });
        }
        let mut names = BTreeSet::new();
        let twice = self.classes.iter().find(|class| !names.insert(*class));
        let what = match twice {
            _ if self.task != TASK => {
                format!("the task `{}`, where `{TASK}` is the one that is known", self.task)
            }
            Some(class) => format!("two classes are named `{class}`"),
            None if self.classes.is_empty() => "no class".to_owned(),
            None => return Ok(self),
        };
        Err(PredictionsError::Inconsistent { path, what })
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
    let about = about.checked(&about_file(path))?;
    let writer = Writer::begin_checked(path, &about)?;
    for (split, predictions) in splits {
        let file = shards::only(path, split)?;
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
    for (split, files) in shards::shards(path)? {
        let mut whole = SplitPredictions::default();
        for file in files {
            let batch = parquet_file::read_columns(&file, &columns::is_one)?;
            whole.extend(columns::of_batch(&file, about.classes.len(), &batch)?);
        }
        read.insert(split, whole);
    }
    Ok((Predictions { task: about.task, classes: about.classes }, read))
}

/// The splits that are there, sorted, from the names of the files.
pub fn splits(path: &Path) -> Result<Vec<String>, PredictionsError> {
    Ok(shards::shards(path)?.into_keys().collect())
}

fn read_about(path: &Path) -> Result<About, PredictionsError> {
    let file = about_file(path);
    let about: About = regular::within(path, &file)
        .and_then(|()| json::read(&file))
        .map_err(|source| PredictionsError::NotPredictions { path: file.clone(), source })?;
    about.checked(&file)
}

fn about_file(path: &Path) -> PathBuf {
    path.join(ABOUT_FILE)
}

/// The number of rows of each split, from the files' footers, and of the classes.
pub fn counts(path: &Path) -> Result<(BTreeMap<String, u64>, usize), PredictionsError> {
    let about = read_about(path)?;
    let mut counts = BTreeMap::new();
    for (split, files) in shards::shards(path)? {
        let mut rows: u64 = 0;
        for file in files {
            rows = rows.saturating_add(parquet_file::rows(&file)?);
        }
        counts.insert(split, rows);
    }
    Ok((counts, about.classes.len()))
}

impl SplitPredictions {
    /// Adds those of the next file.
    fn extend(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.labels.extend(more.labels);
        self.predicted.extend(more.predicted);
        self.probabilities.extend(more.probabilities);
    }
}
