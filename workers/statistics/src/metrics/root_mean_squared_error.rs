//! `root_mean_squared_error`: the root of the mean square error.

use super::mean_squared_error::mean_squared_error;
use crate::metric::{Direction, Function, Metric};
use crate::sample::Numbers;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "root_mean_squared_error",
    summary: "root of the mean square of prediction minus truth, in the label's unit",
    direction: Direction::Lower,
    function: Function::Numbers(root_mean_squared_error),
    of_class: None,
    undefined: "no row has a weight, or a sum is infinite",
};

/// The square root of [`mean_squared_error`], in the unit of y.
///
/// scikit-learn's `root_mean_squared_error`.
pub fn root_mean_squared_error(sample: &Numbers, weights: &[f64]) -> Option<f64> {
    mean_squared_error(sample, weights).map(libm::sqrt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::numbers;

    #[test]
    fn scikit_learns_example() {
        let found = root_mean_squared_error(&numbers(), &[1.0; 4]).unwrap_or(f64::NAN);
        assert!((found - 0.612_372_435_695_794_5).abs() < 1e-15, "{found}");
    }
}
