//! The two-sample Kolmogorov-Smirnov test.

use super::pool::Pool;
use super::{Method, Test};
use crate::special::kolmogorov::kolmogorov_survival;

/// Above this size of a sample, `Auto` is asymptotic.
const EXACT_BELOW: usize = 10_000;

/// The largest distance between the empirical distribution functions of two samples, and
/// its two-sided p-value.
///
/// D = max over x of |F_first(x) - F_second(x)|, in [0, 1]. D is a multiple of
/// 1 / lcm(n, m) and is computed in integers. The exact p-value is the share of lattice
/// paths from (0, 0) to (n, m) that leave the band of width D around the diagonal: of
/// equal sizes by the sum over reflections, of others by a recursion over columns that
/// holds the share itself, so that neither overflows (Hodges 1958). The asymptotic one is
/// that of the one-sample statistic of n m / (n + m) draws, rounded half to even.
///
/// Source: SciPy's `ks_2samp(alternative="two-sided")`. `Auto` is exact where neither
/// sample has more than 10,000 values. `Exact` turns asymptotic where lcm(n, m) passes
/// 2^31 - 1, and both do where rounding carries the exact share above 1 (7 and 7 values with
/// D = 1/7: 0.99996 instead of 1), as SciPy does. Ties are counted, not broken: with ties the exact p-value is
/// too large. Infinities are values like others.
///
/// Nothing for an empty sample or with NaN, and nothing asymptotic for two single values,
/// of which SciPy says NaN.
///
/// Of 1, 2 and 3, 4: F_first reaches 1 before F_second leaves 0, so D = 1; 2 of the 6
/// arrangements do so, and p = 1/3.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64], method: Method) -> Option<Test> {
    let pooled = Pool::new(first, second)?;
    let (n, m) = (pooled.first as u64, pooled.second as u64);
    let divisor = greatest_common_divisor(n, m);
    let multiple = u128::from(n / divisor) * u128::from(m);
    let steps = largest(&pooled) / u128::from(divisor); // D * lcm(n, m)
    let statistic = steps as f64 / multiple as f64;
    let exact = match method {
        Method::Auto => n.max(m) <= EXACT_BELOW as u64,
        // SciPy compares the reduced sizes.
        Method::Exact => (n / divisor) as f64 * ((m / divisor) as f64) < f64::from(i32::MAX),
        Method::Asymptotic => false,
    };
    let counted = match steps {
        _ if !exact => None,
        0 => Some(1.0),
        steps if n == m => Some(outside_of_equal(n, steps as u64)),
        steps => Some(outside(n, m, divisor, steps as u64)),
    };
    let p_value = match counted.filter(|share| (0.0..=1.0).contains(share)) {
        Some(share) => share,
        None => {
            let draws = n as f64 * m as f64 / (n + m) as f64;
            kolmogorov_survival(draws.round_ties_even() as u64, statistic)?
        }
    };
    Some(Test { statistic, p_value })
}

/// The largest |count in first * m - count in second * n|.
fn largest(pooled: &Pool) -> u128 {
    let (n, m) = (pooled.first as i128, pooled.second as i128);
    let (mut first, mut second, mut largest) = (0, 0, 0);
    for run in &pooled.runs {
        first += run.first as i128;
        second += run.second as i128;
        largest = largest.max((first * m - second * n).unsigned_abs());
    }
    largest
}

/// The share of paths of two samples of n that reach a distance of `height` steps.
fn outside_of_equal(n: u64, height: u64) -> f64 {
    let mut share = 0.0;
    for k in (0..=n / height).rev() {
        let mut product = 1.0;
        for j in 0..height {
            // n - k * height - j is never negative where it counts: it is 0 before.
            let above = n as f64 - (k * height) as f64 - j as f64;
            product = above * product / ((n + k * height + j + 1) as f64);
        }
        share = product * (1.0 - share);
    }
    2.0 * share
}

/// The share of paths of samples of n and m, with their greatest common divisor, that
/// reach a distance of `height` / lcm(n, m).
///
/// Column by column, an element is the share of the paths to its point that left the band.
fn outside(n: u64, m: u64, divisor: u64, height: u64) -> f64 {
    let (long, short) = (n.max(m), n.min(m));
    let (long_step, short_step) = ((long / divisor) as i64, (short / divisor) as i64);
    let (long, short, height) = (long as i64, short as i64, height as i64);
    let ceil = |above: i64, below: i64| above.div_euclid(below) + i64::from(above % below != 0);
    let (mut low, mut high) = (0, ceil(height, long_step).min(short + 1));
    let mut length = high - low;
    let room = (2 * high + 2).min(short + 1) as usize;
    let mut shares = vec![1.0; room];
    shares[..length as usize].fill(0.0);
    for i in 1..=long {
        let (last_low, last_length) = (low, length);
        low = ((short_step * i - height).div_euclid(long_step) + 1).clamp(0, short);
        high = ceil(short_step * i + height, long_step).min(short + 1);
        if high <= low {
            return 1.0;
        }
        let mut share = if low == 0 { 0.0 } else { 1.0 };
        for at in 0..(high - low) {
            let j = at + low;
            let beside = shares[(at + low - last_low) as usize];
            share = (beside * i as f64 + share * j as f64) / (i + j) as f64;
            shares[at as usize] = share;
        }
        length = high - low;
        if last_length > length {
            shares[length as usize..last_length as usize].fill(1.0);
        }
    }
    shares[(length - 1) as usize]
}

fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_by_hand() {
        let test = kolmogorov_smirnov(&[1.0, 2.0], &[3.0, 4.0], Method::Auto).unwrap();
        assert_eq!(test.statistic, 1.0);
        assert!((test.p_value - 1.0 / 3.0).abs() < 1e-15);
        // 1 and 2 values: F_first is 1 where F_second is 0 in 1 of 3 arrangements, and 0
        // where it is 1 in another.
        let test = kolmogorov_smirnov(&[1.0], &[3.0, 4.0], Method::Auto).unwrap();
        assert!((test.p_value - 2.0 / 3.0).abs() < 1e-15 && test.statistic == 1.0);
    }

    #[test]
    fn what_has_no_value() {
        assert_eq!(kolmogorov_smirnov(&[], &[1.0], Method::Auto), None);
        assert_eq!(kolmogorov_smirnov(&[1.0], &[f64::NAN], Method::Auto), None);
        assert_eq!(kolmogorov_smirnov(&[1.0], &[2.0], Method::Asymptotic), None);
        let same = kolmogorov_smirnov(&[1.0, 2.0], &[2.0, 1.0], Method::Auto);
        assert_eq!(same, Some(Test { statistic: 0.0, p_value: 1.0 }));
    }
}
