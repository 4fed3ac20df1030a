//! Distances and divergences of two distributions over the same bins.
//!
//! All take what the bins hold, counts or shares, and divide by the sum themselves: only
//! ratios matter. Nothing where the lengths differ, where there are no bins, where a number
//! is negative or not finite, or where a sum is 0.

use core::f64::consts::LN_2;

/// The sum over bins of p ln(p / q), in nats; at least 0, infinite where q is 0 and p not.
///
/// Kullback and Leibler 1951; SciPy's `entropy(p, q)`. Summed in the order of the bins.
/// Evidently's `kl_div` takes shares without zeros ([`super::replace_zeros`]).
///
/// Of 1, 1 and 1, 3: ln(2) / 2 + ln(2/3) / 2 = ln(4/3) / 2.
pub fn kullback_leibler_divergence(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    Some(relative_entropy(&p, &q))
}

/// (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2, in logarithms of a base: in [0, 1] of
/// base 2, in [0, ln 2] of base e.
///
/// Lin 1991; the square of SciPy's `jensenshannon(p, q, base)`. Nothing of a base that is
/// not above 1.
///
/// Of 1, 0 and 0, 1 it is 1 in base 2.
pub fn jensen_shannon_divergence(p: &[f64], q: &[f64], base: f64) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    if !(base > 1.0 && base.is_finite()) {
        return None;
    }
    let logarithm = libm::log(base);
    let mean: Vec<f64> = p.iter().zip(&q).map(|(p, q)| (p + q) / 2.0).collect();
    let sum = relative_entropy(&p, &mean) + relative_entropy(&q, &mean);
    Some((sum / logarithm / 2.0).clamp(0.0, LN_2 / logarithm))
}

/// The square root of [`jensen_shannon_divergence`]: a metric.
///
/// Endres and Schindelin 2003; SciPy's `jensenshannon`. Evidently's `jensenshannon` is of
/// base e.
pub fn jensen_shannon_distance(p: &[f64], q: &[f64], base: f64) -> Option<f64> {
    jensen_shannon_divergence(p, q, base).map(f64::sqrt)
}

/// sqrt(sum over bins of (sqrt p - sqrt q)^2 / 2), in [0, 1].
///
/// Hellinger 1909. Equal to sqrt(1 - sum of sqrt(p q)), which Evidently computes; where p
/// and q are nearly equal that form has an error near 1e-8, and this has none.
///
/// Of 1, 0 and 0, 1 it is 1.
pub fn hellinger_distance(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    let sum: f64 =
        p.iter().zip(&q).map(|(p, q)| (p.sqrt() - q.sqrt()) * (p.sqrt() - q.sqrt())).sum();
    Some((sum / 2.0).sqrt().min(1.0))
}

/// The sum over bins of |p - q| / 2, in [0, 1]: the share that must change its bin.
///
/// Of 1, 1 and 1, 3 it is 1/4.
pub fn total_variation_distance(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    Some(p.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>().min(2.0) / 2.0)
}

/// The largest |p - q| over bins, in [0, 1]: the distance of L infinity.
///
/// SciPy's `chebyshev` of shares. Of 1, 1 and 1, 3 it is 1/4.
pub fn largest_difference(p: &[f64], q: &[f64]) -> Option<f64> {
    let (p, q) = shares(p, q)?;
    Some(p.iter().zip(&q).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max).min(1.0))
}

/// Both as shares that sum to 1.
fn shares(p: &[f64], q: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    (p.len() == q.len()).then_some(())?;
    Some((shares_of(p)?, shares_of(q)?))
}

/// What bins hold, as shares that sum to 1.
pub(super) fn shares_of(bins: &[f64]) -> Option<Vec<f64>> {
    let sum: f64 = bins.iter().sum();
    let fit = bins.iter().all(|bin| *bin >= 0.0) && sum > 0.0 && sum.is_finite();
    fit.then(|| bins.iter().map(|bin| bin / sum).collect())
}

fn relative_entropy(p: &[f64], q: &[f64]) -> f64 {
    let term = |(&p, &q): (&f64, &f64)| if p == 0.0 { 0.0 } else { p * libm::log(p / q) };
    p.iter().zip(q).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::E;

    #[test]
    fn by_hand() {
        let (even, uneven) = ([1.0, 1.0], [1.0, 3.0]);
        let (left, right) = ([1.0, 0.0], [0.0, 1.0]);
        let half = libm::log(4.0 / 3.0) / 2.0;
        assert!((kullback_leibler_divergence(&even, &uneven).unwrap() - half).abs() < 1e-15);
        assert_eq!(kullback_leibler_divergence(&left, &right), Some(f64::INFINITY));
        assert_eq!(jensen_shannon_divergence(&left, &right, 2.0), Some(1.0));
        let nats = jensen_shannon_divergence(&left, &right, E).unwrap();
        assert!((nats - LN_2).abs() < 1e-15);
        assert_eq!(jensen_shannon_distance(&even, &even, E), Some(0.0));
        assert_eq!(hellinger_distance(&left, &right), Some(1.0));
        assert_eq!(hellinger_distance(&uneven, &[2.0, 6.0]), Some(0.0));
        assert_eq!(total_variation_distance(&even, &uneven), Some(0.25));
        assert_eq!(largest_difference(&even, &uneven), Some(0.25));
    }

    #[test]
    fn what_has_no_value() {
        for (p, q) in [
            (&[1.0, 2.0][..], &[1.0][..]),
            (&[], &[]),
            (&[0.0], &[1.0]),
            (&[-1.0, 2.0], &[1.0, 1.0]),
            (&[f64::NAN], &[1.0]),
            (&[f64::INFINITY], &[1.0]),
        ] {
            assert_eq!(total_variation_distance(p, q), None);
            assert_eq!(kullback_leibler_divergence(p, q), None);
        }
        assert_eq!(jensen_shannon_divergence(&[1.0], &[1.0], 1.0), None);
        assert_eq!(jensen_shannon_divergence(&[1.0], &[1.0], 0.0), None);
    }
}
