//! `subset_accuracy`: the share of rows of which every class is right.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Labels, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "subset_accuracy",
    summary: "share of rows whose classes are all right",
    direction: Direction::Higher,
    function: Function::Labels(subset_accuracy),
    of_class: None,
    undefined: "no row has a weight",
};

/// sum of w of the rows without a difference / sum of w; in [0, 1].
///
/// scikit-learn's `accuracy_score` of label indicators.
pub fn subset_accuracy(sample: &Labels, weights: &[f64]) -> Option<f64> {
    weighted_mean(weights, |row| if sample.differences(row) == 0 { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_too_many_makes_a_row_wrong() {
        let truth = vec![vec![true, false], vec![true, true]];
        let sample = Labels::new(2, truth, vec![vec![true, true], vec![true, true]]);
        assert_eq!(subset_accuracy(&sample, &[1.0, 1.0]), Some(0.5));
    }
}
