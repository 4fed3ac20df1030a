//! [`Objective`]: one entry of the list.

use serde_json::{Map, Value};
use tch::Tensor;

use crate::dataset::Examples;
use crate::error::Error;
use crate::networks::{Encoder, Modality};
use crate::nn::Builder;
use crate::params::Optimisation;

/// An objective of pretraining.
pub struct Objective {
    /// The family's name in the manifest.
    pub name: &'static str,
    /// One line about it.
    pub summary: &'static str,
    /// What its rows are, and so which encoders it trains.
    pub input: Modality,
    /// The encoder where nobody says one.
    pub encoder: &'static str,
    /// The schema of its own params, with their defaults.
    pub params: fn() -> Map<String, Value>,
    /// The defaults of the loop.
    pub optimisation: fn() -> Optimisation,
    /// Builds what it adds to an encoder of so many features, from the step's params.
    pub build: Build,
}

/// Builds what an objective adds to an encoder of so many features.
pub type Build = fn(&mut Builder<'_>, i64, &Map<String, Value>) -> Result<Learn, Error>;

/// The mean loss of a batch.                                             -> []
pub type Learn = Box<dyn Fn(&Encoder, &Rows<'_>) -> Result<Tensor, Error>>;

/// A batch of rows.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The rows of the split.
    pub examples: &'a Examples,
    /// The indices of the batch's.                                     [b] i64
    pub batch: &'a Tensor,
}
