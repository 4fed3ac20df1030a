//! The Mann-Whitney test.

use super::pool::Pool;
use super::{Method, Test};
use crate::special::normal_survival;

/// `Auto` is asymptotic where both samples are larger.
const EXACT_UP_TO: usize = 8;

/// What is held to be so if not chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Alternative {
    /// One sample has the larger values, either.
    #[default]
    TwoSided,
    /// The first sample has the smaller values.
    Less,
    /// The first sample has the larger values.
    Greater,
}

/// U of the first sample, in [0, n m]: how many pairs have a larger value in the first
/// sample, ties half; and its p-value.
///
/// The asymptotic p-value is that of (U - n m / 2 - 1/2) over sqrt(n m / 12 (N + 1 - sum of
/// (t^3 - t) / (N (N - 1)))), t the sizes of the ties: with the correction for continuity.
/// The exact one counts the arrangements, in integers, by the Gaussian binomial.
///
/// Source: Mann and Whitney 1947; SciPy's `mannwhitneyu`. `Auto` is exact where one sample
/// has at most 8 values and there are no ties. With ties, `Exact` cuts U to a whole number
/// and takes the arrangements as if there were none, as SciPy does. Departure: where the
/// count of arrangements passes 2^127 the p-value is asymptotic. Evidently's `mannw` asks
/// for `Less`.
///
/// Where all values are equal p is 1. Nothing for an empty sample or with NaN.
///
/// Of 1, 2 and 3, 4 no pair is larger in the first: U = 0; p = 2 * 1/6.
pub fn mann_whitney(
    first: &[f64],
    second: &[f64],
    alternative: Alternative,
    method: Method,
) -> Option<Test> {
    let pooled = Pool::new(first, second)?;
    let (n, m) = (pooled.first, pooled.second);
    let mut twice = 0_u128; // 2 U
    let mut below = 0_u128;
    for run in &pooled.runs {
        twice += run.first as u128 * (2 * below + run.second as u128);
        below += run.second as u128;
    }
    let pairs = n as u128 * m as u128;
    let (extreme, factor) = match alternative {
        Alternative::TwoSided => (twice.max(2 * pairs - twice), 2.0),
        Alternative::Greater => (twice, 1.0),
        Alternative::Less => (2 * pairs - twice, 1.0),
    };
    let exact = match method {
        Method::Auto => n.min(m) <= EXACT_UP_TO && !pooled.has_ties(),
        Method::Exact => true,
        Method::Asymptotic => false,
    };
    let counted = if exact { exact_survival((extreme / 2) as usize, n, m) } else { None };
    let survival = match counted {
        Some(survival) => survival,
        None => asymptotic_survival(extreme as f64 / 2.0, &pooled),
    };
    let p_value = (factor * survival).clamp(0.0, 1.0);
    Some(Test { statistic: twice as f64 / 2.0, p_value })
}

fn asymptotic_survival(extreme: f64, pooled: &Pool) -> f64 {
    let (n, m, sum) = (pooled.first as f64, pooled.second as f64, pooled.both() as f64);
    let cube = |run: &super::pool::Run| {
        let ties = run.both() as f64;
        ties * ties * ties - ties
    };
    let ties: f64 = pooled.runs.iter().map(cube).sum();
    let variance = n * m / 12.0 * ((sum + 1.0) - ties / (sum * (sum - 1.0)));
    let z = (extreme - n * m / 2.0 - 0.5) / variance.sqrt();
    // All values are equal: nothing speaks against chance.
    if variance > 0.0 { normal_survival(z) } else { 1.0 }
}

/// P(U >= extreme) over all arrangements; nothing where they cannot be counted.
fn exact_survival(extreme: usize, n: usize, m: usize) -> Option<f64> {
    let (short, long) = (n.min(m), n.max(m));
    let mut total = 1_u128;
    for i in 1..=short {
        total = total.checked_mul((long + i) as u128)? / i as u128;
    }
    if total >= 1 << 127 {
        return None;
    }
    let pairs = n * m;
    // U is symmetric: P(U >= u) = P(U <= pairs - u).
    let mirrored = pairs - extreme.min(pairs);
    let largest = mirrored.min(extreme);
    // How many arrangements have each U: the product over i of (1 - q^(long + i)) /
    // (1 - q^i). Modulo 2^128, which the counts do not reach.
    let mut counts = vec![0_u128; largest + 1];
    counts[0] = 1;
    for i in 1..=short {
        for at in (long + i..=largest).rev() {
            counts[at] = counts[at].wrapping_sub(counts[at - long - i]);
        }
        for at in i..=largest {
            counts[at] = counts[at].wrapping_add(counts[at - i]);
        }
    }
    let below: u128 = counts.iter().sum();
    let total = total as f64;
    if mirrored <= extreme {
        return Some(below as f64 / total);
    }
    Some(1.0 - (below - counts[largest]) as f64 / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_by_hand() {
        let of = |alternative| {
            mann_whitney(&[1.0, 2.0], &[3.0, 4.0], alternative, Method::Auto).unwrap()
        };
        assert_eq!(of(Alternative::TwoSided), Test { statistic: 0.0, p_value: 2.0 / 6.0 });
        assert_eq!(of(Alternative::Less), Test { statistic: 0.0, p_value: 1.0 / 6.0 });
        assert_eq!(of(Alternative::Greater), Test { statistic: 0.0, p_value: 1.0 });
        // 2 > 1, and 2 = 2 counts half.
        let ties = mann_whitney(&[2.0], &[1.0, 2.0], Alternative::TwoSided, Method::Auto).unwrap();
        assert_eq!(ties.statistic, 1.5);
    }

    #[test]
    fn what_has_no_value() {
        let of = |first: &[f64], second: &[f64]| {
            mann_whitney(first, second, Alternative::TwoSided, Method::Auto)
        };
        assert_eq!(of(&[], &[1.0]), None);
        assert_eq!(of(&[f64::NAN], &[1.0]), None);
        assert_eq!(of(&[1.0, 1.0], &[1.0]), Some(Test { statistic: 1.0, p_value: 1.0 }));
    }
}
