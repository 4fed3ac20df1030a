//! `mean_absolute_error`: how far predictions are off.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Numbers, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "mean_absolute_error",
    summary: "mean distance of the prediction from the truth, in the label's unit",
    direction: Direction::Lower,
    function: Function::Numbers(mean_absolute_error),
    of_class: None,
    undefined: "no row has a weight, or a sum is infinite",
};

/// sum of w * |y - prediction| / sum of w, in the unit of y.
///
/// scikit-learn's `mean_absolute_error`.
pub fn mean_absolute_error(sample: &Numbers, weights: &[f64]) -> Option<f64> {
    weighted_mean(weights, |row| sample.residual(row).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::numbers;

    #[test]
    fn scikit_learns_example() {
        assert_eq!(mean_absolute_error(&numbers(), &[1.0; 4]), Some(0.5));
    }
}
