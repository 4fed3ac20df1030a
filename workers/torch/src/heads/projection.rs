//! The projection head of contrastive pretraining.

use tch::Tensor;

use super::head::{Head, Layers};
use crate::error::Error;
use crate::nn::{Linear, Mode};

/// The entry; its tensors stand below the name `projection`.
pub const PROJECTION: Head = Head {
    name: "projection",
    build: |at, features, outputs| {
        let mut at = at.scope("projection");
        let first = at.linear("fc1", features, features)?;
        Ok(Box::new(Projection { first, second: at.linear("fc2", features, outputs)? }))
    },
    supervision: None,
};

/// Two linear layers with a ReLU between, D -> D -> outputs (Chen et al. 2020, section 2.1:
/// `g`). The contrastive loss is taken behind it; the representation before it is kept, and
/// the head is thrown away.
#[derive(Debug)]
struct Projection {
    first: Linear,
    second: Linear,
}

impl Layers for Projection {
    fn forward(&self, x: &Tensor, _: Mode) -> Result<Tensor, Error> {
        self.second.forward(&self.first.forward(x)?.f_relu()?) // [N, outputs]
    }
}
