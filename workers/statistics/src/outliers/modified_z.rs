//! The modified z score.

use crate::drift::sorted;
use crate::quantile::numpy_quantile;

/// 0.75 quantile of the normal distribution, to four places as in the source.
const SCALE: f64 = 0.6745;

/// 0.6745 (x - median) / MAD of each value, where MAD is the median of |x - median|: near
/// the z score where values are normal, and not moved by the outliers themselves.
///
/// Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993). NumPy's `median`: of an
/// even count the mean of the middle two. Nothing of no values, with NaN or infinities, or
/// where MAD is 0, because half of the values or more are equal.
///
/// Of 1, 2, 3, 4, 100 the median is 3 and MAD 1: 100 has 0.6745 * 97 = 65.4265.
pub fn modified_z(values: &[f64]) -> Option<Vec<f64>> {
    let median = numpy_quantile(&sorted(values)?, 0.5)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let deviation = numpy_quantile(&sorted(&deviations)?, 0.5)?;
    let scores: Vec<f64> =
        values.iter().map(|value| SCALE * (value - median) / deviation).collect();
    (deviation > 0.0 && scores.iter().all(|score| score.is_finite())).then_some(scores)
}

/// The indices of values with |[`modified_z`]| above a threshold, 3.5 by the source.
pub fn modified_z_outliers(values: &[f64], threshold: f64) -> Option<Vec<usize>> {
    let scores = modified_z(values)?;
    (!threshold.is_nan()).then_some(())?;
    Some((0..scores.len()).filter(|index| scores[*index].abs() > threshold).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let scores = modified_z(&[3.0, 1.0, 100.0, 2.0, 4.0]).unwrap();
        assert_eq!(scores, [0.0, -1.349, 0.6745 * 97.0, -0.6745, 0.6745]);
        assert_eq!(modified_z_outliers(&[3.0, 1.0, 100.0, 2.0, 4.0], 3.5), Some(vec![2]));
        assert_eq!(modified_z(&[1.0, 1.0, 1.0, 9.0]), None);
        assert_eq!(modified_z(&[]), None);
        assert_eq!(modified_z(&[1.0, f64::NAN, 2.0]), None);
        assert_eq!(modified_z(&[1.0, f64::INFINITY, 2.0]), None);
    }
}
