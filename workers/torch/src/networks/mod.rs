//! Network architectures: an encoder of some family, and what is put on top.
//!
//! Invariant: an [`Architecture`] and an [`InputShape`] determine every tensor's
//! name and shape; both are written into `model.json`, and a network is rebuilt
//! from them alone.

mod cnn;
mod mlp;
mod projection;
mod resnet;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::Error;
use crate::nn::{Builder, Linear, Mode};

pub use projection::Projection;

/// The name below which an encoder's tensors stand.
pub const ENCODER: &str = "encoder.";

/// A network family and its sizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "family", content = "architecture", rename_all = "lowercase")]
pub enum Architecture {
    /// A small convolutional network.
    Cnn {
        /// Channels of the first convolution; later ones have two and four times.
        width: i64,
    },
    /// A residual network.
    Resnet {
        /// Channels of the first stage; each further one doubles them.
        width: i64,
        /// Residual blocks of each of the three stages.
        blocks: i64,
    },
    /// Fully connected layers.
    Mlp {
        /// Units of each hidden layer.
        hidden: Vec<i64>,
    },
}

impl Architecture {
    /// The family's name in the manifest.
    pub fn family(&self) -> &'static str {
        match self {
            Self::Cnn { .. } => "cnn",
            Self::Resnet { .. } => "resnet",
            Self::Mlp { .. } => "mlp",
        }
    }

    /// Refuses sizes that no network can have.
    pub fn check(&self) -> Result<(), Error> {
        let sound = |size: &i64| (1..=65_536).contains(size);
        let wrong = match self {
            Self::Cnn { width } => (!sound(width)).then_some("width"),
            Self::Resnet { width, blocks } if sound(width) => {
                (!(1..=32).contains(blocks)).then_some("blocks")
            }
            Self::Resnet { .. } => Some("width"),
            Self::Mlp { hidden } => {
                (hidden.is_empty() || !hidden.iter().all(sound)).then_some("hidden")
            }
        };
        match wrong {
            Some(name) => {
                Err(Error::Param { name: name.into(), what: "is out of its range".into() })
            }
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cnn { width } => write!(formatter, "cnn of width {width}"),
            Self::Resnet { width, blocks } => {
                write!(formatter, "resnet of width {width} and {blocks} blocks a stage")
            }
            Self::Mlp { hidden } => write!(formatter, "mlp of hidden layers {hidden:?}"),
        }
    }
}

/// What one row looks like to a network, after preprocessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputShape {
    /// Images.                                                  [N, C, H, W]
    Image {
        /// Channels.
        channels: i64,
        /// Pixels.
        height: i64,
        /// Pixels.
        width: i64,
    },
    /// Rows of numbers.                                         [N, F]
    Table {
        /// Numbers a row.
        features: i64,
    },
}

/// An encoder: rows to representations.
#[derive(Debug)]
pub enum Encoder {
    /// See [`Architecture::Cnn`].
    Cnn(cnn::Cnn),
    /// See [`Architecture::Resnet`].
    Resnet(resnet::Resnet),
    /// See [`Architecture::Mlp`].
    Mlp(mlp::Mlp),
}

impl Encoder {
    /// Builds the encoder below the name `encoder`.
    pub fn build(
        at: &mut Builder<'_>,
        architecture: &Architecture,
        input: InputShape,
    ) -> Result<Self, Error> {
        let mut at = at.scope("encoder");
        match (architecture, input) {
            (Architecture::Cnn { width: w }, InputShape::Image { channels, height, width }) => {
                Ok(Self::Cnn(cnn::Cnn::build(&mut at, *w, channels, (height, width))?))
            }
            (
                Architecture::Resnet { width: w, blocks },
                InputShape::Image { channels, height, width },
            ) => Ok(Self::Resnet(resnet::Resnet::build(
                &mut at,
                (*w, *blocks),
                channels,
                (height, width),
            )?)),
            (Architecture::Mlp { hidden }, InputShape::Table { features }) => {
                Ok(Self::Mlp(mlp::Mlp::build(&mut at, hidden, features)?))
            }
            (other, _) => Err(Error::Param {
                name: "family".into(),
                what: format!("`{}` does not take this kind of data", other.family()),
            }),
        }
    }

    /// Representations of a batch.                       [N, ..input] -> [N, D]
    pub fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        match self {
            Self::Cnn(network) => network.forward(x, mode),
            Self::Resnet(network) => network.forward(x, mode),
            Self::Mlp(network) => network.forward(x, mode),
        }
    }

    /// D, the numbers in a representation.
    pub fn features(&self) -> i64 {
        match self {
            Self::Cnn(network) => network.features(),
            Self::Resnet(network) => network.features(),
            Self::Mlp(network) => network.features(),
        }
    }
}

/// An encoder and a linear layer to the classes.
#[derive(Debug)]
pub struct Classifier {
    encoder: Encoder,
    head: Linear,
    /// Whether the encoder stays as it is, its batch statistics included.
    pub frozen: bool,
}

impl Classifier {
    /// Builds the encoder and, below the name `head`, the linear layer.
    pub fn build(
        at: &mut Builder<'_>,
        architecture: &Architecture,
        input: InputShape,
        classes: usize,
    ) -> Result<Self, Error> {
        let encoder = Encoder::build(at, architecture, input)?;
        let head = at.linear("head", encoder.features(), i64::try_from(classes).unwrap_or(0))?;
        Ok(Self { encoder, head, frozen: false })
    }

    /// Unnormalised log-probabilities; dropout stands before the last layer.
    ///                                                   [N, ..input] -> [N, classes]
    pub fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let below = if self.frozen { Mode::Evaluate } else { mode };
        let features = self.encoder.forward(x, below)?; // [N, D]
        let features = features.f_dropout(mode.dropout(), mode.is_train())?; // [N, D]
        self.head.forward(&features) // [N, classes]
    }
}
