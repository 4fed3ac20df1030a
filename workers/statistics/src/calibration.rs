//! From which value on a statistic of two samples is more than chance.
//!
//! Invariant: every draw is of the seed that the caller's function gives for its index, so
//! the same seeds give the same bits. What the statistic is and how data were sampled is
//! the caller's; rows that depend on each other (days, users) make the chance larger than
//! it is found here.

use crate::random::Words;

/// A statistic of two samples; nothing where it is undefined.
pub type Statistic<'a> = &'a dyn Fn(&[f64], &[f64]) -> Option<f64>;

/// How often and from where is drawn.
#[derive(Clone, Copy)]
pub struct Draws<'a> {
    /// How often.
    pub count: u64,
    /// The seed of each draw.
    pub seed: &'a dyn Fn(u64) -> u64,
}

/// A threshold that a statistic passes with probability at most `alarms` while nothing has
/// changed: by splits of the reference.
///
/// A draw takes `sizes.0` and `sizes.1` rows of the reference, all different ones, by a
/// Fisher-Yates shuffle, and computes the statistic of the two. Of `count` = R draws in
/// rising order the threshold is number ceil((1 - alarms) (R + 1)): the statistic of one
/// more such split lies above it with probability at most `alarms`, because it may take each
/// of R + 1 places alike (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random
/// World, 2005; the rank of a conformal quantile). Half and half is the choice where the
/// current sample is as large as half of the reference; a statistic that shrinks with the
/// size of samples must be drawn at the sizes that it is used at.
///
/// Nothing where sizes are 0 or together more than the reference, where `alarms` is outside
/// of (0, 1), where the draws are too few for it (fewer than 1 / alarms - 1), or where the
/// statistic of a draw is undefined or NaN.
///
/// With alarms 0.05 and 99 draws the threshold is the 95th of them.
pub fn threshold(
    reference: &[f64],
    sizes: (usize, usize),
    statistic: Statistic<'_>,
    alarms: f64,
    draws: Draws<'_>,
) -> Option<f64> {
    let rank = rank(draws.count, alarms)?;
    Chance::of(reference, sizes, statistic, draws)?.0.get(rank).copied()
}

/// What a statistic is while nothing has changed: of draws of [`threshold`], rising.
#[derive(Debug, Clone, PartialEq)]
pub struct Chance(Vec<f64>);

impl Chance {
    /// By splits of the reference; nothing where [`threshold`] is, but for its alarms.
    pub fn of(
        reference: &[f64],
        sizes: (usize, usize),
        statistic: Statistic<'_>,
        draws: Draws<'_>,
    ) -> Option<Self> {
        let (first, second) = sizes;
        let needed = first.checked_add(second)?;
        if first == 0 || second == 0 || needed > reference.len() {
            return None;
        }
        let mut values = of_draws(reference, (first, needed), statistic, draws)?;
        values.sort_unstable_by(f64::total_cmp);
        Some(Self(values))
    }

    /// What [`threshold`] is.
    pub fn threshold(&self, alarms: f64) -> Option<f64> {
        self.0.get(rank(self.0.len() as u64, alarms)?).copied()
    }

    /// How often chance gives a statistic at least as large: (1 + how many of R draws do) /
    /// (1 + R), in (0, 1], which holds with the sizes of the draws.
    ///
    /// A statistic above all of 99 draws has 1 / 100.
    pub fn p_value(&self, statistic: f64) -> f64 {
        let below = self.0.partition_point(|value| *value < statistic);
        ((self.0.len() - below) as f64 + 1.0) / (self.0.len() as f64 + 1.0)
    }
}

/// The index of the threshold among draws in rising order.
fn rank(draws: u64, alarms: f64) -> Option<usize> {
    if !(alarms > 0.0 && alarms < 1.0) {
        return None;
    }
    // A product that is a whole number may lie some bits above it.
    let rank = ((1.0 - alarms) * (draws as f64 + 1.0) - 1e-9).ceil().max(1.0) as u64;
    (rank <= draws).then_some(rank as usize - 1)
}

