//! The predictions artifact: what a model said of each row of some splits.
//!
//! On disk: `predictions.json`, which is [`Predictions`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet` (of others several, [`crate::shards`]). Its columns
//! are `row` (int64, the 0-based row of the split), `row_key` (16 bytes) where it is known, and
//! those of the task: see [`Answers`].
//! Invariant: what is written and what is read has columns of one length and, where there
//! are classes, one probability a class in every row.

mod about;
mod answers;
mod classes;
mod columns;
mod error;
mod labels;
mod numbers;
mod rankings;
mod stream;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use about::{Predictions, about_text};
pub use answers::{Answers, Arrays, LABEL, SplitPredictions};
pub use classes::ClassAnswers;
pub use error::PredictionsError;
pub use labels::LabelAnswers;
pub use numbers::NumberAnswers;
pub use rankings::RankingAnswers;
pub use stream::{Batches, SplitWriter, Writer, batches};
pub use tokens::TokenAnswers;

use crate::{parquet_file, shards};

/// Writes a predictions folder; equal predictions give equal bytes.
pub fn write(
    path: &Path,
    about: &Predictions,
    splits: &BTreeMap<String, SplitPredictions>,
) -> Result<(), PredictionsError> {
    Writer::begin(path, about)?;
    for (split, predictions) in splits {
        let file = shards::only(path, split)?;
        let batch = columns::to_batch(&file, about, predictions)?;
        let mut rows = parquet_file::Writer::create(&file, batch.schema())?;
        rows.write(&batch)?;
        rows.finish()?;
    }
    Ok(())
}

/// Reads a whole predictions folder.
pub fn read(
    path: &Path,
) -> Result<(Predictions, BTreeMap<String, SplitPredictions>), PredictionsError> {
    let about = Predictions::read(path)?;
    let mut read = BTreeMap::new();
    for (split, files) in shards::shards(path)? {
        let mut whole = SplitPredictions::none(about.task);
        for file in files {
            let batch = parquet_file::read_columns(&file, &columns::is_one)?;
            whole.extend(columns::of_batch(&file, &about, &batch)?);
        }
        read.insert(split, whole);
    }
    Ok((about, read))
}

/// The splits that are there, sorted, from the names of the files.
pub fn splits(path: &Path) -> Result<Vec<String>, PredictionsError> {
    Ok(shards::shards(path)?.into_keys().collect())
}

/// The number of rows of each split, from the files' footers, and what they are about.
pub fn counts(path: &Path) -> Result<(BTreeMap<String, u64>, Predictions), PredictionsError> {
    let about = Predictions::read(path)?;
    let mut counts = BTreeMap::new();
    for (split, files) in shards::shards(path)? {
        let mut rows: u64 = 0;
        for file in files {
            rows = rows.saturating_add(parquet_file::rows(&file)?);
        }
        counts.insert(split, rows);
    }
    Ok((counts, about))
}

/// Refuses values that no model says, in predictions that somebody else made.
pub fn check(
    path: &Path,
    split: &str,
    about: &Predictions,
    predictions: &SplitPredictions,
) -> Result<(), PredictionsError> {
    match predictions.mistake(about) {
        None => Ok(()),
        Some((column, row, what)) => {
            let what = format!("row {row} of `{split}`: {what}");
            Err(PredictionsError::Column { path: path.to_owned(), column, what })
        }
    }
}
