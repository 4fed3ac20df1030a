//! SimCLR (Chen et al. 2020): two random changes of each image are to have
//! representations nearer to each other than to those of any other image.
//!
//! Departures from the paper: AdamW instead of LARS, no colour distortion (the images
//! here are grey), no blur, and the loss is taken over one batch on one device.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::Objective;
use crate::augment::Augmentation;
use crate::heads::PROJECTION;
use crate::losses::nt_xent;
use crate::networks::Modality;
use crate::nn::Mode;
use crate::params::{Optimisation, parse};
use crate::schema;

/// The entry.
pub(super) const OBJECTIVE: Objective = Objective {
    name: "simclr",
    summary: "Contrastive learning of two random views.",
    input: Modality::Image,
    encoder: "cnn",
    params: || schema::properties(&Params::default()),
    optimisation: || Optimisation::defaults(40, 256, 3e-3, 1e-4),
    build: |at, features, params| {
        let params: Params = parse(params)?;
        let projection = (PROJECTION.build)(at, features, params.projection)?;
        Ok(Box::new(move |encoder, rows| {
            let twice = Tensor::f_cat(&[rows.batch, rows.batch], 0)?; // [2b]
            let views = rows.examples.batch(&twice, Some(&params.augmentation))?; // [2b, C, H, W]
            let mode = Mode::Train { dropout: 0.0 };
            let z = projection.forward(&encoder.forward(&views, mode)?, mode)?; // [2b, projection]
            let count = rows.batch.size1()?;
            let (one, other) = (z.f_narrow(0, 0, count)?, z.f_narrow(0, count, count)?);
            nt_xent(&one, &other, params.temperature)
        }))
    },
};

/// What SimCLR takes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Params {
    /// What similarities are divided by.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    temperature: f64,
    /// Numbers in what the loss compares.
    #[schemars(range(min = 1, max = 65536))]
    projection: i64,
    /// Random changes of each image at each step, in training alone.
    augmentation: Augmentation,
}

impl Default for Params {
    fn default() -> Self {
        let augmentation =
            Augmentation { rotation: 15.0, translation: 1.0, scale: 0.1, noise: 0.1 };
        Self { temperature: 0.5, projection: 64, augmentation }
    }
}
