//! `hamming_loss`: the share of (row, class) pairs that are wrong.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Labels, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "hamming_loss",
    summary: "share of the classes of a row, over all rows, that are wrong",
    direction: Direction::Lower,
    function: Function::Labels(hamming_loss),
    of_class: None,
    undefined: "no row has a weight, or there is no class",
};

/// The weighted mean over rows of (classes that differ / classes); in [0, 1].
///
/// scikit-learn's `hamming_loss` of label indicators.
pub fn hamming_loss(sample: &Labels, weights: &[f64]) -> Option<f64> {
    let classes = sample.classes() as f64;
    if classes == 0.0 {
        return None;
    }
    weighted_mean(weights, |row| sample.differences(row) as f64 / classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scikit_learns_example() {
        let truth = vec![vec![false, true], vec![true, true]];
        let sample = Labels::new(2, truth, vec![vec![false, false], vec![false, false]]);
        assert_eq!(hamming_loss(&sample, &[1.0, 1.0]), Some(0.75));
    }
}
