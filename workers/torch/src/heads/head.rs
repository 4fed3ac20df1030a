//! [`Head`]: one entry of the list.

use std::fmt;

use ingot_statistics::{Metric, Sample};
use ingot_tables::predictions::{Answers, Predictions};
use serde_json::Value;
use tch::Tensor;

use crate::dataset::Split;
use crate::error::Error;
use crate::nn::{Builder, Mode};
use crate::params::Regularisation;

/// A head.
pub struct Head {
    /// Its name; what is known of its outputs stands in `model.json` under it.
    pub name: &'static str,
    /// Builds its layers for representations of so many numbers, with so many outputs.
    pub build: Build,
    /// What labels teach it; none of one that pretraining throws away.
    pub supervision: Option<Supervision>,
}

/// Builds layers for representations of so many numbers, with so many outputs.
pub type Build = fn(&mut Builder<'_>, i64, i64) -> Result<Box<dyn Layers>, Error>;

/// Makes answers of numbers, beside the labels of a split where there is one.
pub type Answer = fn(Vec<Vec<f64>>, Option<&Split>, &Value) -> Result<Answers, Error>;

/// The layers of a head.
pub trait Layers: fmt::Debug {
    /// Outputs of a batch of representations.                  [N, D] -> [N, outputs]
    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error>;
}

/// What labels teach a head, and what its outputs then say. What is known of the outputs (the
/// classes) is a value that [`Self::learn`] makes and the others read.
pub struct Supervision {
    /// What the outputs are, from the labels of the training split; nothing where it does not
    /// take labels like these.
    pub learn: fn(&Split) -> Result<Option<Value>, Error>,
    /// Where such a value, as somebody wrote it, contradicts itself.
    pub mistake: fn(&Value) -> Option<String>,
    /// The number of outputs.
    pub count: fn(&Value) -> i64,
    /// What a model with it is, in words: `classifier of 3 classes`.
    pub describe: fn(&Value) -> String,
    /// The rows of a split that have a label, and what is true of each.
    pub targets: fn(&Split, &Value) -> Result<Targets, Error>,
    /// The mean loss of outputs ([n, outputs]) against the targets of as many rows.  -> []
    pub loss: fn(&Tensor, &Tensor, &Regularisation) -> Result<Tensor, Error>,
    /// What the task is judged by first.
    pub metric: &'static Metric,
    /// Outputs ([n, outputs]) and targets as [`Self::metric`] takes them.
    pub sample: fn(&Tensor, &Tensor) -> Result<Sample, Error>,
    /// Outputs as the numbers that answers hold, float64.    [n, outputs] -> [n, outputs]
    pub activation: fn(&Tensor) -> Result<Tensor, Error>,
    /// What predictions with it are about.
    pub about: fn(&Value) -> Predictions,
    /// What numbers (n rows of [`Self::activation`]) say, beside what the split does.
    pub answers: Answer,
}

/// What is true of the labelled rows of a split.
#[derive(Debug)]
pub struct Targets {
    /// The rows, 0-based.
    pub rows: Vec<i64>,
    /// What is true of each, as the loss compares it with an output.         [n, ..]
    pub values: Tensor,
}

impl fmt::Debug for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use super::super::HEADS;

    #[test]
    fn the_list_is_sorted() {
        assert!(HEADS.is_sorted_by(|one, other| one.name < other.name));
    }
}
