//! [`ConfidentJoint`]: how many rows of each given class likely have each class.

use super::judged::{Judged, largest};
use super::pairwise::pairwise_sum;
use super::rounding::round_preserving_sum;
use super::thresholds::confident_thresholds;

/// A probability may be so much below a threshold, as cleanlab has it.
const SLACK: f64 = 1e-6;

/// Counts by given and by likely class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfidentJoint {
    /// Rows that are confidently of a class, at least 1 on the diagonal. // (given, likely)
    pub counts: Vec<Vec<u64>>,
    /// The same calibrated: each row sums to the rows that were given the class, but for
    /// rounding. // (given, likely)
    pub calibrated: Vec<Vec<u64>>,
    /// The rows that are confidently of another class than the given one, rising.
    pub off_diagonal: Vec<usize>,
}

impl ConfidentJoint {
    /// The calibrated counts as shares of all, which estimate the joint distribution of the
    /// given and the true label. // (given, likely)
    ///
    /// cleanlab's `estimate_joint`; all 0 where nothing was counted.
    pub fn shares(&self) -> Vec<Vec<f64>> {
        let all: u64 = self.calibrated.iter().flatten().sum();
        let share = |count: &u64| *count as f64 / (all as f64).max(f64::MIN_POSITIVE);
        self.calibrated.iter().map(|row| row.iter().map(share).collect()).collect()
    }

    /// The estimated share of labels that are wrong: what is off the diagonal, in [0, 1].
    pub fn noise(&self) -> f64 {
        let shares = self.shares();
        let right = shares.iter().enumerate().filter_map(|(class, row)| row.get(class));
        (1.0 - right.sum::<f64>()).max(0.0)
    }
}

/// The confident joint of rows.
///
/// A row is confidently of a class whose probability is at least the class's threshold
/// ([`confident_thresholds`]), less 1e-6; of several such classes it counts for the class of its
/// largest probability, be that one of them or not; of none it counts for nothing. Equation 1
/// of the source, cleanlab's `compute_confident_joint`. The diagonal is at least 1, so that no
/// class is lost.
///
/// Calibrated (equation 3): each row of counts is divided by its sum, multiplied with the rows
/// that were given the class, and all by one factor, so that they sum to all rows; then rounded
/// to whole rows, half to even, where each sum of a row stays.
///
/// Of (0.9, 0.1) and (0.2, 0.8) given 0, and (0.3, 0.7) given 1, with the thresholds 0.55 and
/// 0.7: (1, 1), (0, 1), and the second row is off the diagonal.
pub fn confident_joint(judged: &Judged) -> ConfidentJoint {
    let thresholds = confident_thresholds(judged);
    let mut counts = vec![vec![0; judged.classes()]; judged.classes()];
    let mut off_diagonal = Vec::new();
    for (row, (given, probabilities)) in judged.rows().enumerate() {
        let of = probabilities.iter().zip(&thresholds).enumerate();
        let mut confident = of.filter_map(|(class, (p, threshold))| {
            threshold.is_some_and(|threshold| *p >= threshold - SLACK).then_some(class)
        });
        let likely = match (confident.next(), confident.next()) {
            (None, _) => continue,
            (Some(only), None) => only,
            (Some(_), Some(_)) => largest(probabilities.iter().copied()),
        };
        if let Some(count) = at(&mut counts, given, likely) {
            *count += 1;
        }
        if likely != given {
            off_diagonal.push(row);
        }
    }
    for class in 0..judged.classes() {
        if let Some(count) = at(&mut counts, class, class) {
            *count = (*count).max(1);
        }
    }
    let calibrated = calibrated(&counts, &judged.counts());
    ConfidentJoint { counts, calibrated, off_diagonal }
}

fn at(counts: &mut [Vec<u64>], given: usize, likely: usize) -> Option<&mut u64> {
    counts.get_mut(given)?.get_mut(likely)
}

/// Counts whose rows sum to those that were given each class.
fn calibrated(counts: &[Vec<u64>], given: &[u64]) -> Vec<Vec<u64>> {
    let shares: Vec<Vec<f64>> = counts
        .iter()
        .zip(given)
        .map(|(row, given)| {
            let sum = row.iter().sum::<u64>().max(1) as f64;
            row.iter().map(|count| *count as f64 / sum * *given as f64).collect()
        })
        .collect();
    // NumPy sums in the order of its memory, which is that of the likely classes.
    let by_likely: Vec<f64> = (0..counts.len())
        .flat_map(|likely| shares.iter().filter_map(move |row| row.get(likely).copied()))
        .collect();
    let all = given.iter().sum::<u64>() as f64;
    let sum = pairwise_sum(&by_likely).max(f64::MIN_POSITIVE);
    let scaled = |row: &Vec<f64>| -> Vec<f64> { row.iter().map(|it| it / sum * all).collect() };
    let whole = |row: &Vec<f64>| round_preserving_sum(&scaled(row));
    // A float that is below 0 becomes 0.
    shares.iter().map(|row| whole(row).into_iter().map(|it| it as u64).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let probabilities = vec![0.9, 0.1, 0.2, 0.8, 0.3, 0.7];
        let judged = Judged::new(vec![0, 0, 1], probabilities, 2).unwrap();
        let joint = confident_joint(&judged);
        assert_eq!(joint.counts, [[1, 1], [0, 1]]);
        assert_eq!(joint.calibrated, [[1, 1], [0, 1]]);
        assert_eq!(joint.off_diagonal, [1]);
        assert!((joint.noise() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(joint.shares().concat().iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn a_row_that_is_sure_of_nothing_counts_for_nothing() {
        let probabilities = vec![0.9, 0.1, 0.0, 0.1, 0.9, 0.0, 0.3, 0.3, 0.4];
        let judged = Judged::new(vec![0, 1, 1], probabilities, 3).unwrap();
        let joint = confident_joint(&judged);
        assert_eq!(joint.counts, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
        assert_eq!(joint.calibrated, [[1, 0, 0], [0, 2, 0], [0, 0, 0]]);
        assert_eq!((joint.noise(), joint.off_diagonal), (0.0, vec![]));
    }
}
