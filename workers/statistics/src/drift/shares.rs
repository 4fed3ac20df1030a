//! Shares of two samples over the same bins, as Evidently makes them.

use super::pool::Pool;
use crate::profile::{Bins, bin_edges, histogram};

/// A reference of at most so many distinct values is binned value by value.
const DISTINCT: usize = 20;

/// Two distributions over the same bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Those of the reference, which sum to 1.
    pub reference: Vec<f64>,
    /// Those of the current sample.
    pub current: Vec<f64>,
}

/// Shares of numbers: over NumPy's `sturges` bins of both samples together where the
/// reference has more than 20 distinct values, else over the distinct values in rising
/// order.
///
/// Evidently's `get_binned_data` without replacement of zeros ([`replace_zeros`]), which
/// its `psi`, `kl_div` and `jensenshannon` stand on. Nothing for an empty sample, or with
/// NaN or infinities.
///
/// Of 1, 1, 2 and 2, 3: 2/3, 1/3, 0 and 0, 1/2, 1/2.
pub fn shares_of_numbers(reference: &[f64], current: &[f64]) -> Option<Shares> {
    let pooled = Pool::new(reference, current)?;
    if !pooled.is_finite() {
        return None;
    }
    let distinct = pooled.runs.iter().filter(|run| run.first > 0).count();
    if distinct > DISTINCT {
        let edges = bin_edges(&[reference, current].concat(), Bins::Sturges)?;
        return binned(reference, current, &edges);
    }
    let counts = |of: fn(&super::pool::Run) -> usize| -> Vec<u64> {
        pooled.runs.iter().map(|run| of(run) as u64).collect()
    };
    Some(Shares {
        reference: divided(&counts(|run| run.first), pooled.first as f64),
        current: divided(&counts(|run| run.second), pooled.second as f64),
    })
}

/// Shares of numbers over NumPy's `sturges` bins of the distinct values of both samples: as
/// many bins as there are distinct values ask for.
///
/// What Evidently's `hellinger` of numbers stands on. Nothing as of [`shares_of_numbers`].
/// Of 1, 1, 2 and 2, 3 the distinct values are three, with ceil(log2(3) + 1) = 3 bins: 2/3,
/// 1/3, 0 and 0, 1/2, 1/2.
pub fn shares_over_distinct(reference: &[f64], current: &[f64]) -> Option<Shares> {
    let pooled = Pool::new(reference, current)?;
    let distinct: Vec<f64> = pooled.runs.iter().map(|run| run.value).collect();
    binned(reference, current, &bin_edges(&distinct, Bins::Sturges)?)
}

/// Shares of categories by how often each occurs, in one order of both; a category that one
/// sample has not seen is 0 there, and one that neither has seen is left out, as Evidently
/// knows nothing of it. Nothing where the lengths differ or where a sum is 0.
///
/// Of 1, 0, 1 and 1, 0, 0: 1/2, 1/2 and 1, 0.
pub fn shares_of_categories(reference: &[u64], current: &[u64]) -> Option<Shares> {
    let whole = |counts: &[u64]| counts.iter().map(|count| *count as f64).sum::<f64>();
    let (n, m) = (whole(reference), whole(current));
    if reference.len() != current.len() || n == 0.0 || m == 0.0 {
        return None;
    }
    let pairs = reference.iter().zip(current).filter(|(one, other)| **one > 0 || **other > 0);
    let (reference, current): (Vec<u64>, Vec<u64>) = pairs.unzip();
    Some(Shares { reference: divided(&reference, n), current: divided(&current, m) })
}

/// Shares without zeros: each 0 becomes 1e-4, or a millionth of the least other share where
/// that is at most 1e-4. They no longer sum to 1.
///
/// What Evidently's `get_binned_data` does for `psi` and `kl_div`. Shares that are all 0
/// stay so. Of 0, 1: 1e-4, 1.
pub fn replace_zeros(shares: &[f64]) -> Vec<f64> {
    let least = shares.iter().copied().filter(|share| *share != 0.0).fold(f64::INFINITY, f64::min);
    let small = if least.is_infinite() {
        0.0
    } else if least <= 1e-4 {
        least / 1e6
    } else {
        1e-4
    };
    shares.iter().map(|&share| if share == 0.0 { small } else { share }).collect()
}

fn binned(reference: &[f64], current: &[f64], edges: &[f64]) -> Option<Shares> {
    let of = |values: &[f64]| Some(divided(&histogram(values, edges)?, values.len() as f64));
    Some(Shares { reference: of(reference)?, current: of(current)? })
}

fn divided(counts: &[u64], whole: f64) -> Vec<f64> {
    counts.iter().map(|count| *count as f64 / whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_bins_of_their_own() {
        let shares = shares_of_numbers(&[1.0, 2.0, 1.0], &[3.0, 2.0]).unwrap();
        assert_eq!(shares.reference, [2.0 / 3.0, 1.0 / 3.0, 0.0]);
        assert_eq!(shares.current, [0.0, 0.5, 0.5]);
        assert_eq!(shares_over_distinct(&[1.0, 2.0, 1.0], &[3.0, 2.0]), Some(shares));
        assert_eq!(shares_of_numbers(&[], &[1.0]), None);
        assert_eq!(shares_of_categories(&[1, 1], &[0, 0]), None);
        let shares = shares_of_categories(&[1, 0, 1], &[1, 0, 0]).unwrap();
        assert_eq!((shares.reference, shares.current), (vec![0.5, 0.5], vec![1.0, 0.0]));
    }

    #[test]
    fn many_values_are_binned() {
        let values: Vec<f64> = (0..32).map(f64::from).collect();
        // log2(64) + 1 = 7 bins of both.
        let shares = shares_of_numbers(&values, &values).unwrap();
        assert_eq!(shares.reference.len(), 7);
        assert_eq!(shares.reference, shares.current);
    }

    #[test]
    fn zeros_become_small() {
        assert_eq!(replace_zeros(&[0.0, 1.0]), [1e-4, 1.0]);
        assert_eq!(replace_zeros(&[0.0, 1e-4, 0.9999]), [1e-10, 1e-4, 0.9999]);
        assert_eq!(replace_zeros(&[0.0]), [0.0]);
    }
}
