//! `recall`: of a class's rows, the share that are predicted as it.

use crate::metric::{Direction, Function, Metric};
use crate::sample::Classes;

/// The entry.
pub const METRIC: Metric = Metric {
    name: "recall",
    summary: "share of the class's rows that are predicted as it",
    direction: Direction::Higher,
    function: Function::EachClass,
    of_class: Some(recall),
    undefined: "",
};

/// w of the class's rows that are predicted as it / w of its rows; in [0, 1].
///
/// Departure: 0 where the class has no row, as scikit-learn's `recall_score` with
/// `zero_division=0`.
pub fn recall(sample: &Classes, class: usize, weights: &[f64]) -> Option<f64> {
    let (right, support, _) = sample.counts(class, weights);
    Some(if support == 0.0 { 0.0 } else { right / support })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn one_of_two_rows_is_found() {
        assert_eq!(recall(&four(), 1, &[1.0; 4]), Some(0.5));
        assert_eq!(recall(&four(), 0, &[1.0; 4]), Some(1.0));
    }
}
