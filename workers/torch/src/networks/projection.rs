//! The projection head of contrastive pretraining.

use tch::Tensor;

use crate::error::Error;
use crate::nn::{Builder, Linear};

/// Two linear layers with a ReLU between (Chen et al. 2020, section 2.1: `g`). The
/// contrastive loss is taken behind it; the representation before it is kept, and
/// the head is thrown away.
#[derive(Debug)]
pub struct Projection {
    first: Linear,
    second: Linear,
}

impl Projection {
    /// Builds the head below the name `projection`: D -> D -> `size`.
    pub fn build(at: &mut Builder<'_>, features: i64, size: i64) -> Result<Self, Error> {
        let mut at = at.scope("projection");
        let first = at.linear("fc1", features, features)?;
        Ok(Self { first, second: at.linear("fc2", features, size)? })
    }

    /// What the contrastive loss compares.                    [N, D] -> [N, size]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        self.second.forward(&self.first.forward(x)?.f_relu()?)
    }
}
