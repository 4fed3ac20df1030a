//! Two samples compared: a statistic, and how often chance alone gives one as large. Pure.
//!
//! The statistics are those of `ingot_statistics::drift`, over all values. Where a test has
//! no distribution of its own, chance is measured on the reference
//! (`ingot_statistics::calibration`): by splits of it into two samples as large as the
//! compared ones, at most [`DRAWN`] rows each. Larger samples differ less by chance, so what
//! is told of smaller ones holds for them.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::contract::Test;
use ingot_protocol::seed::derive;
use ingot_statistics::calibration::{Chance, Draws, Statistic};
use ingot_statistics::drift::{
    Divergence, Empty, Method, counts_between, hellinger_distance, independence,
    jensen_shannon_distance, kolmogorov_smirnov, population_stability_index, quantile_edges,
    scaled_wasserstein_distance, total_variation_distance,
};
use ingot_statistics::random::Words;

use super::sample::Sample;

/// Most rows of a sample by which chance is measured.
const DRAWN: usize = 1_000;
/// Bins between quantiles of the reference.
const BINS: usize = 10;
/// The least and the most draws.
const DRAWS: (f64, f64) = (199.0, 9_999.0);
/// What is asked of chance where the contract does not.
const ALPHA: f64 = 0.05;
/// What stands for a share of 0 in the population stability index.
const EMPTY: Empty = Empty::Share(1e-4);

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    pub(super) statistic: f64,
    /// How often chance alone gives a statistic as large, in (0, 1].
    pub(super) p_value: f64,
    /// A share, and the statistic that chance alone does not pass so often, where that was
    /// measured on the reference.
    pub(super) threshold: Option<(f64, f64)>,
}

/// Compares two samples of one sort; nothing where one is empty, or too small for chance to
/// be measured. There are so many tests, whose p-values are adjusted.
pub(super) fn compare(
    test: Test,
    (reference, current): (&Sample, &Sample),
    (tests, alpha): (usize, Option<f64>),
) -> Option<Comparison> {
    let alpha = alpha.unwrap_or(ALPHA);
    match (reference, current) {
        (Sample::Numbers(reference), Sample::Numbers(current)) => match test {
            Test::Ks => {
                let found = kolmogorov_smirnov(reference, current, Method::Auto)?;
                let (statistic, p_value) = (found.statistic, found.p_value);
                Some(Comparison { statistic, p_value, threshold: None })
            }
            Test::Wasserstein => {
                let statistic = &scaled_wasserstein_distance;
                measured(statistic, (reference, current), (tests, alpha))
            }
            _ => {
                let statistic = |one: &[f64], other: &[f64]| binned(test, one, other);
                measured(&statistic, (reference, current), (tests, alpha))
            }
        },
        (Sample::Categories(reference), Sample::Categories(current)) => {
            let values: BTreeSet<&String> = reference.keys().chain(current.keys()).collect();
            let counts = |sample: &BTreeMap<String, u64>| -> Vec<f64> {
                values.iter().map(|value| sample.get(*value).map_or(0.0, |n| *n as f64)).collect()
            };
            let (one, other) = (counts(reference), counts(current));
            if test == Test::ChiSquare {
                let found = independence(&[&one, &other], Divergence::Pearson, true)?;
                let (statistic, p_value) = (found.statistic, found.p_value);
                return Some(Comparison { statistic, p_value, threshold: None });
            }
            of_counts(test, (&one, &other), (tests, alpha))
        }
        _ => None,
    }
}

