//! `mean_squared_error`: the mean of the squares of what predictions are off.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Numbers, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "mean_squared_error",
    summary: "mean square of prediction minus truth",
    direction: Direction::Lower,
    function: Function::Numbers(mean_squared_error),
    of_class: None,
    undefined: "no row has a weight, or a sum is infinite",
};

/// sum of w * (y - prediction)^2 / sum of w, in the square of y's unit.
///
/// scikit-learn's `mean_squared_error`.
pub fn mean_squared_error(sample: &Numbers, weights: &[f64]) -> Option<f64> {
    weighted_mean(weights, |row| sample.residual(row) * sample.residual(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::numbers;

    #[test]
    fn scikit_learns_example() {
        assert_eq!(mean_squared_error(&numbers(), &[1.0; 4]), Some(0.375));
    }
}
