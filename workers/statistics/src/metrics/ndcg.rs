//! `ndcg`: how well groups are ranked.

use crate::metric::{Direction, Function, Metric};
use crate::sample::{Rankings, weighted_mean};

/// The entry.
pub const METRIC: Metric = Metric {
    name: "ndcg",
    summary: "normalised discounted cumulative gain, the mean over groups",
    direction: Direction::Higher,
    function: Function::Rankings(ndcg),
    of_class: None,
    undefined: "no group has a relevant row",
};

/// The weighted mean over the groups with a relevant row of DCG / ideal DCG, in [0, 1],
/// where DCG is the sum over ranks r = 1, 2, .. of relevance / log2(r + 1).
///
/// Järvelin and Kekäläinen 2002; scikit-learn's `ndcg_score`: the gain of equal scores is
/// that of the mean over their orders. Departure: a group without a relevant row is left
/// out; scikit-learn counts it as 0.
pub fn ndcg(sample: &Rankings, weights: &[f64]) -> Option<f64> {
    let mut defined = Vec::new();
    for (group, &weight) in weights.iter().enumerate() {
        let ranked = &sample.group(group).ranked;
        let mut ideal: Vec<f64> = ranked.iter().flatten().copied().collect();
        ideal.sort_by(|one, other| other.total_cmp(one));
        let ideal = gain(ideal.iter().map(std::slice::from_ref));
        if ideal > 0.0 {
            defined.push((weight, gain(ranked.iter().map(Vec::as_slice)) / ideal));
        }
    }
    let weights: Vec<f64> = defined.iter().map(|(weight, _)| *weight).collect();
    weighted_mean(&weights, |group| defined[group].1)
}

/// The discounted gain of runs of equal scores, each row of a run at the run's mean
/// discount.
fn gain<'a>(runs: impl Iterator<Item = &'a [f64]>) -> f64 {
    let (mut rank, mut sum) = (1_usize, 0.0);
    for run in runs {
        let discounts: f64 =
            (rank..rank + run.len()).map(|rank| 1.0 / libm::log2(rank as f64 + 1.0)).sum();
        let relevance: f64 = run.iter().sum();
        sum += relevance * discounts / run.len() as f64;
        rank += run.len();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) {
        assert!((found.unwrap_or(f64::NAN) - expected).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn gains_by_hand() {
        let relevance = [10.0, 0.0, 0.0, 1.0, 5.0];
        let of = |scores: &[f64]| ndcg(&Rankings::new(&["q"; 5], &relevance, scores), &[1.0]);
        let ideal = 10.0 + 5.0 / 3.0_f64.log2() + 0.5;
        // scikit-learn's example, which it prints as 0.69..: ranks 5, 1, 0, 0, 10.
        let ranked = 5.0 + 1.0 / 3.0_f64.log2() + 10.0 / 6.0_f64.log2();
        close(of(&[0.1, 0.2, 0.3, 4.0, 70.0]), ranked / ideal);
        // Equal scores share their discounts.
        let tail = (0.5 + 1.0 / 5.0_f64.log2() + 1.0 / 6.0_f64.log2()) / 3.0;
        let shared = 15.0 * (1.0 + 1.0 / 3.0_f64.log2()) / 2.0 + tail;
        close(of(&[1.0, 0.0, 0.0, 0.0, 1.0]), shared / ideal);
    }

    #[test]
    fn a_group_without_a_relevant_row_is_left_out() {
        let sample = Rankings::new(&["a", "a", "b"], &[1.0, 0.0, 0.0], &[0.0, 1.0, 0.5]);
        close(ndcg(&sample, &[1.0, 1.0]), 1.0 / 3.0_f64.log2());
        assert_eq!(ndcg(&sample, &[0.0, 1.0]), None);
    }
}
