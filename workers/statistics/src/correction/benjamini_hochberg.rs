//! Benjamini and Hochberg's adjustment.

use super::{are_probabilities, rising};

/// The i-th least of m p-values times m / i, made to rise from the largest down, at most 1:
/// holds the share of false ones among the alarms at the level, for tests that are
/// independent or positively dependent.
///
/// Benjamini and Hochberg 1995; SciPy's `false_discovery_control(method="bh")`. Of 0.01,
/// 0.04 and 0.03: 0.03, 0.04, 0.04 (0.03 * 3/2 = 0.045 is above 0.04).
pub fn benjamini_hochberg(p_values: &[f64]) -> Option<Vec<f64>> {
    step_up(p_values, 1.0)
}

/// The adjustment, each p-value times a factor first.
pub(super) fn step_up(p_values: &[f64], factor: f64) -> Option<Vec<f64>> {
    are_probabilities(p_values)?;
    let tests = p_values.len() as f64;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, index) in rising(p_values).into_iter().enumerate().rev() {
        least = least.min(p_values[index] * (tests / (rank + 1) as f64) * factor);
        adjusted[index] = least;
    }
    Some(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(benjamini_hochberg(&[0.01, 0.04, 0.03]), Some(vec![0.03, 0.04, 0.04]));
        assert_eq!(benjamini_hochberg(&[0.3]), Some(vec![0.3]));
        assert_eq!(benjamini_hochberg(&[]), Some(vec![]));
        assert_eq!(benjamini_hochberg(&[f64::NAN]), None);
    }
}
