//! First values of parameters, as PyTorch's layers have them.

use tch::{Device, Kind, Tensor};

use crate::error::Error;
use crate::random::reseed;

/// Weights as `torch.nn.Linear` and `Conv2d` draw them: `kaiming_uniform_` with
/// `a = sqrt(5)`, which is U(-b, b) with b = 1 / sqrt(fan_in).
///
/// `gain = sqrt(2 / (1 + a^2)) = sqrt(1/3)`, and `b = gain * sqrt(3 / fan_in)`.
/// `fan_in` is the product of all sizes but the first. For a weight of [3, 4],
/// b = 0.5. Source: PyTorch 2.11, `torch/nn/modules/linear.py`.
pub(super) fn weight(seed: u64, name: &str, shape: &[i64]) -> Result<Tensor, Error> {
    let fan_in: i64 = shape.iter().skip(1).product();
    uniform(seed, name, shape, fan_in)
}

/// A bias: U(-b, b) with b = 1 / sqrt(fan_in) of the layer's weight.
pub(super) fn bias(seed: u64, name: &str, size: i64, fan_in: i64) -> Result<Tensor, Error> {
    uniform(seed, name, &[size], fan_in)
}

/// Drawn on the CPU, so that a device's generator has no say in it.
fn uniform(seed: u64, name: &str, shape: &[i64], fan_in: i64) -> Result<Tensor, Error> {
    reseed(seed, &format!("init {name}"), 0)?;
    // A layer without inputs has no weights to bound.
    let bound = 1.0 / (fan_in.max(1) as f64).sqrt();
    let mut tensor = Tensor::f_empty(shape, (Kind::Float, Device::Cpu))?;
    Ok(tensor.f_uniform_(-bound, bound)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::random::alone;

    #[test]
    fn weights_fill_their_bound_and_follow_seed_and_name() {
        let _alone = alone();
        let drawn = weight(17, "a.weight", &[100, 4, 2, 2]).unwrap();
        let (low, high) = (drawn.min().double_value(&[]), drawn.max().double_value(&[]));
        assert!((-0.25..-0.24).contains(&low) && (0.24..=0.25).contains(&high), "{low} {high}");
        assert!(drawn.equal(&weight(17, "a.weight", &[100, 4, 2, 2]).unwrap()));
        assert!(!drawn.equal(&weight(17, "b.weight", &[100, 4, 2, 2]).unwrap()));
        assert!(!drawn.equal(&weight(18, "a.weight", &[100, 4, 2, 2]).unwrap()));
    }
}
