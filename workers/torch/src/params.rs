//! The params of training, typed.
//!
//! The core has filled every default and checked every range by the kind's JSON
//! Schema ([`crate::schema`]); a request written by hand has not seen it, so what
//! would divide by zero or loop for ever is checked here once more.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::augment::Augmentation;
use crate::error::Error;

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// `torch.optim.AdamW`.
    Adamw,
    /// `torch.optim.SGD`.
    Sgd,
}

/// How the learning rate moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheduler {
    /// It stays, after the warm-up.
    Constant,
    /// It falls to zero along half a cosine, after the warm-up.
    Cosine,
}

/// What every training kind takes, by PyTorch's names.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TrainingParams {
    /// Passes over the training rows.
    pub epochs: u64,
    /// Rows a step.
    pub batch_size: u64,
    /// Learning rate.
    pub lr: f64,
    /// Decoupled weight decay (AdamW) or L2 penalty (SGD).
    pub weight_decay: f64,
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// AdamW's decay rates.
    pub betas: (f64, f64),
    /// AdamW's addition to the denominator.
    pub eps: f64,
    /// SGD's momentum.
    pub momentum: f64,
    /// The schedule.
    pub scheduler: Scheduler,
    /// Epochs in which the rate rises from zero.
    pub warmup_epochs: f64,
    /// Dropout probability.
    #[serde(default)]
    pub dropout: f64,
    /// Label smoothing of the cross-entropy.
    #[serde(default)]
    pub label_smoothing: f64,
    /// Random changes of images.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// Steps between checkpoints; 0 for none.
    pub checkpoint_interval: u64,
    /// Whether a given encoder stays as it is.
    #[serde(default)]
    pub freeze: bool,
    /// Categories kept of a text column.
    #[serde(default)]
    pub max_categories: usize,
}

impl TrainingParams {
    /// Reads the params and checks what the loop relies on.
    pub fn read(params: &Map<String, Value>) -> Result<Self, Error> {
        let read: Self = parse(params)?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), Error> {
        let rules = [
            ("batch_size", self.batch_size >= 1 && i64::try_from(self.batch_size).is_ok()),
            ("lr", self.lr.is_finite() && self.lr > 0.0),
            ("weight_decay", self.weight_decay.is_finite() && self.weight_decay >= 0.0),
            ("betas", is_fraction(self.betas.0) && is_fraction(self.betas.1)),
            ("eps", self.eps.is_finite() && self.eps > 0.0),
            ("momentum", is_fraction(self.momentum)),
            ("warmup_epochs", self.warmup_epochs.is_finite() && self.warmup_epochs >= 0.0),
            ("dropout", is_fraction(self.dropout)),
            ("label_smoothing", is_fraction(self.label_smoothing)),
            ("augmentation", is_sound(&self.augmentation)),
        ];
        match rules.into_iter().find(|(_, holds)| !holds) {
            Some((name, _)) => {
                Err(Error::Param { name: name.into(), what: "is out of its range".into() })
            }
            None => Ok(()),
        }
    }

    /// Small settings for tests of the parts.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self {
            epochs: 2,
            batch_size: 8,
            lr: 0.1,
            weight_decay: 0.0,
            optimizer: OptimizerKind::Adamw,
            betas: (0.9, 0.999),
            eps: 1e-8,
            momentum: 0.9,
            scheduler: Scheduler::Constant,
            warmup_epochs: 0.0,
            dropout: 0.0,
            label_smoothing: 0.0,
            augmentation: Augmentation::default(),
            checkpoint_interval: 0,
            freeze: false,
            max_categories: 64,
        }
    }
}

/// Reads some of the params into a type; others are left to other types.
pub fn parse<T: serde::de::DeserializeOwned>(params: &Map<String, Value>) -> Result<T, Error> {
    serde_json::from_value(Value::Object(params.clone())).map_err(|error| {
        let text = error.to_string();
        let name = text.split('`').nth(1).unwrap_or("family").to_owned();
        Error::Param { name, what: text }
    })
}

fn is_fraction(value: f64) -> bool {
    (0.0..1.0).contains(&value)
}

fn is_sound(augmentation: &Augmentation) -> bool {
    let Augmentation { rotation, translation, scale, noise } = *augmentation;
    [rotation, translation, noise].iter().all(|value| value.is_finite() && *value >= 0.0)
        && is_fraction(scale)
}
