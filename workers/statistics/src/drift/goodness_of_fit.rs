//! Observed counts against expected ones.

use super::Test;
use crate::special::chi_square_survival;

/// Which divergence of counts is measured: a power of Cressie and Read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Divergence {
    /// Pearson's chi-square: sum of (o - e)^2 / e. The power 1.
    #[default]
    Pearson,
    /// The G test: 2 * sum of o ln(o / e). The power 0.
    LogLikelihood,
    /// sum of o ((o / e)^power - 1) / (power (power + 1) / 2); -1 is 2 * sum of e ln(e / o).
    Power(f64),
}

/// How far observed counts lie from expected ones, and the p-value of chi-square with
/// cells - 1 - `fewer` degrees of freedom.
///
/// Cressie and Read 1984; SciPy's `power_divergence` and `chisquare` (`fewer` is its
/// `ddof`). Evidently's `chisquare` expects the reference's counts times the ratio of sizes.
/// An expected 0 with an observed count makes Pearson's and the G statistic infinite and p
/// 0. Summed in the order of the cells.
///
/// Nothing where the lengths differ, without a degree of freedom, for a negative or
/// infinite count or NaN, where a cell expects and holds nothing, or where the sums differ
/// by more than 2^-26 of the smaller one.
///
/// Of 8, 12 observed and 10, 10 expected: 4/10 + 4/10 = 0.8.
pub fn goodness_of_fit(
    observed: &[f64],
    expected: &[f64],
    divergence: Divergence,
    fewer: usize,
) -> Option<Test> {
    let degrees = observed.len().checked_sub(1 + fewer).filter(|degrees| *degrees > 0)?;
    let is_count = |count: &f64| *count >= 0.0 && count.is_finite();
    let cells = || observed.iter().zip(expected);
    let fit = observed.len() == expected.len()
        && cells().all(|(o, e)| is_count(o) && is_count(e) && o + e > 0.0);
    let (one, other): (f64, f64) = (observed.iter().sum(), expected.iter().sum());
    if !fit || (one - other).abs() > f64::EPSILON.sqrt() * one.min(other) {
        return None;
    }
    let statistic = divergence.of(cells());
    let p_value = chi_square_survival(statistic.max(0.0), degrees as f64)?;
    Some(Test { statistic, p_value })
}

impl Divergence {
    /// Summed over cells of observed and expected counts.
    pub(super) fn of<'a>(self, cells: impl Iterator<Item = (&'a f64, &'a f64)>) -> f64 {
        let times_logarithm = |x: f64, y: f64| if x == 0.0 { 0.0 } else { x * libm::log(x / y) };
        let term = |(&o, &e): (&f64, &f64)| match self {
            Self::Pearson => (o - e) * (o - e) / e,
            Self::LogLikelihood => 2.0 * times_logarithm(o, e),
            Self::Power(1.0) => (o - e) * (o - e) / e,
            Self::Power(0.0) => 2.0 * times_logarithm(o, e),
            Self::Power(-1.0) => 2.0 * times_logarithm(e, o),
            Self::Power(power) => {
                o * (libm::pow(o / e, power) - 1.0) / (0.5 * power * (power + 1.0))
            }
        };
        cells.map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let test = goodness_of_fit(&[8.0, 12.0], &[10.0, 10.0], Divergence::Pearson, 0).unwrap();
        assert!((test.statistic - 0.8).abs() < 1e-15);
        // P(|Z| > sqrt 0.8).
        let tail = 2.0 * crate::special::normal_survival(0.8_f64.sqrt());
        assert!((test.p_value - tail).abs() < 1e-14);
        let unseen = goodness_of_fit(&[8.0, 2.0], &[10.0, 0.0], Divergence::LogLikelihood, 0);
        assert_eq!(unseen, Some(Test { statistic: f64::INFINITY, p_value: 0.0 }));
    }

    #[test]
    fn what_has_no_value() {
        let of = |observed: &[f64], expected: &[f64]| {
            goodness_of_fit(observed, expected, Divergence::Pearson, 0)
        };
        assert_eq!(of(&[1.0], &[1.0]), None);
        assert_eq!(of(&[1.0, 2.0], &[1.0, 3.0]), None);
        assert_eq!(of(&[1.0, 0.0], &[1.0, 0.0]), None);
        assert_eq!(of(&[1.0, f64::NAN], &[1.0, 0.0]), None);
        assert_eq!(goodness_of_fit(&[1.0, 1.0], &[1.0, 1.0], Divergence::Pearson, 1), None);
    }
}
