//! Whether synthetic numbers are spread as real ones.

use crate::drift::{Method, kolmogorov_smirnov};

/// Numbers are equal where these decimals are.
const DECIMALS: f64 = 1e14;

/// 1 - D, where D is the largest distance between both empirical distribution functions: in
/// [0, 1], and 1 where they are the same.
///
/// SDMetrics' `KSComplement`, on SciPy's `ks_2samp`. NaN is passed over; numbers are rounded to
/// 14 decimals first, half to even, where that does not overflow. Infinities are values like
/// others. Nothing where a sample has no number.
///
/// Of 1, 2 and 2, 3: D = 1/2, so it is 1/2.
pub fn kolmogorov_smirnov_complement(real: &[f64], synthetic: &[f64]) -> Option<f64> {
    let (real, synthetic) = (rounded(real), rounded(synthetic));
    // Two single numbers have a distance and no asymptotic p-value.
    if let ([one], [other]) = (real.as_slice(), synthetic.as_slice()) {
        return Some(if one == other { 1.0 } else { 0.0 });
    }
    let test = kolmogorov_smirnov(&real, &synthetic, Method::Asymptotic)?;
    Some(1.0 - test.statistic)
}

fn rounded(values: &[f64]) -> Vec<f64> {
    let round = |value: &f64| {
        let rounded = (value * DECIMALS).round_ties_even() / DECIMALS;
        if rounded.is_finite() { rounded } else { *value }
    };
    values.iter().filter(|value| !value.is_nan()).map(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let of = kolmogorov_smirnov_complement;
        assert_eq!(of(&[1.0, 2.0], &[2.0, 3.0]), Some(0.5));
        assert_eq!(of(&[1.0, f64::NAN], &[1.0]), Some(1.0));
        assert_eq!(of(&[1.0], &[2.0]), Some(0.0));
        assert_eq!(of(&[0.1, 1e300], &[0.1 + 1e-16, 1e300]), Some(1.0));
        assert_eq!(of(&[f64::NAN], &[2.0]), None);
        assert_eq!(of(&[], &[]), None);
    }
}