/// How often chance gives a statistic at least as large: (1 + how many of R permutations
/// do) / (1 + R), in (0, 1].
///
/// A draw shuffles the rows of both samples and cuts them at the size of the first. The
/// observed order counts as one of the permutations, so that p is never 0 (Phipson and
/// Smyth, Permutation P-values Should Never Be Zero, 2010); values within 1e-14 of the
/// observed one, or of itself as a share, count as equal. SciPy's `permutation_test` with
/// `alternative="greater"`, other draws.
///
/// Nothing where a statistic is undefined or NaN.
///
/// Of samples that all permutations tell apart less, with 99 draws, p is 1 / 100.
pub fn permutation_p_value(
    first: &[f64],
    second: &[f64],
    statistic: Statistic<'_>,
    draws: Draws<'_>,
) -> Option<f64> {
    let observed = statistic(first, second).filter(|value| !value.is_nan())?;
    let least = if observed.is_finite() {
        observed - (1e-14 * observed.abs()).max(1e-14)
    } else {
        observed
    };
    let both = [first, second].concat();
    let values = of_draws(&both, (first.len(), both.len()), statistic, draws)?;
    let extreme = values.iter().filter(|value| **value >= least).count();
    Some((extreme as f64 + 1.0) / (draws.count as f64 + 1.0))
}

/// The statistic of each draw: of the first rows of a shuffle up to one place, and of the
/// next up to another.
fn of_draws(
    rows: &[f64],
    ends: (usize, usize),
    statistic: Statistic<'_>,
    draws: Draws<'_>,
) -> Option<Vec<f64>> {
    let of_draw = |draw: u64| {
        let mut words = Words::new((draws.seed)(draw));
        let mut rows = rows.to_vec();
        for place in 0..ends.1 {
            let other = place + words.below(rows.len() - place);
            rows.swap(place, other);
        }
        statistic(&rows[..ends.0], &rows[ends.0..ends.1]).filter(|value| !value.is_nan())
    };
    (0..draws.count).map(of_draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::{Method, kolmogorov_smirnov};

    fn seed(draw: u64) -> u64 {
        Words::new(draw ^ 17).word()
    }

    fn draws(count: u64) -> Draws<'static> {
        Draws { count, seed: &seed }
    }

    fn distance(one: &[f64], other: &[f64]) -> Option<f64> {
        kolmogorov_smirnov(one, other, Method::Auto).map(|test| test.statistic)
    }

    #[test]
    fn a_threshold_is_passed_as_often_as_it_says() {
        let reference: Vec<f64> = (0..200).map(f64::from).collect();
        let found = threshold(&reference, (100, 100), &distance, 0.05, draws(999)).unwrap();
        // scipy.stats: ks_2samp has p <= 0.05 from a distance of 0.2 on, of 100 and 100.
        assert!((0.17..=0.2).contains(&found), "{found}");
        let chance = Chance::of(&reference, (100, 100), &distance, draws(999)).unwrap();
        assert_eq!(chance.threshold(0.05), Some(found));
        assert_eq!((chance.p_value(2.0), chance.p_value(0.0)), (0.001, 1.0));
        // The 950th of 999 draws, and equal ones behind it.
        assert!(chance.p_value(found) >= 0.051, "{}", chance.p_value(found));
        // Other draws pass it about 5 in 100 times, at most.
        let other = |draw: u64| seed(draw + 1_000_000);
        let fresh = Draws { count: 2_000, seed: &other };
        let values = of_draws(&reference, (100, 200), &distance, fresh).unwrap();
        let passed = values.iter().filter(|value| **value > found).count();
        assert!(passed < 140, "{passed} of 2000");
    }

    #[test]
    fn a_permutation_counts_the_observed_order() {
        let (low, high) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]);
        // 2 of 70 cuts are as far apart.
        let p = permutation_p_value(&low, &high, &distance, draws(6_999)).unwrap();
        assert!((p - 2.0 / 70.0).abs() < 0.01, "{p}");
        assert_eq!(permutation_p_value(&low, &low, &distance, draws(9)), Some(1.0));
        assert_eq!(permutation_p_value(&low, &[], &distance, draws(9)), None);
    }

    #[test]
    fn what_has_no_threshold() {
        let reference = [1.0, 2.0, 3.0, 4.0];
        let of =
            |sizes, alarms, count| threshold(&reference, sizes, &distance, alarms, draws(count));
        assert_eq!(of((3, 2), 0.05, 99), None);
        assert_eq!(of((0, 2), 0.05, 99), None);
        assert_eq!(of((2, 2), 0.05, 18), None);
        assert!(of((2, 2), 0.05, 19).is_some());
        assert_eq!(of((2, 2), 0.0, 99), None);
        assert_eq!(of((2, 2), f64::NAN, 99), None);
        assert_eq!(of((usize::MAX, 2), 0.05, 99), None);
    }
}
