//! What can be wrong with a dataset folder.

use std::path::PathBuf;

use arrow::error::ArrowError;
use ingot_protocol::Failure;

use super::DataType;
use crate::parquet_file::{ParquetFileError, is_full};
use crate::shards::ShardsError;

/// Why a dataset could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
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
    /// `dataset.json` is missing or not a schema.
    #[error("{path}: not a dataset: {source}")]
    Schema {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// `dataset.json` is of another version.
    #[error("{path}: version {found}, where version {expected} is read")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: u32,
        /// The version of this worker.
        expected: u32,
    },
    /// `dataset.json` contradicts itself.
    #[error("{path}: {what}")]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        what: String,
    },
    /// A split that is not there.
    #[error("{path}: the dataset has no split `{split}`, only {}", list(.found))]
    NoSplit {
        /// The dataset.
        path: PathBuf,
        /// The split asked for.
        split: String,
        /// The splits that are there.
        found: Vec<String>,
    },
    /// The files of the splits cannot be told.
    #[error(transparent)]
    Shards(#[from] ShardsError),
    /// A dataset of no split, where somebody else wrote it.
    #[error("{path}: the dataset has no split")]
    NoSplits {
        /// The dataset.
        path: PathBuf,
    },
    /// The rows lack a column of the schema.
    #[error("{path}: no column `{column}`")]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The row keys are none.
    #[error("{path}: `row_key` is not 16 bytes in each row")]
    RowKeys {
        /// The file.
        path: PathBuf,
    },
    /// The row parents are none.
    #[error("{path}: `row_parents` is not a list of keys, of 16 bytes each, or nothing")]
    RowParents {
        /// The file.
        path: PathBuf,
    },
    /// Two columns have the name of one.
    #[error("{path}: the column `{column}` is there twice")]
    TwoColumns {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// An image of another size than the schema says.
    #[error(
        "{path}: column `{column}`, row {row} of `{split}`: {found} bytes, where an image has {expected}"
    )]
    ImageSize {
        /// The dataset.
        path: PathBuf,
        /// The image column.
        column: String,
        /// The split.
        split: String,
        /// The row of the split, from 0.
        row: usize,
        /// The bytes that are there.
        found: usize,
        /// `channels * height * width`.
        expected: usize,
    },
    /// A column's values are of another type than the schema says.
    #[error("{path}: column `{column}` holds {found}, and the schema says {expected}")]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The schema's type.
        expected: DataType,
        /// The file's type.
        found: String,
    },
    /// Nulls where the schema has none.
    #[error("{path}: column `{column}` is not nullable and has {nulls} nulls")]
    Nulls {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// How many nulls it has.
        nulls: usize,
    },
    /// A column that cannot name classes.
    #[error("column `{column}` holds {found}, which cannot be labels")]
    Labels {
        /// The column.
        column: String,
        /// Its type, or `no such column`.
        found: String,
    },
    /// A label that measures.
    #[error(
        "the label `{column}` is {values} different numbers in {rows} rows: a classifier would \
         take each for a class"
    )]
    Measure {
        /// The column.
        column: String,
        /// How many different values it has.
        values: usize,
        /// How many rows have one.
        rows: usize,
    },
    /// A column whose role nobody would heed.
    #[error("column `{column}` has the role `weight`, and training does not weigh rows yet")]
    Weighted {
        /// The column.
        column: String,
    },
    /// Arrow refused an operation.
    #[error("{path}: {source}")]
    Arrow {
        /// The file.
        path: PathBuf,
        /// The library's reason.
        source: ArrowError,
    },
}

impl DatasetError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "D0101",
            Self::Shards(error) if error.is_io() => "D0101",
            Self::File(ParquetFileError::Panicked { .. }) => "D0113",
            Self::File(file) if file.is_large() => "D0112",
            Self::File(_) | Self::Arrow { .. } => "D0102",
            Self::Schema { .. } => "D0103",
            Self::Version { .. } => "D0104",
            Self::Inconsistent { .. } => "D0105",
            Self::NoSplit { .. } => "D0106",
            Self::Shards(_) => "D0107",
            Self::NoColumn { .. } => "D0108",
            Self::ColumnType { .. } => "D0109",
            Self::Nulls { .. } => "D0110",
            Self::Labels { .. } => "D0111",
            Self::Measure { .. } => "D0114",
            Self::Weighted { .. } => "D0115",
            Self::NoSplits { .. } => "D0116",
            Self::TwoColumns { .. } => "D0117",
            Self::RowKeys { .. } => "D0119",
            Self::RowParents { .. } => "D0120",
            Self::ImageSize { .. } => "D0118",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::File(error) if error.is_full() => Some(ROOM),
            Self::Io { source, .. } if is_full(source) => Some(ROOM),
            Self::File(_) => Some("make the dataset again, or ask whoever made it"),
            Self::Schema { .. } => Some("a dataset is a folder with `dataset.json` and `data/`"),
            Self::Version { .. } => Some("make the dataset again with this version"),
            Self::NoSplit { .. } => Some("name a split that the `split` step makes"),
            Self::Shards(error) => error.help(),
            Self::NoSplits { .. } => {
                Some("write one Parquet file a split, `data/<split>-00000-of-00001.parquet`")
            }
            Self::TwoColumns { .. } => Some("rename one of them"),
            Self::RowKeys { .. } => {
                Some("write version 1 of a dataset, whose rows have no keys: they are given some")
            }
            Self::RowParents { .. } => Some(
                "leave the column out, or let it be null in rows that were read and the keys of \
                 those that a row was made of in others",
            ),
            Self::ImageSize { .. } => {
                Some("images are raw bytes: channel by channel, row by row, one byte a value")
            }
            Self::ColumnType { expected: DataType::Int64, found, .. } if found == "Float64" => {
                Some(
                    "pandas makes floats of whole numbers beside missing ones: convert the column to \
                 `Int64`, or let the schema say `float64`",
                )
            }
            Self::ColumnType { expected: DataType::Float64, found, .. }
                if found.contains("Int") =>
            {
                Some("write floats, or let the schema say `int64`")
            }
            Self::ColumnType { .. } => Some(
                "a dataset holds int64, float64, bool, utf8 and binary: convert the column before \
                 it is written (a time or a decimal number to text or a float), or correct the \
                 schema",
            ),
            Self::Nulls { .. } => Some(
                "let the schema say `\"nullable\": true`; pandas writes NaN as a missing value",
            ),
            Self::Measure { .. } => {
                Some("declare the classes by `set` in the contract, or label ranges of the value")
            }
            Self::Weighted { .. } => {
                Some("give it the role `ignore`, or train by a command that weighs by it")
            }
            Self::Labels { .. } => Some("labels are whole numbers, truth values or text"),
            _ => None,
        }
    }
}

const ROOM: &str = "give the disk of the store more room, then build again";

impl From<DatasetError> for Failure {
    fn from(error: DatasetError) -> Self {
        let failure = Self::new(error.code(), error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

/// Names for a message.
pub fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none at all".into();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_the_fault_of_the_dataset() {
        let error = |kind: std::io::ErrorKind| {
            DatasetError::File(ParquetFileError::Io {
                path: "rows.parquet".into(),
                source: kind.into(),
            })
        };
        assert_eq!(error(std::io::ErrorKind::StorageFull).help(), Some(ROOM));
        assert_ne!(error(std::io::ErrorKind::NotFound).help(), Some(ROOM));
    }
}
