//! Everything that can go wrong in this worker, with its code and its fix.
//!
//! Invariant: a message names the place (path, split, column, param) and never a
//! value of a personal column. Codes are stable: `T01..` data, `T02..` model,
//! `T03..` params and training, `T04..` libtorch itself, `W06..` the machine
//! cannot honour what was declared.

use std::path::PathBuf;

use ingot_protocol::Failure;
use ingot_tables::dataset::DatasetError;
use ingot_tables::fitted::FittedError;
use thiserror::Error as ThisError;

/// Why a step of this worker failed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A dataset could not be read.
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    /// Rows cannot go through the model's fitted states.
    #[error(transparent)]
    Fitted(#[from] FittedError),
    /// Predictions could not be written.
    #[error("{0}")]
    Predictions(String),
    /// The input has no such split.
    #[error("{path}: the dataset has no split `{split}`, only {found}")]
    NoSplit {
        /// The dataset.
        path: PathBuf,
        /// The split that was wanted.
        split: String,
        /// The splits that are there.
        found: String,
    },
    /// A split without rows.
    #[error("{path}: split `{split}` has no rows")]
    NoRows {
        /// The dataset.
        path: PathBuf,
        /// The empty split.
        split: String,
    },
    /// A dataset without a label column, for a supervised kind.
    #[error("{path}: no column has the role `label`")]
    NoLabelColumn {
        /// The dataset.
        path: PathBuf,
    },
    /// Every label of the training split is null.
    #[error("{path}: every row of split `train` has a null in the label column `{column}`")]
    NoLabels {
        /// The dataset.
        path: PathBuf,
        /// The label column.
        column: String,
    },
    /// Nothing to tell apart.
    #[error("{path}: the labelled rows of split `train` all have the one class `{class}`")]
    OneClass {
        /// The dataset.
        path: PathBuf,
        /// That class.
        class: String,
    },
    /// A label outside the classes of the training split.
    #[error("{path}: split `{split}`, row {row}: label `{label}` is none of the model's classes")]
    UnknownClass {
        /// The dataset.
        path: PathBuf,
        /// The split.
        split: String,
        /// The row, 0-based.
        row: usize,
        /// The label.
        label: String,
    },
    /// A value that no network can use.
    #[error("{path}: split `{split}`, column `{column}`, row {row}: {what}")]
    Value {
        /// The dataset.
        path: PathBuf,
        /// The split.
        split: String,
        /// The column.
        column: String,
        /// The row, 0-based.
        row: usize,
        /// What is wrong with it, without the value.
        what: String,
    },
    /// The dataset has nothing that the network could look at.
    #[error("{path}: no column is a feature")]
    NoFeatures {
        /// The dataset.
        path: PathBuf,
    },
    /// A feature of a type that no network takes.
    #[error("{path}: the feature `{column}` is a {data_type}, which no network takes")]
    FeatureType {
        /// The dataset.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// The network family wants another modality.
    #[error("{path}: family `{family}` takes {wanted}, and the dataset holds {found}")]
    Modality {
        /// The dataset.
        path: PathBuf,
        /// The network family.
        family: String,
        /// What it takes.
        wanted: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Images too small for the network.
    #[error(
        "images of {height}x{width} are too small for family `{family}`, which halves {times}x"
    )]
    SmallImage {
        /// The network family.
        family: &'static str,
        /// Pixels.
        height: i64,
        /// Pixels.
        width: i64,
        /// How often the network halves them.
        times: u32,
    },
    /// The dataset does not look like the one the model was trained on.
    #[error("{path}: {what}")]
    InputDiffers {
        /// The dataset.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// A model folder that cannot be read.
    #[error("{path}: {what}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A model that is no start for this training.
    #[error("{path}: input `init` does not fit: {what}")]
    InitDiffers {
        /// The model.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// An encoder where a classifier is needed.
    #[error("{path}: the model is an encoder, it has no classes to predict")]
    NoClasses {
        /// The model.
        path: PathBuf,
    },
    /// A param that the schema would have refused, or that does not fit another.
    #[error("param `{name}`: {what}")]
    Param {
        /// The param.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The loss left the numbers.
    #[error("the loss became {loss} in epoch {epoch}, step {step}")]
    Diverged {
        /// `NaN` or `inf`.
        loss: f64,
        /// The epoch, from 1.
        epoch: u64,
        /// The step, from 1.
        step: u64,
    },
    /// A training that was told to stop early, as a killed one does.
    #[error("stopped after {step} steps, as asked")]
    Stopped {
        /// Steps done.
        step: u64,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// libtorch refused an operation.
    #[error("libtorch: {0}")]
    Torch(String),
    /// A kind that this worker does not have, or not in this revision.
    #[error("kind `{kind}` revision {revision} was asked for, this worker has {found}")]
    Kind {
        /// The kind asked for.
        kind: String,
        /// Its revision.
        revision: u32,
        /// What is there.
        found: String,
    },
    /// The request has no seed.
    #[error("the request for kind `{kind}` has no seed")]
    NoSeed {
        /// The kind.
        kind: String,
    },
    /// A port of the request is wrong.
    #[error("{0}")]
    Protocol(String),
    /// A GPU was declared, and there is none.
    #[error("device `cuda` was declared, and {0}")]
    NoCuda(&'static str),
    /// The declared platform cannot be had here.
    #[error("{what} was declared, and this machine gives {found}")]
    Platform {
        /// What was declared.
        what: String,
        /// What is there.
        found: String,
    },
}

impl Error {
    /// A libtorch message cut to its first line: the rest is a C++ stack trace.
    pub fn torch(message: &str) -> Self {
        let line = message.lines().map(str::trim).find(|line| !line.is_empty());
        Self::Torch(line.unwrap_or("no message").to_owned())
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Dataset(_) => "T0101",
            Self::Fitted(_) => "T0113",
            Self::NoSplit { .. } => "T0102",
            Self::NoRows { .. } => "T0103",
            Self::NoLabelColumn { .. } => "T0104",
            Self::NoLabels { .. } => "T0105",
            Self::OneClass { .. } => "T0106",
            Self::UnknownClass { .. } => "T0107",
            Self::Value { .. } => "T0108",
            Self::NoFeatures { .. } => "T0109",
            Self::FeatureType { .. } => "T0114",
            Self::Modality { .. } => "T0110",
            Self::SmallImage { .. } => "T0111",
            Self::Predictions(_) => "T0112",
            Self::Model { .. } => "T0201",
            Self::InitDiffers { .. } => "T0202",
            Self::NoClasses { .. } => "T0203",
            Self::InputDiffers { .. } => "T0204",
            Self::Param { .. } => "T0301",
            Self::Diverged { .. } => "T0302",
            Self::Stopped { .. } => "T0303",
            Self::Io { .. } => "T0304",
            Self::Torch(_) => "T0401",
            Self::Kind { .. } => "T0402",
            Self::NoSeed { .. } => "T0403",
            Self::Protocol(_) => "W0002",
            Self::NoCuda(_) => "W0601",
            Self::Platform { .. } => "W0602",
        }
    }

    fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoSplit { .. } => "name the split in the `fractions` of the `split` step",
            Self::NoRows { .. } => "give the split a larger fraction, or more data",
            Self::NoLabelColumn { .. } => {
                "give one column the role `label` in the contract of the `validate` step"
            }
            Self::NoLabels { .. } => {
                "keep some labels (`labels_per_class` of the `split` step), or use `pretrain`, \
                 which needs none"
            }
            Self::OneClass { .. } => {
                "stratify the split by the label (`stratify = \"@label\"`), or check the source"
            }
            Self::UnknownClass { .. } => {
                "declare the label's closed set of classes in the contract, or stratify the split"
            }
            Self::Value { .. } => "put a `validate` step before training and make such values null",
            Self::NoFeatures { .. } => {
                "give at least one column the role `feature`; `sensitive` and `personal` columns \
                 are none"
            }
            Self::FeatureType { .. } => {
                "give it the role `time` or `ignore` in the contract, or make numbers of it in a \
                 `transform` step, such as date_part('month', day)"
            }
            Self::Modality { .. } => "use `mlp` for tables, `cnn` or `resnet` for images",
            Self::SmallImage { .. } => "use family `cnn`, or larger images",
            Self::Model { .. } => {
                "mend what writes it (`ingot schema model`); a model of another runtime is evaluated \
                 by its `inputs.predictions`"
            }
            Self::InitDiffers { .. } => {
                "give this step and the one that made `init` the same family, sizes and data"
            }
            Self::NoClasses { .. } => "fine-tune the encoder first, and predict with that model",
            Self::InputDiffers { .. } => "predict on data made by the steps the model learned from",
            Self::Param { .. } => "see `ingot kinds` for the params of this kind and their ranges",
            Self::Diverged { .. } => "lower `lr`, or warm it up longer (`warmup_epochs`)",
            Self::Kind { .. } => "install workers and `ingot` of the same version",
            Self::NoCuda(_) => {
                "declare `device = \"cpu\"`, or point LIBTORCH at a libtorch with CUDA on a machine \
                 with a GPU"
            }
            Self::Platform { .. } => {
                "declare what every machine of the team has, for example `avx2`"
            }
            Self::Dataset(error) => return error.help(),
            Self::Fitted(error) => return error.help(),
            Self::Predictions(_)
            | Self::Stopped { .. }
            | Self::Io { .. }
            | Self::Torch(_)
            | Self::NoSeed { .. }
            | Self::Protocol(_) => return None,
        })
    }
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        Self::torch(&error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Failure::new(error.code(), error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
