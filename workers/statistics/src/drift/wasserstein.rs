//! The Wasserstein distance of order 1.

use super::pool::{Pool, sorted};
use crate::profile::Moments;

/// Below this deviation of the reference, distances are scaled by it.
const LEAST_DEVIATION: f64 = 0.001;

/// The integral of |F_first(x) - F_second(x)| over x: how far mass must be moved to make
/// one sample of the other, in units of the values; at least 0.
///
/// SciPy's `wasserstein_distance` without weights. Summed over the distinct values in
/// rising order. Nothing for an empty sample, or with NaN or infinities.
///
/// Of 0, 1, 3 and 5, 6, 8 every value moves by 5: it is 5.
pub fn wasserstein_distance(first: &[f64], second: &[f64]) -> Option<f64> {
    let pooled = Pool::new(first, second)?;
    integral(&pooled, f64::abs)
}

/// [`wasserstein_distance`] over the standard deviation of the reference (of n, not n - 1),
/// or over 0.001 where that is smaller; without unit.
///
/// Evidently's `wasserstein`, which says drift at 0.1 and above.
pub fn scaled_wasserstein_distance(reference: &[f64], current: &[f64]) -> Option<f64> {
    let distance = wasserstein_distance(reference, current)?;
    let deviation = Moments::of(&sorted(reference)?).deviation(0)?;
    Some(distance / deviation.max(LEAST_DEVIATION)).filter(|_| deviation.is_finite())
}

/// The integral of a function of F_first - F_second over the real line; nothing where it
/// passes the largest number, as with infinities.
pub(super) fn integral(pooled: &Pool, of: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut first, mut second, mut sum) = (0, 0, 0.0);
    for pair in pooled.runs.windows(2) {
        first += pair[0].first;
        second += pair[0].second;
        let difference = first as f64 / pooled.first as f64 - second as f64 / pooled.second as f64;
        sum += of(difference) * (pair[1].value - pair[0].value);
    }
    (pooled.is_finite() && sum.is_finite()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_by_hand() {
        let moved = wasserstein_distance(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]).unwrap();
        assert!((moved - 5.0).abs() < 1e-15);
        // Unequal sizes: half of the mass at 1 moves to 0, half to 2.
        assert_eq!(wasserstein_distance(&[1.0], &[0.0, 2.0]), Some(1.0));
        assert_eq!(wasserstein_distance(&[], &[1.0]), None);
        assert_eq!(wasserstein_distance(&[f64::INFINITY], &[1.0]), None);
        // The deviation of 0 and 2 is 1; of a constant, 0.001 takes its place.
        assert_eq!(scaled_wasserstein_distance(&[0.0, 2.0], &[1.0]), Some(1.0));
        assert_eq!(scaled_wasserstein_distance(&[1.0], &[2.0]), Some(1000.0));
    }
}
