//! `inspect check`: whether what a command or a plugin wrote is an artifact of a type.
//!
//! Invariant: everything is read as the kinds read it, a batch at a time, so that what
//! passes here is refused by none of them for its form. Nothing is shown of a value.

use std::path::Path;

use arrow::array::{AsArray, BinaryArray, RecordBatch};
use ingot_protocol::Failure;

use crate::dataset::{Dataset, DatasetError, Image};
use crate::fitted::State;
use crate::predictions::{self, PredictionsError};
use crate::profile::Profile;
use crate::report::Report;
use crate::reported::{read_findings, read_metrics};
use crate::selection::Selection;

/// The types that are checked.
pub const CHECKED: [&str; 7] =
    ["dataset", "findings", "fitted", "metrics", "predictions", "profile", "report"];

/// Rows that are held at once.
const ROWS: usize = 8192;

/// Reads the whole artifact.
pub fn check(artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
    match artifact_type {
        "dataset" => Ok(dataset(artifact)?),
        "predictions" => {
            let (about, splits) = predictions::read(artifact)?;
            if splits.is_empty() {
                return Err(PredictionsError::NoSplits { path: artifact.to_owned() }.into());
            }
            for (split, rows) in &splits {
                predictions::check(artifact, split, &about, rows)?;
            }
            Ok(())
        }
        "findings" => Ok(read_findings(artifact).map(drop)?),
        "fitted" => Ok(State::read(artifact).map(drop)?),
        "metrics" => Ok(read_metrics(artifact).map(drop)?),
        "profile" => Profile::read(artifact).map(drop),
        "report" => {
            Report::read(artifact)?;
            Selection::read(artifact).map(drop)
        }
        other => {
            let message = format!("{}: there is no type `{other}` to check", artifact.display());
            Err(Failure::new("D0004", message))
        }
    }
}

/// A dataset of no split is cut from others and read by nobody; one that was written is
/// a mistake.
fn dataset(artifact: &Path) -> Result<(), DatasetError> {
    let dataset = Dataset::open(artifact)?.with_parents();
    let splits = dataset.splits()?;
    if splits.is_empty() {
        return Err(DatasetError::NoSplits { path: artifact.to_owned() });
    }
    for split in splits {
        let mut start = 0;
        for batch in dataset.batches(&split, ROWS)? {
            let batch = batch?;
            if let Some(image) = &dataset.schema.image {
                images(artifact, image, (&split, start), &batch)?;
            }
            start += batch.num_rows();
        }
    }
    Ok(())
}

/// Whether the images of a batch, whose first row is `start` of its split, have their size.
fn images(
    artifact: &Path,
    image: &Image,
    (split, start): (&str, usize),
    batch: &RecordBatch,
) -> Result<(), DatasetError> {
    let column = batch.column_by_name(&image.column);
    let values: Option<&BinaryArray> = column.and_then(|column| column.as_binary_opt());
    let (Some(values), Some(expected)) = (values, image.bytes()) else { return Ok(()) };
    for (row, value) in values.iter().enumerate() {
        if let Some(found) = value.map(<[u8]>::len).filter(|&found| found != expected) {
            return Err(DatasetError::ImageSize {
                path: artifact.to_owned(),
                column: image.column.clone(),
                split: split.to_owned(),
                row: start + row,
                found,
                expected,
            });
        }
    }
    Ok(())
}
