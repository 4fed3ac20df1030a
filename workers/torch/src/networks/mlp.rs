//! Fully connected layers for tables.

use tch::Tensor;

use crate::error::Error;
use crate::nn::{Builder, Linear, Mode};

/// Linear layers with ReLU; dropout between them (the classifier's own stands
/// behind the last).
#[derive(Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    features: i64,
}

impl Mlp {
    pub(super) fn build(at: &mut Builder<'_>, hidden: &[i64], input: i64) -> Result<Self, Error> {
        let mut layers = Vec::new();
        let mut width = input;
        for (index, units) in hidden.iter().enumerate() {
            layers.push(at.linear(&format!("fc{}", index + 1), width, *units)?);
            width = *units;
        }
        Ok(Self { layers, features: width })
    }

    pub(super) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone(); // [N, F]
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                x = x.f_dropout(mode.dropout(), mode.is_train())?;
            }
            x = layer.forward(&x)?.f_relu()?;
        }
        Ok(x) // [N, last hidden]
    }

    pub(super) fn features(&self) -> i64 {
        self.features
    }
}
