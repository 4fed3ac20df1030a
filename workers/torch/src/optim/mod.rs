//! Optimisers whose whole state can be written into a checkpoint.
//!
//! Invariant: after n steps from the same values and gradients the parameters are
//! the same bits, whether the state was carried in memory or through a file.

mod adamw;
mod schedule;
mod sgd;

use std::collections::BTreeMap;

use tch::Tensor;

use crate::error::Error;
use crate::nn::Parameters;
use crate::params::{Optimisation, OptimizerKind};
use crate::shim;

pub use adamw::AdamW;
pub use schedule::learning_rate;
pub use sgd::Sgd;

/// An optimiser and its state.
#[derive(Debug)]
pub enum Optimizer {
    /// Adam with decoupled weight decay.
    AdamW(AdamW),
    /// Gradient descent with momentum.
    Sgd(Sgd),
}

impl Optimizer {
    /// An optimiser at step 0 for the trainable parameters.
    pub fn new(parameters: &Parameters, params: &Optimisation) -> Result<Self, Error> {
        Ok(match params.optimizer {
            OptimizerKind::Adamw => Self::AdamW(AdamW::new(parameters, params)?),
            OptimizerKind::Sgd => Self::Sgd(Sgd::new(parameters, params)?),
        })
    }

    /// Changes the parameters by their gradients, which it then removes. `step`
    /// counts from 0.
    pub fn step(&mut self, parameters: &Parameters, step: u64, lr: f64) -> Result<(), Error> {
        match self {
            Self::AdamW(optimizer) => optimizer.step(parameters, step, lr)?,
            Self::Sgd(optimizer) => optimizer.step(parameters, lr)?,
        }
        shim::clear_gradients(&parameters.trainable.values().collect::<Vec<_>>())
    }

    /// The state by name: `exp_avg.NAME`, `exp_avg_sq.NAME` or `momentum.NAME`.
    pub fn state(&self) -> BTreeMap<String, &Tensor> {
        match self {
            Self::AdamW(optimizer) => optimizer.state(),
            Self::Sgd(optimizer) => optimizer.state(),
        }
    }
}

/// A tensor of zeros beside each trainable parameter.
fn zeros(parameters: &Parameters) -> Result<BTreeMap<String, Tensor>, Error> {
    let like =
        |(name, tensor): (&String, &Tensor)| Ok((name.clone(), tensor.f_detach()?.f_zeros_like()?));
    parameters.trainable.iter().map(like).collect()
}

/// State tensors under a slot's name.
fn named<'a>(
    slot: &str,
    tensors: &'a BTreeMap<String, Tensor>,
) -> impl Iterator<Item = (String, &'a Tensor)> {
    tensors.iter().map(move |(name, tensor)| (format!("{slot}.{name}"), tensor))
}
