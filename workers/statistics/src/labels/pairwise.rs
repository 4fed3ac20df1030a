//! NumPy's sum of numbers that stand one behind the other.

/// Longest run that is not halved.
const RUN: usize = 128;
/// Sums that run beside each other.
const LANES: usize = 8;

/// The sum, to the bit of NumPy's `pairwise_sum` (Higham, The Accuracy of Floating Point
/// Summation, 1993): up to 7 numbers one after the other, up to 128 in eight sums beside each
/// other, and halves of more.
///
/// What is rounded to whole rows depends on such bits where a share is half of a row. Of none
/// it is 0; the error grows with the logarithm of the length.
pub(super) fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() < LANES {
        return values.iter().fold(0.0, |sum, value| sum + value);
    }
    if values.len() > RUN {
        let half = values.len() / 2;
        let (first, second) = values.split_at(half - half % LANES);
        return pairwise_sum(first) + pairwise_sum(second);
    }
    let mut lanes = [0.0; LANES];
    let runs = values.chunks_exact(LANES);
    let rest = runs.remainder();
    for run in runs {
        for (lane, value) in lanes.iter_mut().zip(run) {
            *lane += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(sum, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_numpy() {
        // np.full(n, 0.1).sum()
        let of = |count: usize| pairwise_sum(&vec![0.1; count]);
        assert_eq!(of(0), 0.0);
        assert_eq!(of(7), 0.7);
        assert_eq!(of(10), 1.0);
        assert_eq!(of(1000), 100.00000000000001);
        let rising: Vec<f64> = (1..=300).map(|n| 1.0 / f64::from(n)).collect();
        assert_eq!(pairwise_sum(&rising), 6.282663880299504);
    }
}
