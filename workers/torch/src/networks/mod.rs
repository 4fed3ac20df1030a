//! Networks: each is one file, which says its name, its sizes, what it takes, how it is
//! built and what it computes; [`FAMILIES`] is the one list of them.
//!
//! Invariant: an [`Architecture`] and an [`InputShape`] determine every tensor's
//! name and shape; both are written into `model.json`, and a network is rebuilt
//! from them alone.

mod architecture;
mod cnn;
mod family;
mod mlp;
mod resnet;
mod with_head;

use tch::Tensor;

use crate::error::Error;
use crate::nn::{Builder, Mode};

pub use architecture::Architecture;
pub use family::{Family, Modality};
pub use with_head::WithHead;

/// Every family, sorted by name. A new one is a file and a line here.
pub const FAMILIES: &[Family] =
    &[Family::of::<cnn::Cnn>(), Family::of::<mlp::Mlp>(), Family::of::<resnet::Resnet>()];

/// The name below which an encoder's tensors stand.
pub const ENCODER: &str = "encoder.";

/// A network that turns rows into representations.
pub trait Network: std::fmt::Debug + Sized + 'static {
    /// Its sizes, as the manifest and `model.json` have them: the schema, the defaults and
    /// the values are this one type.
    type Sizes: family::Sizes;
    /// The family's name in the manifest.
    const NAME: &'static str;
    /// One line about it.
    const SUMMARY: &'static str;
    /// What its rows are.
    const INPUT: Modality;
    /// Probability that a unit is zeroed in supervised training, where nobody says it.
    const DROPOUT: f64;

    /// The sizes where nobody says them.
    fn defaults() -> Self::Sizes;

    /// Builds the network for rows of a shape.
    fn build(at: &mut Builder<'_>, sizes: &Self::Sizes, input: InputShape) -> Result<Self, Error>;

    /// Representations of a batch.                       [N, ..input] -> [N, D]
    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error>;

    /// D, the numbers in a representation.
    fn features(&self) -> i64;
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

impl InputShape {
    /// Channels, height and width, for a family that takes images.
    fn image(self, family: &'static str) -> Result<(i64, i64, i64), Error> {
        match self {
            Self::Image { channels, height, width } => Ok((channels, height, width)),
            Self::Table { .. } => Err(Self::refused(family)),
        }
    }

    /// Numbers a row, for a family that takes tables.
    fn table(self, family: &'static str) -> Result<i64, Error> {
        match self {
            Self::Table { features } => Ok(features),
            Self::Image { .. } => Err(Self::refused(family)),
        }
    }

    fn refused(family: &str) -> Error {
        let what = format!("`{family}` does not take this kind of data");
        Error::Param { name: "family".into(), what }
    }
}

/// A network of any family, built: rows to representations.
#[derive(Debug)]
pub struct Encoder(Box<dyn family::Built>);

impl Encoder {
    /// Builds the encoder below the name `encoder`.
    pub fn build(
        at: &mut Builder<'_>,
        architecture: &Architecture,
        input: InputShape,
    ) -> Result<Self, Error> {
        architecture.build(&mut at.scope("encoder"), input).map(Self)
    }

    /// Representations of a batch.                       [N, ..input] -> [N, D]
    pub fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        self.0.forward(x, mode)
    }

    /// D, the numbers in a representation.
    pub fn features(&self) -> i64 {
        self.0.features()
    }
}
