//! [`CenteredMoments`]: mean and variance of numbers far from 0.

use ingot_statistics::profile::Moments;

/// Moments of the distances from the first number.
///
/// The mean is the first number and the mean distance, the variance that of the distances:
/// Welford's recurrence in the order of the numbers. Around 1e9 with a deviation of 1 it
/// keeps the digits that the recurrence loses on the numbers themselves (Chan, Golub and
/// LeVeque, Algorithms for Computing the Sample Variance, 1983, section 3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CenteredMoments {
    first: Option<f64>,
    distances: Moments,
}

impl CenteredMoments {
    /// Takes a number in.
    pub(super) fn add(&mut self, value: f64) {
        let first = *self.first.get_or_insert(value);
        self.distances.add(value - first);
    }

    /// How many numbers.
    pub(super) fn count(&self) -> u64 {
        self.distances.count()
    }

    /// Their mean; nothing of none.
    pub(super) fn mean(&self) -> Option<f64> {
        Some(self.first? + self.distances.mean()?)
    }

    /// Their variance over n; nothing of none.
    pub(super) fn variance(&self) -> Option<f64> {
        self.distances.variance(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut centered = CenteredMoments::default();
        for value in [1.0, 2.0, 3.0, 6.0] {
            centered.add(1e15 + value);
        }
        assert_eq!(centered.mean(), Some(1e15 + 3.0));
        assert_eq!((centered.count(), centered.variance()), (4, Some(3.5)));
        assert_eq!(CenteredMoments::default().mean(), None);
    }
}
