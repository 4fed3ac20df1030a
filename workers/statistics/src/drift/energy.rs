//! The energy distance.

use super::pool::Pool;
use super::wasserstein::integral;

/// sqrt(2 * the integral of (F_first(x) - F_second(x))^2 over x), which is
/// sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|); at least 0.
///
/// Szekely 2003; SciPy's `energy_distance` without weights. Summed over the distinct values
/// in rising order. Nothing for an empty sample, or with NaN or infinities.
///
/// Of 0 and 8: the square is 2 * 8, the distance 4.
pub fn energy_distance(first: &[f64], second: &[f64]) -> Option<f64> {
    let pooled = Pool::new(first, second)?;
    let integral = integral(&pooled, |difference| difference * difference)?;
    Some((2.0 * integral).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(energy_distance(&[0.0], &[8.0]), Some(4.0));
        // (1/2)^2 * 1 twice, times 2, is 1.
        assert_eq!(energy_distance(&[1.0], &[0.0, 2.0]), Some(1.0));
        assert_eq!(energy_distance(&[], &[8.0]), None);
    }
}
