//! The maximum mean discrepancy.

use super::pool::sorted;

/// A discrepancy and the kernel that it was measured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discrepancy {
    /// The square, unbiased: it can be below 0.
    pub square: f64,
    /// The median distance between two values of both samples.
    pub median_distance: f64,
    /// 1 / the median squared.
    pub gamma: f64,
}

/// The unbiased square of the maximum mean discrepancy with the kernel
/// k(x, y) = e^(-gamma (x - y)^2), gamma = 1 / (median distance of all pairs)^2:
/// the mean of k over pairs of the first sample, plus that over pairs of the second, less
/// twice that over pairs of both.
///
/// Gretton and others, A Kernel Two-Sample Test (2012), lemma 6, with their median
/// heuristic. Pairs are summed in rising order: n^2 exponentials. The median is exact, found
/// by bisection in n log n steps; of an even number of pairs it is the mean of the middle
/// two, as NumPy's. Departure from Evidently's `empirical_mmd`: it halves the median of the
/// squares of the first sample alone, with the pairs of a value with itself.
///
/// Nothing where a sample has fewer than two values, NaN or infinities, or where the median
/// distance is 0.
///
/// Of 0, 1 and 0, 1 the distances are 0, 0, 1, 1, 1, 1, the median and gamma 1:
/// 2 / e - 2 (1 + 1 / e) / 2 = 1 / e - 1.
pub fn maximum_mean_discrepancy(first: &[f64], second: &[f64]) -> Option<Discrepancy> {
    let (first, second) = (sorted(first)?, sorted(second)?);
    let both = sorted(&[first.as_slice(), second.as_slice()].concat())?;
    if first.len() < 2 || second.len() < 2 || both.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let pairs = both.len() as u64 * (both.len() as u64 - 1) / 2;
    let upper = distance_of_rank(&both, pairs / 2);
    let median_distance = if pairs % 2 == 1 {
        upper
    } else {
        f64::midpoint(distance_of_rank(&both, pairs / 2 - 1), upper)
    };
    let gamma = 1.0 / (median_distance * median_distance);
    if !gamma.is_finite() || gamma <= 0.0 {
        return None;
    }
    let kernel = |x: f64, y: f64| libm::exp(-gamma * (x - y) * (x - y));
    let within = |values: &[f64]| {
        let mut sum = 0.0;
        for (index, &x) in values.iter().enumerate() {
            sum += values[index + 1..].iter().map(|&y| kernel(x, y)).sum::<f64>();
        }
        let count = values.len() as f64;
        2.0 * sum / (count * (count - 1.0))
    };
    let mut across = 0.0;
    for &x in &first {
        across += second.iter().map(|&y| kernel(x, y)).sum::<f64>();
    }
    across /= first.len() as f64 * second.len() as f64;
    let square = within(&first) + within(&second) - 2.0 * across;
    Some(Discrepancy { square, median_distance, gamma })
}

/// The distance of a rank, from 0, among the pairs of sorted values.
///
/// Distances that are no less than 0 are ordered as their bits are.
fn distance_of_rank(sorted: &[f64], rank: u64) -> f64 {
    let (mut low, mut high) = (0_u64, f64::INFINITY.to_bits());
    while low < high {
        let middle = low + (high - low) / 2;
        if pairs_within(sorted, f64::from_bits(middle)) > rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    f64::from_bits(low)
}

/// How many pairs are no further apart.
fn pairs_within(sorted: &[f64], distance: f64) -> u64 {
    let (mut from, mut count) = (0, 0);
    for (at, value) in sorted.iter().enumerate() {
        while value - sorted[from] > distance {
            from += 1;
        }
        count += (at - from) as u64;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = maximum_mean_discrepancy(&[0.0, 1.0], &[1.0, 0.0]).unwrap();
        assert_eq!((found.median_distance, found.gamma), (1.0, 1.0));
        assert!((found.square - (1.0 / core::f64::consts::E - 1.0)).abs() < 1e-15);
        assert_eq!(maximum_mean_discrepancy(&[1.0, 1.0], &[1.0, 1.0]), None);
        assert_eq!(maximum_mean_discrepancy(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(maximum_mean_discrepancy(&[1.0, f64::INFINITY], &[1.0, 2.0]), None);
    }

    #[test]
    fn ranks_of_distances() {
        // Distances of 0, 1, 3: 1, 2, 3.
        let ranked: Vec<f64> =
            (0..3).map(|rank| distance_of_rank(&[0.0, 1.0, 3.0], rank)).collect();
        assert_eq!(ranked, [1.0, 2.0, 3.0]);
    }
}
