//! How sure a model has to be of a class.

use super::judged::Judged;
use super::pairwise::pairwise_sum;

/// No threshold is below it.
const LEAST: f64 = 2e-6;

/// Each class's threshold: the mean, over the rows that were given the class, of the
/// probability that they have it (their self-confidence), and 2e-6 at the least. // (classes)
///
/// Equation 2 of the source; cleanlab's `get_confident_thresholds`. A class that no row was
/// given has none, where cleanlab has 2, which no probability reaches. Summed as NumPy does.
///
/// Of rows 0, 0, 1 with the probabilities (0.9, 0.1), (0.5, 0.5), (0.2, 0.8) they are 0.7 and
/// 0.8.
pub fn confident_thresholds(judged: &Judged) -> Vec<Option<f64>> {
    let mut own: Vec<Vec<f64>> = vec![Vec::new(); judged.classes()];
    for (given, probabilities) in judged.rows() {
        if let (Some(own), Some(p)) = (own.get_mut(given), probabilities.get(given)) {
            own.push(*p);
        }
    }
    let mean = |own: &Vec<f64>| {
        (!own.is_empty()).then(|| (pairwise_sum(own) / own.len() as f64).max(LEAST))
    };
    own.iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let given = vec![0, 0, 1];
        let probabilities = vec![0.9, 0.1, 0.0, 0.5, 0.5, 0.0, 0.2, 0.8, 0.0];
        let judged = Judged::new(given, probabilities, 3).unwrap();
        assert_eq!(confident_thresholds(&judged), [Some(0.7), Some(0.8), None]);
        let judged = Judged::new(vec![0, 1], vec![0.0, 1.0, 1.0, 0.0], 2).unwrap();
        assert_eq!(confident_thresholds(&judged), [Some(2e-6), Some(2e-6)]);
    }
}
