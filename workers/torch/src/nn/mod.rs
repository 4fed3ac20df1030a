//! Layers and their parameters.
//!
//! Invariant: every tensor has a name as PyTorch would give it
//! (`encoder.conv1.weight`), and its first value depends on the seed and that name
//! alone. A layer shares storage with the [`Parameters`] that it was built in.

mod init;
mod layers;
mod parameters;

pub use layers::{BatchNorm2d, Conv2d, Linear};
pub use parameters::{Builder, Parameters};

/// Whether a forward pass learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Batch statistics, and dropout with this probability.
    Train {
        /// Probability that a unit is zeroed, in [0, 1).
        dropout: f64,
    },
    /// Running statistics, no dropout.
    Evaluate,
}

impl Mode {
    /// Whether this is a training pass.
    pub fn is_train(self) -> bool {
        matches!(self, Self::Train { .. })
    }

    /// The dropout probability of this pass.
    pub fn dropout(self) -> f64 {
        match self {
            Self::Train { dropout } => dropout,
            Self::Evaluate => 0.0,
        }
    }
}
