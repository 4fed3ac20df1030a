//! What can be wrong with fitted operations and their state.

use std::path::PathBuf;

use arrow::error::ArrowError;
use ingot_protocol::Failure;

use crate::dataset::{DataType, DatasetError, Role, list};

/// Why operations could not be fitted, or a state could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum FittedError {
    /// The rows cannot be read.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A state cannot be read or written.
    #[error("{path}: no fitted state: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// The system's reason, or what is wrong with the text.
        source: std::io::Error,
    },
    /// A state is of another version.
    #[error("a fitted state of version {found}, where version {expected} is read")]
    Version {
        /// The version in it.
        found: u32,
        /// The version of this worker.
        expected: u32,
    },
    /// A state contradicts itself.
    #[error("a fitted state: {what}")]
    Inconsistent {
        /// The contradiction.
        what: String,
    },
    /// A column that the rows do not have.
    #[error("`{operation}` is given {column}, and the rows have {}", list(.found))]
    NoColumn {
        /// The operation.
        operation: &'static str,
        /// The column in backquotes, or what was to be selected.
        column: String,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// A column whose role no operation takes.
    #[error("`{operation}` is given `{column}`, which has the role `{role}`")]
    Role {
        /// The operation.
        operation: &'static str,
        /// The column.
        column: String,
        /// Its role.
        role: Role,
    },
    /// A column of a type that the operation does not take.
    #[error("`{operation}` is given `{column}`, which is {found}, and takes {takes}")]
    Type {
        /// The operation.
        operation: &'static str,
        /// The column.
        column: String,
        /// Its type.
        found: DataType,
        /// The types it could have.
        takes: String,
    },
    /// A column without a value to fit on.
    #[error("`{operation}` learns from `{column}`, which has no value in `train`")]
    NoValues {
        /// The operation.
        operation: &'static str,
        /// The column.
        column: String,
    },
    /// More than a state or a table may hold.
    #[error("{what}")]
    Large {
        /// What there is too much of, with the bound.
        what: String,
    },
    /// A new column's name that another column has.
    #[error("`{operation}` makes the column `{column}`, and there is one of that name")]
    Name {
        /// The operation.
        operation: &'static str,
        /// The name.
        column: String,
    },
    /// A number that nothing can be fitted on.
    #[error("`{operation}` learns from `{column}`, which is infinite in row {row} of `train`")]
    Infinite {
        /// The operation.
        operation: &'static str,
        /// The column.
        column: String,
        /// The row, from 0.
        row: u64,
    },
    /// Operations that cannot be.
    #[error("operations: {what}")]
    Operations {
        /// What is wrong.
        what: String,
    },
    /// Rows that went through another state than the one that is to be applied.
    #[error("the rows went through {found}, and what reads them learned behind {expected}")]
    Differs {
        /// The states of the rows.
        found: String,
        /// Those that were expected.
        expected: String,
    },
    /// Arrow refused an operation.
    #[error("{0}")]
    Arrow(#[from] ArrowError),
}

impl FittedError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Dataset(error) => error.code(),
            Self::State { .. } => "D1201",
            Self::Version { .. } => "D1202",
            Self::Inconsistent { .. } => "D1203",
            Self::NoColumn { .. } => "D1204",
            Self::Role { .. } => "D1205",
            Self::Type { .. } => "D1206",
            Self::NoValues { .. } => "D1207",
            Self::Large { .. } => "D1208",
            Self::Name { .. } => "D1209",
            Self::Infinite { .. } => "D1210",
            Self::Operations { .. } => "D1211",
            Self::Differs { .. } => "D1212",
            Self::Arrow(_) => "D1213",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Dataset(error) => return error.help(),
            Self::State { .. } | Self::Inconsistent { .. } => {
                "take the state from a step of the kind `fit`, unchanged"
            }
            Self::Version { .. } => "fit the operations again with this version",
            Self::NoColumn { .. } => {
                "name a column as the dataset has it, or `@numeric` or `@text` for the features of \
                 these types; an operation sees what those before it made"
            }
            Self::Role { role: Role::Personal, .. } => {
                "a state can hold values, and those of a personal column stand in no other \
                 artifact: redact the column in a `transform`, or give it another role"
            }
            Self::Role { role: Role::Label, .. } => {
                "what is predicted stays as it is; change it in a `transform`"
            }
            Self::Role { .. } => {
                "operations change features, and columns that are `sensitive` or `ignore`"
            }
            Self::Type { .. } => "leave the column out, or CAST it in a `transform`",
            Self::NoValues { .. } => {
                "leave the column out, or impute it before with `strategy = \"constant\"`"
            }
            Self::Large { .. } => {
                "`hash` takes any number of categories; or join rare ones in a `transform`"
            }
            Self::Name { .. } => "rename the other column in a `transform`",
            Self::Infinite { .. } => "make such values null in a `transform`: nullif, or CASE",
            Self::Operations { .. } => {
                "docs/reference/preprocess.md lists the operations and their keys"
            }
            Self::Differs { .. } => {
                "give the rows as they were before their preprocessing, or learn from these anew"
            }
            Self::Arrow(_) => return None,
        })
    }
}

impl From<FittedError> for Failure {
    fn from(error: FittedError) -> Self {
        let failure = Self::new(error.code(), error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
