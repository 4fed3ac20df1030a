//! Whether a model of this worker is one that it can run: its card agrees with itself, and
//! its tensors are those of the network that the card describes.
//!
//! Draws first values, which are thrown away: the caller holds [`crate::random::alone`].

use std::path::Path;

use tch::Device;

use super::{CARD, Model, WEIGHTS};
use crate::dataset::{InputSchema, Preprocessing, TableColumn};
use crate::error::Error;
use crate::networks::Encoder;
use crate::nn::{Builder, Parameters};

/// Refuses a model that `predict` or `fine-tune` would refuse for its form.
pub(super) fn check(model: &Model, path: &Path) -> Result<(), Error> {
    if let Some(what) = mistake(model) {
        return Err(Error::Model { path: path.join(CARD), what });
    }
    let card = &model.card;
    card.architecture
        .check()
        .and_then(|()| card.input.check_family(&card.architecture, path))
        .map_err(|error| Error::Model { path: path.join(CARD), what: error.to_string() })?;
    if card.classes.is_some() {
        return model.classifier(path, Device::Cpu).map(drop);
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
    let mut classes = card.classes.iter().flatten().collect::<Vec<_>>();
    classes.sort();
    if let Some(twice) = classes.windows(2).find(|pair| pair[0] == pair[1]) {
        return Some(format!("two classes are named `{}`", twice[0]));
    }
    match (&card.input, &card.preprocessing) {
        (InputSchema::Image { image }, Preprocessing::Image { mean, std }) => {
            let channels = usize::try_from(image.channels).ok();
            let sound = |std: &f64| *std > 0.0;
            if channels != Some(mean.len()) || channels != Some(std.len()) {
                Some(format!(
                    "`mean` and `std` are not one for each of {} channels",
                    image.channels
                ))
            } else {
                (!std.iter().all(sound)).then(|| "a `std` that is not above 0".to_owned())
            }
        }
        (InputSchema::Table { features }, Preprocessing::Table { columns }) => {
            let name = |column: &TableColumn| match column {
                TableColumn::Numeric { name, .. } | TableColumn::Categorical { name, .. } => {
                    name.clone()
                }
            };
            let known =
                |column: &TableColumn| features.iter().any(|feature| feature.name == name(column));
            let flat = |column: &TableColumn| matches!(column, TableColumn::Numeric { std, .. } if *std <= 0.0);
            match columns.iter().find(|column| !known(column) || flat(column)) {
                Some(column) if flat(column) => {
                    Some(format!("the `std` of `{}` is not above 0", name(column)))
                }
                Some(column) => Some(format!("`{}` is no feature of its input", name(column))),
                None => None,
            }
        }
        _ => Some("its preprocessing is not for the modality of its input".to_owned()),
    }
}
