//! Holm's adjustment.

use super::{are_probabilities, rising};

/// The i-th least of m p-values times m - i + 1, made to rise, at most 1: as [`bonferroni`],
/// and never larger.
///
/// Holm 1979; statsmodels' `multipletests(method="holm")`. Of 0.01, 0.04 and 0.03: 0.03,
/// 0.06, 0.06.
///
/// [`bonferroni`]: super::bonferroni
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    are_probabilities(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in rising(p_values).into_iter().enumerate() {
        largest = largest.max(p_values[index] * (p_values.len() - rank) as f64);
        adjusted[index] = largest.min(1.0);
    }
    Some(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), Some(vec![0.03, 0.06, 0.06]));
        assert_eq!(holm(&[0.9, 0.8]), Some(vec![1.0, 1.0]));
        assert_eq!(holm(&[]), Some(vec![]));
        assert_eq!(holm(&[-0.1]), None);
    }
}
