//! What can be wrong with a predictions folder.

use std::path::PathBuf;

use ingot_protocol::Failure;

use crate::dataset::list;
use crate::parquet_file::ParquetFileError;
use crate::shards::ShardsError;

/// Why predictions could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PredictionsError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A Parquet file could not be read or written.
    #[error(transparent)]
    File(#[from] ParquetFileError),
    /// `predictions.json` is missing or says something else.
    #[error("{path}: not predictions: {source}")]
    NotPredictions {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// `predictions.json` is of another version.
    #[error("{path}: version {found}, where version {expected} is read")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: u32,
        /// The version of this worker.
        expected: u32,
    },
    /// A column is missing, of another type, or of another length.
    #[error("{path}: column `{column}`: {what}")]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A split that is not there.
    #[error("{path}: the predictions have no split `{split}`, only {}", list(.found))]
    NoSplit {
        /// The predictions.
        path: PathBuf,
        /// The split asked for.
        split: String,
        /// The splits that are there.
        found: Vec<String>,
    },
    /// The files of the splits cannot be told.
    #[error(transparent)]
    Shards(#[from] ShardsError),
    /// Predictions of no split, where somebody else wrote them.
    #[error("{path}: the predictions have no split")]
    NoSplits {
        /// The predictions.
        path: PathBuf,
    },
    /// `predictions.json` contradicts itself.
    #[error("{path}: {what}")]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        what: String,
    },
}

impl From<PredictionsError> for Failure {
    fn from(error: PredictionsError) -> Self {
        let code = match &error {
            PredictionsError::Io { .. } => "D0121",
            PredictionsError::File(ParquetFileError::Panicked { .. }) => "D0129",
            PredictionsError::File(file) if file.is_large() => "D0128",
            PredictionsError::File(_) => "D0122",
            PredictionsError::NotPredictions { .. } => "D0123",
            PredictionsError::Version { .. } => "D0124",
            PredictionsError::Column { .. } => "D0125",
            PredictionsError::NoSplit { .. } => "D0126",
            PredictionsError::Shards(shards) if shards.is_io() => "D0121",
            PredictionsError::Shards(_) => "D0127",
            PredictionsError::NoSplits { .. } => "D0130",
            PredictionsError::Inconsistent { .. } => "D0131",
        };
        let failure = Self::new(code, error.to_string());
        match error {
            PredictionsError::File(_) => failure.help("make the predictions again"),
            PredictionsError::Column { .. } => failure.help(
                "each task has its columns: docs/reference/formats.md lists them with their types",
            ),
            PredictionsError::NoSplit { .. } => failure.help("name a split that was predicted"),
            PredictionsError::NoSplits { .. } => failure
                .help("write one Parquet file a split, `data/<split>-00000-of-00001.parquet`"),
            PredictionsError::Shards(shards) => match shards.help() {
                Some(help) => failure.help(help),
                None => failure,
            },
            _ => failure,
        }
    }
}
