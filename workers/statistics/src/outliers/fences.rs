//! Tukey's fences.

use crate::drift::sorted;
use crate::quantile::numpy_quantile;

/// Between the fences lies what is no outlier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fences {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

impl Fences {
    /// The indices of values strictly outside; NaN is none.
    pub fn outliers(&self, values: &[f64]) -> Vec<usize> {
        let outside = |index: &usize| values[*index] < self.low || values[*index] > self.high;
        (0..values.len()).filter(outside).collect()
    }
}

/// The quartiles, less and plus `factor` interquartile ranges: 1.5 for outliers, 3 for far
/// ones.
///
/// Tukey, Exploratory Data Analysis (1977), with NumPy's quartiles (linear) for his hinges.
/// Nothing of no values, with NaN or infinities, of a factor that is negative or not
/// finite, or where a fence passes the largest number.
///
/// Of 1 to 5 the quartiles are 2 and 4: the fences by 1.5 are -1 and 7.
pub fn fences(values: &[f64], factor: f64) -> Option<Fences> {
    let values = sorted(values)?;
    if !values.iter().all(|value| value.is_finite()) || !(0.0..f64::INFINITY).contains(&factor) {
        return None;
    }
    let (low, high) = (numpy_quantile(&values, 0.25)?, numpy_quantile(&values, 0.75)?);
    let reach = factor * (high - low);
    let found = Fences { low: low - reach, high: high + reach };
    (found.low.is_finite() && found.high.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = fences(&[5.0, 1.0, 2.0, 3.0, 4.0], 1.5).unwrap();
        assert_eq!(found, Fences { low: -1.0, high: 7.0 });
        assert_eq!(found.outliers(&[-1.0, 8.0, f64::NAN, -2.0]), [1, 3]);
        assert_eq!(fences(&[], 1.5), None);
        assert_eq!(fences(&[1.0, f64::NAN], 1.5), None);
        assert_eq!(fences(&[1.0], -1.0), None);
    }
}
