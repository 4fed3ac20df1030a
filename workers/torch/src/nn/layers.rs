//! The layers that hold parameters.

use tch::Tensor;

use super::Mode;
use crate::error::Error;

/// Weight of the newest batch in the running statistics (`torch.nn.BatchNorm2d`).
const MOMENTUM: f64 = 0.1;
/// Added to the variance (`torch.nn.BatchNorm2d`).
const EPSILON: f64 = 1e-5;

/// A fully connected layer.
#[derive(Debug)]
pub struct Linear {
    pub(super) weight: Tensor, // [output, input]
    pub(super) bias: Tensor,   // [output]
}

impl Linear {
    /// `x W^T + b`.                                      [N, input] -> [N, output]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(x.f_linear(&self.weight, Some(&self.bias))?)
    }
}

/// A square convolution without bias.
#[derive(Debug)]
pub struct Conv2d {
    pub(super) weight: Tensor, // [output, input, K, K]
    pub(super) stride: i64,
    pub(super) padding: i64,
}

impl Conv2d {
    /// Cross-correlation with zero padding.  [N, input, H, W] -> [N, output, H/s, W/s]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        Ok(x.f_conv2d(&self.weight, None::<&Tensor>, stride, padding, [1, 1], 1)?)
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015): in training by the batch's mean and
/// biased variance, which also move the running statistics; else by those.
#[derive(Debug)]
pub struct BatchNorm2d {
    pub(super) weight: Tensor,       // [C]
    pub(super) bias: Tensor,         // [C]
    pub(super) running_mean: Tensor, // [C]
    pub(super) running_var: Tensor,  // [C]
}

impl BatchNorm2d {
    /// `(x - mean) / sqrt(var + 1e-5) * weight + bias`.  [N, C, H, W] -> [N, C, H, W]
    pub fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        Ok(x.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            mode.is_train(),
            MOMENTUM,
            EPSILON,
            false,
        )?)
    }
}
