//! The params of training, typed.
//!
//! The core has filled every default and checked every range by the kind's JSON
//! Schema ([`crate::schema`]), which comes from these types; a request written by hand has
//! not seen it, so [`parse`] holds the ranges once more. Names are PyTorch's where it has
//! them.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::augment::Augmentation;
use crate::error::Error;
use crate::schema;

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// `torch.optim.AdamW`.
    Adamw,
    /// `torch.optim.SGD`.
    Sgd,
}

/// How the learning rate moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheduler {
    /// It stays, after the warm-up.
    Constant,
    /// It falls to zero along half a cosine, after the warm-up.
    Cosine,
}

/// The optimiser, its schedule and the checkpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Optimisation {
    /// Passes over the training rows.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: u64,
    /// Rows a step.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batch_size: u64,
    /// Learning rate.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub lr: f64,
    /// Decoupled weight decay (adamw) or L2 penalty (sgd).
    #[schemars(extend("minimum" = 0.0, "maximum" = 10.0))]
    pub weight_decay: f64,
    /// torch.optim.AdamW or torch.optim.SGD.
    pub optimizer: OptimizerKind,
    /// Decay rates of AdamW's two moments.
    #[schemars(extend("items" = { "type": "number", "minimum": 0, "exclusiveMaximum": 1 }))]
    pub betas: [f64; 2],
    /// Added to AdamW's denominator.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1))]
    pub eps: f64,
    /// Momentum of SGD.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub momentum: f64,
    /// How the learning rate moves after the warm-up.
    pub scheduler: Scheduler,
    /// Epochs in which the rate rises from zero.
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e6))]
    pub warmup_epochs: f64,
    /// Steps between checkpoints; 0 for none.
    #[schemars(extend("x-ingot-semantic" = false))]
    pub checkpoint_interval: u64,
}

impl Optimisation {
    /// The defaults of a kind: passes, rows a step, learning rate and weight decay.
    pub fn defaults(epochs: u64, batch_size: u64, lr: f64, weight_decay: f64) -> Self {
        Self {
            epochs,
            batch_size,
            lr,
            weight_decay,
            optimizer: OptimizerKind::Adamw,
            betas: [0.9, 0.999],
            eps: 1e-8,
            momentum: 0.9,
            scheduler: Scheduler::Cosine,
            warmup_epochs: 0.0,
            checkpoint_interval: 500,
        }
    }
}

/// What keeps a classifier from learning its rows by heart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Regularisation {
    /// Probability that a unit is zeroed in training.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub dropout: f64,
    /// Part of each target spread over all classes.
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub label_smoothing: f64,
}

/// What images take besides.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct OfImages {
    /// Random changes of each image at each step, in training alone.
    pub augmentation: Augmentation,
}

/// What tables take besides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfTables {
    /// Categories kept of a text column, the most frequent first; others count as none.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_categories: usize,
}

impl Default for OfTables {
    fn default() -> Self {
        Self { max_categories: 64 }
    }
}

/// Which weights learn.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Freezing {
    /// Train the last layer alone and leave the encoder as `init` has it.
    pub freeze: bool,
}

/// Reads some of the params into a type, within its ranges; others are left to other
/// types.
pub fn parse<T: DeserializeOwned + JsonSchema>(params: &Map<String, Value>) -> Result<T, Error> {
    let read = serde_json::from_value(Value::Object(params.clone())).map_err(|error| {
        let text = error.to_string();
        let name = text.split('`').nth(1).unwrap_or("family").to_owned();
        Error::Param { name, what: text }
    })?;
    match schema::out_of_range::<T>(params) {
        None => Ok(read),
        Some(name) => Err(Error::Param { name, what: "is out of its range".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_for_a_request_that_nobody_checked() {
        let whole = schema::object(&Optimisation::defaults(1, 8, 0.1, 0.0)).unwrap_or_default();
        let read = |name: &str, value: Value| {
            let mut params = whole.clone();
            params.insert(name.into(), value);
            parse::<Optimisation>(&params).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(read("lr", 0.5.into()), Ok(()));
        for (name, value) in [
            ("batch_size", Value::from(0)),
            ("lr", 0.0.into()),
            ("betas", serde_json::json!([0.9, 1.0])),
            ("momentum", (-0.5).into()),
            ("eps", 0.into()),
        ] {
            let error = read(name, value).err().unwrap_or_default();
            assert!(error.contains(name) && error.contains("out of its range"), "{error}");
        }
        let error = read("optimizer", "adam".into()).err().unwrap_or_default();
        assert!(error.contains("adam"), "{error}");
    }
}
