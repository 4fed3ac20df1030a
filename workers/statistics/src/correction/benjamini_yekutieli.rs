//! Benjamini and Yekutieli's adjustment.

use super::benjamini_hochberg::step_up;

/// [`benjamini_hochberg`] of p-values times 1 + 1/2 + .. + 1/m: holds the share of false
/// alarms whatever the dependence of the tests.
///
/// Benjamini and Yekutieli 2001; SciPy's `false_discovery_control(method="by")`. Of 0.01
/// and 0.5 the factor is 1.5: 0.03, 0.75.
///
/// [`benjamini_hochberg`]: super::benjamini_hochberg
pub fn benjamini_yekutieli(p_values: &[f64]) -> Option<Vec<f64>> {
    let factor = (1..=p_values.len()).map(|i| 1.0 / i as f64).sum();
    step_up(p_values, factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(benjamini_yekutieli(&[0.01, 0.5]), Some(vec![0.03, 0.75]));
        assert_eq!(benjamini_yekutieli(&[0.3]), Some(vec![0.3]));
        assert_eq!(benjamini_yekutieli(&[2.0]), None);
    }
}
