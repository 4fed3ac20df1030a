//! Bins between the quantiles of a reference.

use super::pool::sorted;
use crate::quantile::numpy_quantile;

/// The inner edges that cut the reference into `bins` parts of equal size: its quantiles at
/// 1 / bins, 2 / bins, .. There are `bins` - 1 of them, equal ones where values are. To the bits of NumPy's `quantile(reference, linspace(0, 1, bins + 1))`.
///
/// Nothing of an empty reference, with NaN or infinities, or of no bins. Of 1, 2, 3 and two
/// bins: 2.
pub fn quantile_edges(reference: &[f64], bins: usize) -> Option<Vec<f64>> {
    let reference = sorted(reference)?;
    let finite = reference.iter().all(|value| value.is_finite());
    if bins == 0 || !finite {
        return None;
    }
    let step = 1.0 / bins as f64;
    (1..bins).map(|part| numpy_quantile(&reference, part as f64 * step)).collect()
}

/// How many values lie between inner edges: a value's bin is the count of edges strictly
/// below it, so bins are (low, high] and the outer two reach to infinity.
///
/// One bin more than edges. Nothing with NaN, or where the edges fall. Of 1, 2, 3 and the
/// edge 2: 2, 1.
pub fn counts_between(values: &[f64], edges: &[f64]) -> Option<Vec<u64>> {
    let rises = edges.windows(2).all(|pair| pair[0] <= pair[1]);
    let numbers = edges.iter().chain(values).all(|value| !value.is_nan());
    if !rises || !numbers {
        return None;
    }
    let mut counts = vec![0; edges.len() + 1];
    for value in values {
        counts[edges.partition_point(|edge| edge < value)] += 1;
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciles_of_eleven_values_are_values() {
        let values: Vec<f64> = (0..11).rev().map(f64::from).collect();
        let edges = quantile_edges(&values, 10).unwrap();
        assert_eq!(edges.len(), 9);
        let counts = counts_between(&values, &edges).unwrap();
        assert_eq!(counts, [2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(counts_between(&[5.0], &[2.0, 1.0]), None);
        assert_eq!(counts_between(&[f64::NAN], &[1.0]), None);
        assert_eq!(quantile_edges(&[], 10), None);
        assert_eq!(quantile_edges(&[1.0], 0), None);
    }
}
