//! `balanced_accuracy`: the mean over classes of the recall.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Classes, mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "balanced_accuracy",
    summary: "mean over the classes that occur of their recall",
    direction: Direction::Higher,
    function: Function::Classes(balanced_accuracy),
    of_class: None,
    undefined: "no row has a weight",
};

/// The mean over the classes with weight of (w of its rows that are right / w of its
/// rows); in [0, 1].
///
/// Brodersen et al. 2010; scikit-learn's `balanced_accuracy_score`, which leaves classes
/// without rows out too.
pub fn balanced_accuracy(sample: &Classes, weights: &[f64]) -> Option<f64> {
    let mut of_class = vec![(0.0, 0.0); sample.classes()]; // (right, all) a class
    for (row, &weight) in weights.iter().enumerate() {
        let class = sample.truth()[row];
        of_class[class].0 += if sample.predicted()[row] == class { weight } else { 0.0 };
        of_class[class].1 += weight;
    }
    let recalls: Vec<f64> =
        of_class.iter().filter(|(_, all)| *all > 0.0).map(|(right, all)| right / all).collect();
    mean(&recalls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn recalls_of_one_and_one_half() {
        assert_eq!(balanced_accuracy(&four(), &[1.0; 4]), Some(0.75));
        assert_eq!(balanced_accuracy(&four(), &[1.0, 3.0, 1.0, 1.0]), Some(0.75));
        assert_eq!(balanced_accuracy(&four(), &[1.0, 1.0, 0.0, 0.0]), Some(1.0));
    }
}
