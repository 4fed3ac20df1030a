//! `brier_score`: the mean squared error of probabilities.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Classes, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "brier_score",
    summary: "mean squared error of the probabilities",
    direction: Direction::Lower,
    function: Function::Classes(brier_score),
    of_class: None,
    undefined: "no row has a weight",
};

/// Of two classes the weighted mean of (p(positive) - y)^2, in [0, 1]; of more that of
/// the sum over classes of (p(class) - y(class))^2, in [0, 2]. y is 1 for the true class.
///
/// Brier 1950; scikit-learn's `brier_score_loss` with its default `scale_by_half`.
pub fn brier_score(sample: &Classes, weights: &[f64]) -> Option<f64> {
    let error = |row: usize, class: usize| {
        let is = if sample.truth()[row] == class { 1.0 } else { 0.0 };
        let error = sample.probability(row, class) - is;
        error * error
    };
    match sample.classes() {
        2 => weighted_mean(weights, |row| error(row, sample.positive())),
        classes => {
            weighted_mean(weights, |row| (0..classes).map(|class| error(row, class)).sum::<f64>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn squares_by_hand() {
        // (0.01 + 0.16 + 0.4225 + 0.04) / 4.
        let found = brier_score(&four(), &[1.0; 4]).unwrap_or(f64::NAN);
        assert!((found - 0.158_125).abs() < 1e-15, "{found}");
        let three = Classes::new((3, 0), vec![2], vec![0], &[vec![0.5, 0.25, 0.25]]);
        // 0.25 + 0.0625 + 0.5625.
        assert_eq!(brier_score(&three, &[1.0]), Some(0.875));
    }
}