/// Categories as the indices of their counts.
fn of_counts(
    test: Test,
    (reference, current): (&[f64], &[f64]),
    (tests, alpha): (usize, f64),
) -> Option<Comparison> {
    let counted = |rows: &[f64]| -> Vec<f64> {
        let mut counts = vec![0.0; reference.len()];
        rows.iter().for_each(|index| counts[*index as usize] += 1.0);
        counts
    };
    let statistic = |one: &[f64], other: &[f64]| distance(test, &counted(one), &counted(other));
    let sizes = (reference.iter().sum::<f64>() as usize, current.iter().sum::<f64>() as usize);
    let ends: Vec<f64> = reference
        .iter()
        .scan(0.0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
        .collect();
    let index = |row: usize| ends.partition_point(|end| *end <= row as f64) as f64;
    let rows = drawn(sizes.0, index);
    let chance = chance(&statistic, (rows, sizes), (tests, alpha))?;
    Some(comparison(&chance, distance(test, reference, current)?, alpha))
}

/// Numbers, by any statistic of two samples.
fn measured(
    statistic: Statistic<'_>,
    (reference, current): (&[f64], &[f64]),
    (tests, alpha): (usize, f64),
) -> Option<Comparison> {
    // In an order of their own, so that the order of the rows moves no draw.
    let mut rising = reference.to_vec();
    rising.sort_unstable_by(f64::total_cmp);
    let rows = drawn(rising.len(), |row| rising[row]);
    let chance = chance(statistic, (rows, (reference.len(), current.len())), (tests, alpha))?;
    Some(comparison(&chance, statistic(reference, current)?, alpha))
}

/// Rows of a sample: all of few, else draws with replacement.
fn drawn(size: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    if size <= 2 * DRAWN {
        return (0..size).map(value).collect();
    }
    let mut words = Words::new(derive(0, "distribution rows", 0));
    (0..2 * DRAWN).map(|_| value(words.below(size))).collect()
}

/// What the statistic is of splits of the reference's rows, at the sizes of both samples.
fn chance(
    statistic: Statistic<'_>,
    (rows, sizes): (Vec<f64>, (usize, usize)),
    (tests, alpha): (usize, f64),
) -> Option<Chance> {
    let second = sizes.1.min(rows.len() / 2).min(DRAWN);
    let first = (rows.len() - second).min(DRAWN);
    let count = (2.0 * tests as f64 / alpha).ceil().clamp(DRAWS.0, DRAWS.1) as u64;
    let seed = |draw: u64| derive(0, "distribution", draw);
    let draws = Draws { count, seed: &seed };
    Chance::of(&rows, (first, second), statistic, draws)
}

fn comparison(chance: &Chance, statistic: f64, alpha: f64) -> Comparison {
    let threshold = chance.threshold(alpha).map(|threshold| (1.0 - alpha, threshold));
    Comparison { statistic, p_value: chance.p_value(statistic), threshold }
}

/// A distance over bins between the deciles of the reference.
fn binned(test: Test, reference: &[f64], current: &[f64]) -> Option<f64> {
    let edges = apart(&quantile_edges(reference, BINS)?);
    let counts = |values: &[f64]| -> Option<Vec<f64>> {
        Some(counts_between(values, &edges)?.into_iter().map(|count| count as f64).collect())
    };
    distance(test, &counts(reference)?, &counts(current)?)
}

/// The edges, and one just below each that is several deciles: so much of the reference is
/// that very value, which has a bin of its own then, and what is less has another.
fn apart(edges: &[f64]) -> Vec<f64> {
    let mut all = Vec::with_capacity(edges.len() + 1);
    for (at, edge) in edges.iter().enumerate() {
        let again = edges.get(at + 1) == Some(edge);
        if again && all.last() != Some(edge) {
            all.push(edge.next_down());
        }
        all.push(*edge);
    }
    all
}

/// A distance of two distributions over the same bins.
fn distance(test: Test, reference: &[f64], current: &[f64]) -> Option<f64> {
    match test {
        Test::Psi => population_stability_index(reference, current, EMPTY),
        Test::JensenShannon => jensen_shannon_distance(reference, current, 2.0),
        Test::TotalVariation => total_variation_distance(reference, current),
        Test::Hellinger => hellinger_distance(reference, current),
        Test::Ks | Test::Wasserstein | Test::ChiSquare => None,
    }
}
