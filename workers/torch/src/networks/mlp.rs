//! Fully connected layers for tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{InputShape, Modality, Network};
use crate::error::Error;
use crate::nn::{Builder, Linear, Mode};

/// Linear layers with ReLU; dropout between them (the classifier's own stands
/// behind the last).
#[derive(Debug)]
pub(super) struct Mlp {
    layers: Vec<Linear>,
    features: i64,
}

/// The sizes of an [`Mlp`].
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Sizes {
    /// Units of each hidden layer.
    #[schemars(length(min = 1, max = 64), inner(range(min = 1, max = 65536)))]
    hidden: Vec<i64>,
}

impl Network for Mlp {
    type Sizes = Sizes;
    const NAME: &'static str = "mlp";
    const SUMMARY: &'static str = "Fully connected layers, for tables.";
    const INPUT: Modality = Modality::Table;
    const DROPOUT: f64 = 0.1;

    fn defaults() -> Sizes {
        Sizes { hidden: vec![128, 64] }
    }

    fn build(at: &mut Builder<'_>, sizes: &Sizes, input: InputShape) -> Result<Self, Error> {
        let mut layers = Vec::new();
        let mut width = input.table(Self::NAME)?;
        for (index, units) in sizes.hidden.iter().enumerate() {
            layers.push(at.linear(&format!("fc{}", index + 1), width, *units)?);
            width = *units;
        }
        Ok(Self { layers, features: width })
    }

    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone(); // [N, F]
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                x = x.f_dropout(mode.dropout(), mode.is_train())?;
            }
            x = layer.forward(&x)?.f_relu()?;
        }
        Ok(x) // [N, last hidden]
    }

    fn features(&self) -> i64 {
        self.features
    }
}
