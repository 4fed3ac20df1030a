//! Gradient descent with momentum.

use std::collections::BTreeMap;

use tch::Tensor;

use super::{named, zeros};
use crate::error::Error;
use crate::nn::Parameters;
use crate::params::Optimisation;

/// `g = grad + wd p`; `b = mu b + g`; `p = p - lr b`, as `torch.optim.SGD` without
/// dampening or Nesterov. The first step has b = g there, and here too, since b
/// starts at zero. By hand: p = 1, grad = 2, lr = 0.1, wd = 0 gives 0.8.
#[derive(Debug)]
pub struct Sgd {
    momenta: BTreeMap<String, Tensor>,
    momentum: f64,
    weight_decay: f64,
}

impl Sgd {
    pub(super) fn new(parameters: &Parameters, params: &Optimisation) -> Result<Self, Error> {
        let Optimisation { momentum, weight_decay, .. } = *params;
        Ok(Self { momenta: zeros(parameters)?, momentum, weight_decay })
    }

    pub(super) fn step(&self, parameters: &Parameters, lr: f64) -> Result<(), Error> {
        let _no_grad = tch::no_grad_guard();
        for (tensor, momentum) in parameters.trainable.values().zip(self.momenta.values()) {
            let decay = tensor.f_mul_scalar(self.weight_decay)?;
            let gradient = tensor.f_grad()?.f_add(&decay)?;
            let mut momentum = momentum.shallow_clone();
            let moved = momentum.f_mul_scalar_(self.momentum)?.f_add_(&gradient)?;
            let _moved_in_place = tensor.shallow_clone().f_sub_(&moved.f_mul_scalar(lr)?)?;
        }
        Ok(())
    }

    pub(super) fn state(&self) -> BTreeMap<String, &Tensor> {
        named("momentum", &self.momenta).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::params::OptimizerKind;

    #[test]
    fn follows_the_formula_step_by_step() {
        let mut parameters = Parameters::default();
        let tensor = Tensor::from_slice(&[1.0_f32]).set_requires_grad(true);
        parameters.trainable.insert("p".into(), tensor);
        let params = Optimisation {
            optimizer: OptimizerKind::Sgd,
            momentum: 0.9,
            weight_decay: 0.5,
            ..Optimisation::defaults(2, 8, 0.1, 0.0)
        };
        let mut optimizer = super::super::Optimizer::new(&parameters, &params).unwrap();
        let (mut p, mut b) = (1.0_f64, 0.0);
        for step in 0..4 {
            let at = &parameters.trainable["p"];
            (at * at).sum(tch::Kind::Float).backward();
            b = 0.9 * b + 2.0 * p + 0.5 * p;
            p -= 0.1 * b;
            optimizer.step(&parameters, step, 0.1).unwrap();
            assert!((parameters.trainable["p"].double_value(&[0]) - p).abs() < 1e-6);
        }
    }
}
