//! `r2`: the share of the variance that predictions explain.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Numbers, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "r2",
    summary: "share of the label's variance that the predictions explain",
    direction: Direction::Higher,
    function: Function::Numbers(r2),
    of_class: None,
    undefined: "the labels do not vary",
};

/// 1 - sum of w * (y - prediction)^2 / sum of w * (y - mean of y)^2; at most 1, and 0 for
/// the mean of y itself.
///
/// scikit-learn's `r2_score`. Departure: labels that do not vary have none; scikit-learn
/// says 1 or 0.
pub fn r2(sample: &Numbers, weights: &[f64]) -> Option<f64> {
    let truth = sample.truth();
    let center = weighted_mean(weights, |row| truth[row])?;
    let (mut unexplained, mut all) = (0.0, 0.0);
    for (row, &weight) in weights.iter().enumerate() {
        unexplained += weight * sample.residual(row) * sample.residual(row);
        all += weight * (truth[row] - center) * (truth[row] - center);
    }
    (all > 0.0).then(|| 1.0 - unexplained / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::numbers;

    #[test]
    fn scikit_learns_example() {
        let found = r2(&numbers(), &[1.0; 4]).unwrap_or(f64::NAN);
        assert!((found - 0.948_608_137_044_967_9).abs() < 1e-15, "{found}");
        assert_eq!(r2(&Numbers::new(vec![1.0, 1.0], vec![1.0, 2.0]), &[1.0; 2]), None);
    }
}
