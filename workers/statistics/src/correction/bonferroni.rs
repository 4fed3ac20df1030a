//! Bonferroni's adjustment.

use super::are_probabilities;

/// min(1, p * tests): holds the chance of one false alarm or more at the level, whatever
/// the dependence.
///
/// Dunn 1961; statsmodels' `multipletests(method="bonferroni")`. Of 0.01, 0.04 and 0.6:
/// 0.03, 0.12, 1.
pub fn bonferroni(p_values: &[f64]) -> Option<Vec<f64>> {
    are_probabilities(p_values)?;
    let tests = p_values.len() as f64;
    Some(p_values.iter().map(|p| (p * tests).min(1.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(bonferroni(&[0.01, 0.04, 0.6]), Some(vec![0.03, 0.12, 1.0]));
        assert_eq!(bonferroni(&[]), Some(vec![]));
        assert_eq!(bonferroni(&[0.5, f64::NAN]), None);
        assert_eq!(bonferroni(&[1.5]), None);
    }
}
