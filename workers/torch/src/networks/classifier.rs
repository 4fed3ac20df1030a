//! [`Classifier`]: an encoder and a linear layer to the classes.

use tch::Tensor;

use super::{Architecture, Encoder, InputShape};
use crate::error::Error;
use crate::nn::{Builder, Linear, Mode};

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
