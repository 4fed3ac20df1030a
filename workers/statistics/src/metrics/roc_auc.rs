//! `roc_auc`: the area under the receiver operating characteristic.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Classes, mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "roc_auc",
    summary: "area under the ROC curve; of several classes the mean, each against the others",
    direction: Direction::Higher,
    function: Function::Classes(roc_auc),
    of_class: Some(roc_auc_of),
    undefined: "no class has rows beside rows of another",
};

/// Of two classes the area of the positive one, of more the mean over the classes, each
/// against the rest (scikit-learn's `roc_auc_score` with `ovr`, `macro`).
///
/// Departure: scikit-learn refuses a class without both kinds of rows; here it is left
/// out of the mean, because a resample may miss it.
pub fn roc_auc(sample: &Classes, weights: &[f64]) -> Option<f64> {
    if sample.classes() == 2 {
        return roc_auc_of(sample, sample.positive(), weights);
    }
    let areas: Vec<f64> =
        (0..sample.classes()).filter_map(|class| roc_auc_of(sample, class, weights)).collect();
    mean(&areas)
}

/// P(score of a positive > that of a negative) + P(equal) / 2, in [0, 1]; undefined
/// without rows of the class or without others.
///
/// Hanley and McNeil 1982. Rows are visited in the order of their scores.
pub fn roc_auc_of(sample: &Classes, class: usize, weights: &[f64]) -> Option<f64> {
    let (mut positives, mut negatives, mut area) = (0.0, 0.0, 0.0);
    for run in sample.order(class) {
        let (mut here, mut others) = (0.0, 0.0);
        for &row in run {
            let weight = weights[row as usize];
            if sample.truth()[row as usize] == class { here += weight } else { others += weight }
        }
        // A negative of this run lies below every positive seen before it.
        area += others * (positives + here / 2.0);
        positives += here;
        negatives += others;
    }
    (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::four;

    #[test]
    fn pairs_by_hand() {
        // Pairs (positive, negative): 0.35 > 0.1, 0.35 < 0.4, 0.8 > both: 3 of 4.
        assert_eq!(roc_auc(&four(), &[1.0; 4]), Some(0.75));
        let p: Vec<Vec<f64>> = [0.1, 0.4, 0.4, 0.35, 0.8].map(|p| vec![1.0 - p, p]).to_vec();
        let repeated = Classes::new((2, 1), vec![0, 0, 0, 1, 1], vec![0; 5], &p);
        assert_eq!(roc_auc(&four(), &[1.0, 2.0, 1.0, 1.0]), roc_auc(&repeated, &[1.0; 5]));
    }

    #[test]
    fn ties_count_half_and_a_missing_kind_has_no_area() {
        let tied = Classes::new((2, 1), vec![0, 1], vec![0, 0], &[vec![0.5; 2], vec![0.5; 2]]);
        assert_eq!(roc_auc(&tied, &[1.0, 1.0]), Some(0.5));
        assert_eq!(roc_auc(&tied, &[2.0, 0.0]), None);
    }
}
