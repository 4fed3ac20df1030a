//! `precision`: of the rows that are predicted as a class, the share that are of it.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Classes;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "precision",
    summary: "share of the rows predicted as the class that are of it",
    direction: Direction::Higher,
    function: Function::EachClass,
    of_class: Some(precision),
    undefined: "",
};

/// w of the class's rows that are predicted as it / w of the rows that are predicted as
/// it; in [0, 1].
///
/// Departure: 0 where no row is predicted so, as scikit-learn's `precision_score` with
/// `zero_division=0`.
pub fn precision(sample: &Classes, class: usize, weights: &[f64]) -> Option<f64> {
    let (right, _, predicted) = sample.counts(class, weights);
    Some(if predicted == 0.0 { 0.0 } else { right / predicted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_never_predicted_has_zero() {
        let p = vec![vec![0.6, 0.3, 0.1]; 3];
        let sample = Classes::new((3, 0), vec![0, 1, 2], vec![0, 0, 0], &p);
        assert_eq!(precision(&sample, 1, &[1.0; 3]), Some(0.0));
        assert_eq!(precision(&sample, 0, &[1.0, 1.0, 2.0]), Some(0.25));
    }
}
