//! [`WithHead`]: an encoder and a head behind it.

use tch::Tensor;

use super::{Architecture, Encoder, InputShape};
use crate::error::Error;
use crate::heads::{Layers, Outputs};
use crate::nn::{Builder, Mode};

/// An encoder and a head that labels teach.
#[derive(Debug)]
pub struct WithHead {
    encoder: Encoder,
    head: Box<dyn Layers>,
    /// Whether the encoder stays as it is, its batch statistics included.
    pub frozen: bool,
}

impl WithHead {
    /// Builds the encoder, and the head of these outputs.
    pub fn build(
        at: &mut Builder<'_>,
        architecture: &Architecture,
        input: InputShape,
        outputs: &Outputs,
    ) -> Result<Self, Error> {
        let encoder = Encoder::build(at, architecture, input)?;
        let head = (outputs.head().build)(at, encoder.features(), outputs.count())?;
        Ok(Self { encoder, head, frozen: false })
    }

    /// Outputs of a batch.                               [N, ..input] -> [N, outputs]
    pub fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let below = if self.frozen { Mode::Evaluate } else { mode };
        let features = self.encoder.forward(x, below)?; // [N, D]
        self.head.forward(&features, mode) // [N, outputs]
    }
}
