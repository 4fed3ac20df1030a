//! The test of two proportions.

use super::Test;
use crate::special::normal_survival;

/// z = (p - q) / sqrt(P (1 - P) (1 / n + 1 / m)), p and q the shares of hits in the
/// reference and in the current sample and P that in both; and the two-sided p-value of the
/// normal distribution.
///
/// Evidently's `z`, statsmodels' `proportions_ztest`. Nothing where a sample is empty, where
/// there are more hits than values, or where none or all of both are hits (Evidently says
/// p = 1 of two samples that hold one value).
///
/// Of 130 in 200 and 150 in 200: -0.1 / sqrt(0.7 * 0.3 / 100) = -2.182.
pub fn two_proportions(reference: (u64, u64), current: (u64, u64)) -> Option<Test> {
    let ((hits, n), (of_current, m)) = (reference, current);
    if n == 0 || m == 0 || hits > n || of_current > m {
        return None;
    }
    let (p, q) = (hits as f64 / n as f64, of_current as f64 / m as f64);
    let both = (hits as f64 + of_current as f64) / (n as f64 + m as f64);
    let error = (both * (1.0 - both) * (1.0 / n as f64 + 1.0 / m as f64)).sqrt();
    let statistic = (p - q) / error;
    let p_value = 2.0 * normal_survival(statistic.abs());
    (error > 0.0).then_some(Test { statistic, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let test = two_proportions((130, 200), (150, 200)).unwrap();
        assert!((test.statistic + 0.1 / 0.0021_f64.sqrt()).abs() < 1e-12);
        assert_eq!(two_proportions((0, 5), (0, 5)), None);
        assert_eq!(two_proportions((5, 5), (5, 5)), None);
        assert_eq!(two_proportions((0, 0), (1, 5)), None);
        assert_eq!(two_proportions((6, 5), (1, 5)), None);
        assert_eq!(two_proportions((1, 5), (1, 5)).map(|test| test.p_value), Some(1.0));
    }
}
