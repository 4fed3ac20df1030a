//! `accuracy`: the share of rows whose predicted class is the true one.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Classes, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "accuracy",
    summary: "share of rows whose predicted class is the true one",
    direction: Direction::Higher,
    function: Function::Classes(accuracy),
    of_class: None,
    undefined: "no row has a weight",
};

/// sum of w where predicted = true / sum of w; in [0, 1].
///
/// As scikit-learn's `accuracy_score`. Three of four rows right are 0.75.
pub fn accuracy(sample: &Classes, weights: &[f64]) -> Option<f64> {
    let (truth, predicted) = (sample.truth(), sample.predicted());
    weighted_mean(weights, |row| if truth[row] == predicted[row] { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn a_weight_counts_like_a_repeated_row() {
        assert_eq!(accuracy(&four(), &[1.0; 4]), Some(0.75));
        assert_eq!(accuracy(&four(), &[1.0, 2.0, 1.0, 1.0]), Some(0.8));
        assert_eq!(accuracy(&four(), &[0.0; 4]), None);
    }
}
