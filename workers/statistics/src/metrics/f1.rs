//! `f1`: the harmonic mean of precision and recall.

use super::precision::precision;
use super::recall::recall;
use crate::metric::{Direction, Function, Metric};
use crate::sample::Classes;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "f1",
    summary: "harmonic mean of precision and recall",
    direction: Direction::Higher,
    function: Function::EachClass,
    of_class: Some(f1),
    undefined: "",
};

/// 2 * precision * recall / (precision + recall); in [0, 1], and 0 where both are.
///
/// scikit-learn's `f1_score` of one class with `zero_division=0`.
pub fn f1(sample: &Classes, class: usize, weights: &[f64]) -> Option<f64> {
    let (precision, recall) = (precision(sample, class, weights)?, recall(sample, class, weights)?);
    let both = precision + recall;
    Some(if both == 0.0 { 0.0 } else { 2.0 * precision * recall / both })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn a_precision_of_one_and_a_recall_of_one_half() {
        // 2 * 1 * 0.5 / 1.5.
        assert_eq!(f1(&four(), 1, &[1.0; 4]), Some(2.0 / 3.0));
    }
}
