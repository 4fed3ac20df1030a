//! Whether a model of this worker is one that it can run: its card agrees with itself, and
//! its tensors are those of the network that the card describes.
//!
//! Draws first values, which are thrown away: the caller holds [`crate::random::alone`].

use std::path::Path;

use tch::Device;

use super::{CARD, Model, WEIGHTS};
use crate::dataset::{FeatureSchema, InputSchema, Preprocessing, TableColumn};
use crate::error::Error;
use crate::networks::Encoder;
use crate::nn::{Builder, Parameters};

/// Types of a feature.
const TYPES: [&str; 4] = ["int64", "float64", "bool", "utf8"];

/// Refuses a model that `predict` or `fine-tune` would refuse for its form.
pub(super) fn check(model: &Model, path: &Path) -> Result<(), Error> {
    if let Some(what) = mistake(model) {
        return Err(Error::Model { path: path.join(CARD), what });
    }
    let card = &model.card;
    card.input
        .check_family(card.architecture.family(), path)
        .map_err(|error| Error::Model { path: path.join(CARD), what: error.to_string() })?;
    if card.outputs.is_some() {
        return model.network(path, Device::Cpu).map(drop);
    }
    let mut parameters = Parameters::default();
    let mut builder = Builder::new(&mut parameters, 0, Device::Cpu);
    let shape = card.input.shape(&card.preprocessing);
    Encoder::build(&mut builder, &card.architecture, shape)?;
    match parameters.load("", &model.weights)? {
        None => Ok(()),
        Some(what) => Err(Error::Model { path: path.join(WEIGHTS), what }),
    }
}

/// Where the card contradicts itself.
fn mistake(model: &Model) -> Option<String> {
    let card = &model.card;
    match (&card.input, &card.preprocessing) {
        (InputSchema::Image { image }, Preprocessing::Image { mean, std }) => {
            channels(image.channels, mean, std)
        }
        (InputSchema::Table { features }, Preprocessing::Table { columns }) => {
            table(features, columns)
        }
        _ => Some("its preprocessing is not for the modality of its input".to_owned()),
    }
}

fn channels(channels: u32, mean: &[f64], deviation: &[f64]) -> Option<String> {
    let each = |values: &[f64]| u32::try_from(values.len()) == Ok(channels);
    if !each(mean) || !each(deviation) {
        return Some(format!("`mean` and `std` are not one for each of {channels} channels"));
    }
    deviation.iter().any(|value| *value <= 0.0).then(|| "a `std` is not above 0".to_owned())
}

fn table(features: &[FeatureSchema], columns: &[TableColumn]) -> Option<String> {
    let unknown = features.iter().find(|feature| !TYPES.contains(&feature.data_type.as_str()));
    if let Some(FeatureSchema { name, data_type }) = unknown {
        return Some(format!("the feature `{name}` is `{data_type}`, which is no type"));
    }
    columns.iter().find_map(|column| {
        let (name, deviation) = match column {
            TableColumn::Numeric { name, std, .. } => (name, *std),
            TableColumn::Categorical { name, .. } => (name, 1.0),
        };
        if !features.iter().any(|feature| feature.name == *name) {
            return Some(format!("`{name}` is no feature of its input"));
        }
        (deviation <= 0.0).then(|| format!("the `std` of `{name}` is not above 0"))
    })
}
