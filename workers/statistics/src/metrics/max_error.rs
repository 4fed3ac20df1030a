//! `max_error`: how far the worst prediction is off.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Numbers;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "max_error",
    summary: "largest distance of a prediction from the truth, in the label's unit",
    direction: Direction::Lower,
    function: Function::Numbers(max_error),
    of_class: None,
    undefined: "no row has a weight, or a distance is infinite",
};

/// max of |y - prediction| over the rows with a weight, in the unit of y.
///
/// scikit-learn's `max_error`, which takes no weights: all but 0 count the same.
pub fn max_error(sample: &Numbers, weights: &[f64]) -> Option<f64> {
    let rows = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
    let worst = rows.map(|(row, _)| sample.residual(row).abs()).reduce(f64::max);
    worst.filter(|worst| worst.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::numbers;

    #[test]
    fn by_hand() {
        assert_eq!(max_error(&numbers(), &[1.0; 4]), Some(1.0));
        assert_eq!(max_error(&numbers(), &[1.0, 1.0, 1.0, 0.0]), Some(0.5));
        assert_eq!(max_error(&numbers(), &[0.0; 4]), None);
    }
}
