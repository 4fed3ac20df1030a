//! AdamW by libtorch's fused kernel, with its state in our hands.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::{named, zeros};
use crate::error::Error;
use crate::nn::Parameters;
use crate::params::Optimisation;
use crate::shim::{self, AdamWConstants, AdamWLists};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
///
/// For step t from 1 and gradient g, all f32, element by element:
/// `p = p - lr * wd * p`; `m = b1 m + (1 - b1) g`; `v = b2 v + (1 - b2) g^2`;
/// `p = p - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)`.
/// By hand: the first step with p = 1, g = 2, lr = 0.1, wd = 0 gives p = 0.9.
///
/// `tch`'s own optimiser keeps its state where no checkpoint can reach it.
#[derive(Debug)]
pub struct AdamW {
    means: BTreeMap<String, Tensor>,
    squares: BTreeMap<String, Tensor>,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
}

impl AdamW {
    pub(super) fn new(parameters: &Parameters, params: &Optimisation) -> Result<Self, Error> {
        Ok(Self {
            means: zeros(parameters)?,
            squares: zeros(parameters)?,
            betas: params.betas.into(),
            eps: params.eps,
            weight_decay: params.weight_decay,
        })
    }

    pub(super) fn step(&self, parameters: &Parameters, step: u64, lr: f64) -> Result<(), Error> {
        let Some(first) = parameters.trainable.values().next() else { return Ok(()) };
        let options = (Kind::Float, first.device());
        let count = Tensor::f_full([0_i64; 0].as_slice(), (step + 1) as f64, options)?; // []
        let all: Vec<&Tensor> = parameters.trainable.values().collect();
        let gradients = all.iter().map(|tensor| tensor.f_grad()).collect::<Result<Vec<_>, _>>()?;
        let lists = AdamWLists {
            steps: all.iter().map(|_| &count).collect(),
            parameters: all,
            gradients: gradients.iter().collect(),
            means: self.means.values().collect(),
            squares: self.squares.values().collect(),
        };
        let AdamW { betas, eps, weight_decay, .. } = *self;
        shim::adamw_step(&lists, AdamWConstants { lr, betas, weight_decay, eps })
    }

    pub(super) fn state(&self) -> BTreeMap<String, &Tensor> {
        named("exp_avg", &self.means).chain(named("exp_avg_sq", &self.squares)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn quadratic(value: f64) -> Parameters {
        let mut parameters = Parameters::default();
        let tensor = Tensor::from_slice(&[value as f32]).set_requires_grad(true);
        parameters.trainable.insert("p".into(), tensor);
        parameters
    }

    fn backward(parameters: &Parameters) -> f64 {
        let p = &parameters.trainable["p"];
        (p * p).sum(Kind::Float).backward();
        p.grad().double_value(&[0])
    }

    #[test]
    fn follows_the_formula_step_by_step() {
        let (b1, b2, eps, wd, lr) = (0.9, 0.999, 1e-8, 0.01, 0.1);
        let parameters = quadratic(1.0);
        let params = Optimisation {
            betas: [b1, b2],
            eps,
            weight_decay: wd,
            ..Optimisation::defaults(2, 8, 0.1, 0.0)
        };
        let mut optimizer = super::super::Optimizer::new(&parameters, &params).unwrap();
        let (mut p, mut m, mut v) = (1.0_f64, 0.0, 0.0);
        for step in 0..5_u64 {
            let gradient = backward(&parameters);
            assert!((gradient - 2.0 * p).abs() < 1e-5, "gradients must not add up");
            let t = (step + 1) as i32;
            m = b1 * m + (1.0 - b1) * gradient;
            v = b2 * v + (1.0 - b2) * gradient * gradient;
            p -= lr * wd * p;
            p -= lr * (m / (1.0 - b1.powi(t))) / ((v / (1.0 - b2.powi(t))).sqrt() + eps);
            optimizer.step(&parameters, step, lr).unwrap();
            let found = parameters.trainable["p"].double_value(&[0]);
            assert!((found - p).abs() < 1e-6, "step {step}: {found} and {p}");
        }
    }
}
