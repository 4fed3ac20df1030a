//! Samples: what was predicted and what is true, prepared once for many weightings.
//!
//! A sample has units, which are what a resample draws: rows, or whole groups of a
//! ranking. A metric takes a weight for each unit: how often it was drawn, or how much it
//! counts.

mod classes;
mod labels;
mod numbers;
mod rankings;
mod tokens;

pub use classes::Classes;
pub use labels::Labels;
pub use numbers::Numbers;
pub use rankings::Rankings;
pub use tokens::Tokens;

/// A sample of one task.
#[derive(Debug, Clone)]
pub enum Sample {
    /// One class of several.
    Classes(Classes),
    /// Several classes of a row.
    Labels(Labels),
    /// Numbers.
    Numbers(Numbers),
    /// Groups of scores.
    Rankings(Rankings),
    /// Losses of tokens.
    Tokens(Tokens),
}

impl Sample {
    /// How many units it has.
    pub fn units(&self) -> usize {
        match self {
            Self::Classes(sample) => sample.rows(),
            Self::Labels(sample) => sample.rows(),
            Self::Numbers(sample) => sample.rows(),
            Self::Rankings(sample) => sample.groups(),
            Self::Tokens(sample) => sample.rows(),
        }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::Rankings(sample) => sample.rows(),
            other => other.units(),
        }
    }
}

/// The mean, in order; nothing of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sum of `weight * value`, divided by the sum of the weights; in the order of the
/// rows. Nothing where no row has a weight.
pub(crate) fn weighted_mean(weights: &[f64], value: impl Fn(usize) -> f64) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for (row, &weight) in weights.iter().enumerate() {
        all += weight;
        sum += weight * value(row);
    }
    (all > 0.0).then(|| sum / all)
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::classes::tests::four;
    pub(crate) use super::numbers::tests::four as numbers;
}
