//! Mean and variance in one pass.

/// The count, the mean and the sum of squared deviations of numbers.
///
/// Welford 1962; merged by Chan, Golub and LeVeque, Updating Formulae (1979): no digits are
/// lost where the mean is large beside the deviation. The bits depend on the order of the
/// numbers and of the merges. Of 1, 2, 3 and 6: mean 3, squares 14.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Of numbers in their order.
    pub fn of(values: &[f64]) -> Self {
        let mut moments = Self::default();
        values.iter().for_each(|value| moments.add(*value));
        moments
    }

    /// Takes a number in.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    /// Takes in what another has.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let gap = other.mean - self.mean;
        self.count += other.count;
        self.mean += gap * (m / (n + m));
        self.squares += other.squares + gap * gap * (n * m / (n + m));
    }

    /// How many numbers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; nothing of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The sum of squared deviations over count - `fewer` (NumPy's `ddof`); nothing where
    /// that is not above 0.
    pub fn variance(&self, fewer: u64) -> Option<f64> {
        let below = self.count.checked_sub(fewer).filter(|below| *below > 0)?;
        Some((self.squares / below as f64).max(0.0))
    }

    /// The square root of the variance.
    pub fn deviation(&self, fewer: u64) -> Option<f64> {
        self.variance(fewer).map(f64::sqrt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let moments = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!((moments.count(), moments.mean()), (4, Some(3.0)));
        assert_eq!((moments.variance(0), moments.variance(2)), (Some(3.5), Some(7.0)));
        assert_eq!(Moments::default().mean(), None);
        assert_eq!(Moments::of(&[1.0]).variance(1), None);
    }

    #[test]
    fn parts_are_like_the_whole_far_from_zero() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 7)).collect();
        let mut merged = Moments::default();
        values.chunks(13).for_each(|part| merged.merge(&Moments::of(part)));
        merged.merge(&Moments::default());
        let exact = values.iter().map(|value| (value - 1e9 - 2.997).powi(2)).sum::<f64>() / 1000.0;
        for moments in [merged, Moments::of(&values)] {
            assert_eq!(moments.count(), 1000);
            assert!((moments.mean().unwrap() - 1e9 - 2.997).abs() < 1e-6);
            assert!((moments.variance(0).unwrap() - exact).abs() < 1e-6);
        }
    }
}
