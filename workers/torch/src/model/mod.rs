//! The model artifact: a folder with `model.json` and `weights.safetensors`.
//!
//! Invariant: the two files are all that is needed to predict, and their bytes are
//! a function of the model alone: sorted keys and tensors, no time, no history, no
//! ancestry. Nothing is pickled; a foreign file can be wrong, but not run.

mod card;
mod inspect;
mod opaque;
mod predictor;
mod sound;
pub mod weights;

use std::collections::BTreeMap;
use std::path::Path;

use tch::{Device, Tensor};

use crate::error::Error;
use crate::heads::Outputs;
use crate::networks::{ENCODER, WithHead};
use crate::nn::{Builder, Parameters};

pub use card::Card;
pub use inspect::{check, diff, show};
pub use predictor::Predictor;

/// The card's file name.
const CARD: &str = "model.json";
/// The weights' file name.
const WEIGHTS: &str = "weights.safetensors";

/// A model artifact, read.
#[derive(Debug)]
pub struct Model {
    /// What it is.
    pub card: Card,
    /// Its tensors by name.
    pub weights: BTreeMap<String, Tensor>,
}

impl Model {
    /// Reads a model folder.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let card = Card::read(&path.join(CARD))?;
        let weights = weights::read(&path.join(WEIGHTS))?;
        Ok(Self { card, weights })
    }

    /// The network with its head and its weights, on `device`, and what its outputs mean.
    pub fn network(&self, path: &Path, device: Device) -> Result<(WithHead, Outputs), Error> {
        let outputs = match &self.card.outputs {
            Some(outputs) if outputs.count() > 0 => outputs.clone(),
            _ => return Err(Error::NoClasses { path: path.to_owned() }),
        };
        let mut parameters = Parameters::default();
        let mut builder = Builder::new(&mut parameters, 0, device);
        let shape = self.card.input.shape(&self.card.preprocessing);
        let network = WithHead::build(&mut builder, &self.card.architecture, shape, &outputs)?;
        match parameters.load("", &self.weights)? {
            None => Ok((network, outputs)),
            Some(what) => Err(Error::Model { path: path.join(WEIGHTS), what }),
        }
    }
}

/// Writes a model folder; its tensors are those of `parameters`, without what only
/// training needed when `encoder_alone`.
pub fn write(
    path: &Path,
    card: &Card,
    parameters: &Parameters,
    encoder_alone: bool,
) -> Result<(), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(io)?;
    card.write(&path.join(CARD))?;
    let keep = |name: &str| !encoder_alone || name.starts_with(ENCODER);
    let tensors = parameters.all().into_iter().filter(|(name, _)| keep(name));
    let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor)).collect();
    weights::write(&path.join(WEIGHTS), &tensors)
}
