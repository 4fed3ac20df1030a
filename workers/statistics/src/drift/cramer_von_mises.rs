//! The two-sample Cramer-von Mises test.

use core::f64::consts::PI;

use super::pool::Pool;
use super::{Method, Test};
use crate::special::scaled_bessel_k;

/// Up to this size of both samples, `Auto` is exact.
const EXACT_UP_TO: usize = 20;

/// Above this size of a sample, no exact p-value is computed.
const LARGEST_EXACT: usize = 30;

/// T = U / (n m (n + m)) - (4 n m - 1) / (6 (n + m)), where U = n * sum of
/// (r_i - i)^2 + m * sum of (s_j - j)^2 over the ranks r, s of the sorted samples in both
/// (ties have the mean of their ranks); and its p-value.
///
/// Anderson, On the Distribution of the Two-Sample Cramer-von Mises Criterion (1962); the
/// exact p-value by the table of Xiao, Gordon and Yakovlev (2006), in integers. SciPy's
/// `cramervonmises_2samp`: `Auto` is exact where neither sample has more than 20 values;
/// the asymptotic series ends at a term below 1e-7, so the p-value holds to 1e-7.
/// Departure: `Exact` of more than 30 values of a sample has no value, as the table grows
/// with the square of the sizes' lowest common multiple.
///
/// Nothing where a sample has fewer than two values, or with NaN. Infinities are values.
///
/// Of 1, 2 and 3, 4: the ranks are 1, 2 and 3, 4, U = 2 * (4 + 4) = 16, T = 1 - 15/24 =
/// 0.375; no arrangement but this and its mirror is as far, so p = 2/6.
pub fn cramer_von_mises(first: &[f64], second: &[f64], method: Method) -> Option<Test> {
    let pooled = Pool::new(first, second)?;
    let (n, m) = (pooled.first, pooled.second);
    if n < 2 || m < 2 {
        return None;
    }
    let quadruple = of_ranks(&pooled); // 4 U
    let (product, sum) = (n as f64 * m as f64, (n + m) as f64);
    let u = quadruple as f64 / 4.0;
    let statistic = u / (product * sum) - (4.0 * product - 1.0) / (6.0 * sum);
    let exact = match method {
        Method::Auto => n.max(m) <= EXACT_UP_TO,
        Method::Exact if n.max(m) > LARGEST_EXACT => return None,
        Method::Exact => true,
        Method::Asymptotic => false,
    };
    let p_value =
        if exact { exact_p(quadruple, n, m) } else { asymptotic_p(statistic, n as f64, m as f64) };
    Some(Test { statistic, p_value: p_value.clamp(0.0, 1.0) })
}

/// 4 U: mean ranks are halves.
fn of_ranks(pooled: &Pool) -> u128 {
    let (mut first, mut second) = (0_i128, 0_i128);
    let (mut of_first, mut of_second) = (0_u128, 0_u128);
    for run in &pooled.runs {
        // Twice the mean rank of the run.
        let rank = 2 * (first + second) + run.both() as i128 + 1;
        for _ in 0..run.first {
            first += 1;
            of_first += (rank - 2 * first).unsigned_abs().pow(2);
        }
        for _ in 0..run.second {
            second += 1;
            of_second += (rank - 2 * second).unsigned_abs().pow(2);
        }
    }
    pooled.first as u128 * of_first + pooled.second as u128 * of_second
}

/// The share of arrangements with a statistic at least as large.
fn exact_p(quadruple: u128, n: usize, m: usize) -> f64 {
    let (n, m) = (n as i128, m as i128);
    let multiple = (1..=m).map(|factor| n * factor).find(|value| value % m == 0).unwrap_or(n * m);
    let (step, other) = (multiple / n, multiple / m);
    let product = n * m;
    let threshold =
        (multiple * multiple * (n + m) * (3 * quadruple as i128 - 2 * product * (4 * product - 1)))
            .div_euclid(12 * product * product);
    // For each v, how many arrangements of v of the first and u of the second have a value.
    let mut tables: Vec<Table> = vec![Vec::new(); n as usize + 1];
    tables[0] = vec![(0, 1)];
    for u in 0..=m {
        let mut below: Table = Vec::new();
        for (v, table) in tables.iter_mut().enumerate() {
            below = merge(&below, table);
            let gap = step * v as i128 - other * u;
            below.iter_mut().for_each(|(value, _)| *value += gap * gap);
            table.clone_from(&below);
        }
    }
    let counts = tables.last().map_or(&[][..], Vec::as_slice);
    let of = |counted: &mut dyn Iterator<Item = u128>| counted.sum::<u128>() as f64;
    let far = of(&mut counts.iter().filter(|(value, _)| *value >= threshold).map(|pair| pair.1));
    far / of(&mut counts.iter().map(|pair| pair.1))
}

/// Values in rising order, each with its count.
type Table = Vec<(i128, u128)>;

fn merge(one: &Table, other: &Table) -> Table {
    let mut merged: Table = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.0 <= b.0 => left.next(),
            (Some(_), None) => left.next(),
            (_, Some(_)) => right.next(),
            (None, None) => return merged,
        };
        let Some(&(value, count)) = next else { return merged };
        match merged.last_mut() {
            Some(last) if last.0 == value => last.1 += count,
            _ => merged.push((value, count)),
        }
    }
}

/// By the limit of the one-sample statistic, at the statistic's own mean and variance.
fn asymptotic_p(statistic: f64, n: f64, m: f64) -> f64 {
    let (product, sum) = (n * m, n + m);
    let mean = (1.0 + 1.0 / sum) / 6.0;
    let variance = (sum + 1.0) * (4.0 * product * sum - 3.0 * (n * n + m * m) - 2.0 * product)
        / (45.0 * sum * sum * 4.0 * product);
    let scaled = 1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt();
    if scaled < 0.003 { 1.0 } else { (1.0 - limit(scaled)).max(0.0) }
}

/// P(W <= x) of the limit (Csorgo and Faraway 1996, 1.2): the sum over k of
/// Gamma(k + 1/2) / (k! pi^1.5 sqrt x) sqrt(4 k + 1) e^-q K_(1/4)(q), q = (4 k + 1)^2 / 16 x.
fn limit(x: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..10_000 {
        let k = f64::from(k);
        let odd = 4.0 * k + 1.0;
        let q = odd * odd / (16.0 * x);
        let ways = libm::exp(libm::lgamma(k + 0.5) - libm::lgamma(k + 1.0));
        let bessel = scaled_bessel_k(0.25, q).unwrap_or(0.0) * libm::exp(-2.0 * q);
        let term = ways / (PI * PI.sqrt() * x.sqrt()) * odd.sqrt() * bessel;
        sum += term;
        if term < 1e-7 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrangements_by_hand() {
        let test = cramer_von_mises(&[1.0, 2.0], &[4.0, 3.0], Method::Auto).unwrap();
        assert!((test.statistic - 0.375).abs() < 1e-15, "{test:?}");
        assert!((test.p_value - 1.0 / 3.0).abs() < 1e-15, "{test:?}");
    }

    #[test]
    fn what_has_no_value() {
        assert_eq!(cramer_von_mises(&[1.0], &[1.0, 2.0], Method::Auto), None);
        assert_eq!(cramer_von_mises(&[1.0, f64::NAN], &[1.0, 2.0], Method::Auto), None);
        let many: Vec<f64> = (0..31).map(f64::from).collect();
        assert_eq!(cramer_von_mises(&many, &many, Method::Exact), None);
    }
}
