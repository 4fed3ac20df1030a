//! Quantiles in bounded memory, by a sketch of Karnin, Lang and Liberty.

use super::Mismatch;
use crate::random::Words;

/// A sample of numbers in levels: a number of level h stands for 2^h. When all levels
/// together are full, the lowest that is full itself is sorted, and every second number of
/// it, from the first or the second by a coin, moves one level up; the others go.
///
/// Karnin, Lang and Liberty, Optimal Quantile Approximation in Streams (2016), section 3:
/// the capacity of the topmost level is `size`, of each one below two thirds of the one
/// above, at least 2, so that at most 3 `size` numbers and 2 a level are kept.
///
/// Error: a halving of level h moves any one rank by -2^h, 0 or 2^h, evenly both ways. So
/// by Hoeffding the error of a rank passes sqrt(2 S ln(2 / delta)) with probability below
/// delta, S the sum over all halvings of 4^h, which the sketch keeps:
/// [`Self::rank_error`] states that bound for the halvings that took place. A permutation of
/// a million numbers and a `size` of 200: 603 are kept, the bound of delta 0.01 is 1.3 % of
/// the count, and the largest error among 999 ranks was 0.7 %.
///
/// Deterministic: coins are SplitMix64's of the seed, so values and merges in the same
/// order give the same bits. Parts that are merged should have seeds of their own, or their
/// coins are the same ones.
#[derive(Debug, Clone)]
pub struct Quantiles {
    size: usize,
    coins: Words,
    levels: Vec<Vec<f64>>,
    /// How many numbers each level may hold.
    capacities: Vec<usize>,
    /// The same of all.
    room: usize,
    kept: usize,
    count: u64,
    /// S of the error.
    halvings: f64,
    extremes: Option<(f64, f64)>,
}

impl Quantiles {
    /// An empty sketch; nothing of a size below 8.
    pub fn new(size: usize, seed: u64) -> Option<Self> {
        (size >= 8).then(|| Self {
            size,
            coins: Words::new(seed),
            levels: vec![Vec::new()],
            capacities: vec![size],
            room: size,
            kept: 0,
            count: 0,
            halvings: 0.0,
            extremes: None,
        })
    }

    /// Takes a number in; NaN is passed over.
    pub fn add(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        self.count += 1;
        self.widen(value, value);
        self.levels[0].push(value);
        self.kept += 1;
        self.compress();
    }

    /// Takes in what another of the same size has; its coins are not used further.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        if self.size != other.size {
            return Err(Mismatch::Quantiles(self.size, other.size));
        }
        while self.levels.len() < other.levels.len() {
            self.raise();
        }
        for (level, more) in self.levels.iter_mut().zip(&other.levels) {
            level.extend_from_slice(more);
        }
        self.kept += other.kept;
        self.count += other.count;
        self.halvings += other.halvings;
        if let Some((low, high)) = other.extremes {
            self.widen(low, high);
        }
        self.compress();
        Ok(())
    }

    /// How many numbers were taken in.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many numbers are kept.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// The number whose rank is about share * count, for a share in [0, 1]; 0 and 1 are the
    /// least and the largest number themselves. Nothing of none.
    ///
    /// While nothing was halved, NumPy's `quantile(method="inverted_cdf")`: the least number
    /// with at least share * count numbers up to it.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (low, high) = self.extremes?;
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        if share == 0.0 || share == 1.0 {
            return Some(if share == 0.0 { low } else { high });
        }
        let rank = (share * self.count as f64).ceil() as u64;
        let mut up_to = 0;
        for (value, weight) in self.weighted() {
            up_to += weight;
            if up_to >= rank {
                return Some(value);
            }
        }
        Some(high)
    }

    /// About which share of the numbers is no larger than a value. Nothing of none or for
    /// NaN.
    pub fn rank(&self, value: f64) -> Option<f64> {
        if self.count == 0 || value.is_nan() {
            return None;
        }
        let weighted = self.weighted();
        let below: u64 =
            weighted.iter().filter(|(other, _)| *other <= value).map(|pair| pair.1).sum();
        Some(below as f64 / self.count as f64)
    }

    /// What the error of one rank, as a share of the count, passes with probability below
    /// `delta`; 0 while nothing was halved. Nothing of a delta outside of (0, 1].
    pub fn rank_error(&self, delta: f64) -> Option<f64> {
        if !(delta > 0.0 && delta <= 1.0) {
            return None;
        }
        let error = (2.0 * self.halvings * libm::log(2.0 / delta)).sqrt();
        Some(if self.count == 0 { 0.0 } else { error / self.count as f64 })
    }

    fn widen(&mut self, low: f64, high: f64) {
        let (least, largest) = self.extremes.unwrap_or((low, high));
        self.extremes = Some((least.min(low), largest.max(high)));
    }

    /// How many numbers a level may hold.
    fn capacity(&self, level: usize) -> usize {
        let mut capacity = self.size as f64;
        for _ in level + 1..self.levels.len() {
            capacity *= 2.0 / 3.0;
        }
        (capacity.ceil() as usize).max(2)
    }

    /// Adds a level on top, which makes those below smaller.
    fn raise(&mut self) {
        self.levels.push(Vec::new());
        self.capacities = (0..self.levels.len()).map(|level| self.capacity(level)).collect();
        self.room = self.capacities.iter().sum();
    }

    /// Halves levels until all together are not too full.
    fn compress(&mut self) {
        while self.kept > self.room {
            // One is, where the sum is.
            let mut levels = self.levels.iter().zip(&self.capacities);
            let Some(level) = levels.position(|(level, room)| level.len() > *room) else { return };
            if level + 1 == self.levels.len() {
                self.raise();
            }
            self.halve(level);
        }
    }

    fn halve(&mut self, level: usize) {
        let mut values = std::mem::take(&mut self.levels[level]);
        values.sort_unstable_by(f64::total_cmp);
        // Of an odd count the largest stays.
        let largest = if values.len() % 2 == 1 { values.pop() } else { None };
        let coin = (self.coins.word() >> 63) as usize;
        self.levels[level + 1].extend(values.iter().skip(coin).step_by(2));
        self.kept -= values.len() / 2;
        self.halvings += libm::ldexp(1.0, 2 * level as i32);
        values.clear();
        values.extend(largest);
        self.levels[level] = values;
    }

    /// The numbers in rising order, each with what it stands for.
    fn weighted(&self) -> Vec<(f64, u64)> {
        let mut weighted: Vec<(f64, u64)> = Vec::with_capacity(self.kept);
        for (level, values) in self.levels.iter().enumerate() {
            weighted.extend(values.iter().map(|value| (*value, 1 << level)));
        }
        weighted.sort_by(|one, other| one.0.total_cmp(&other.0));
        weighted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: u64, count: u64) -> f64 {
        ((i * 7_919) % count) as f64
    }

    #[test]
    fn a_few_numbers_are_exact() {
        let mut sketch = Quantiles::new(8, 1).unwrap();
        [4.0, 1.0, f64::NAN, 3.0, 2.0].into_iter().for_each(|value| sketch.add(value));
        let quantiles: Vec<f64> =
            [0.0, 0.25, 0.3, 0.5, 1.0].iter().map(|q| sketch.quantile(*q).unwrap()).collect();
        assert_eq!(quantiles, [1.0, 1.0, 2.0, 2.0, 4.0]);
        assert_eq!((sketch.rank(3.0), sketch.rank_error(0.01)), (Some(0.75), Some(0.0)));
        assert_eq!((sketch.count(), sketch.quantile(f64::NAN)), (4, None));
        assert_eq!(Quantiles::new(8, 1).unwrap().quantile(0.5), None);
        assert!(Quantiles::new(7, 1).is_none());
    }

    #[test]
    fn ranks_keep_the_bound_that_the_sketch_states() {
        // A permutation of 0 .. 100,003, in 1 part and in 11.
        let count = 100_003;
        let whole = (0..count).fold(Quantiles::new(128, 5).unwrap(), |mut sketch, i| {
            sketch.add(value(i, count));
            sketch
        });
        let mut merged = Quantiles::new(128, 6).unwrap();
        for part in 0..11 {
            let mut sketch = Quantiles::new(128, 100 + part).unwrap();
            (part..count).step_by(11).for_each(|i| sketch.add(value(i, count)));
            merged.merge(&sketch).unwrap();
        }
        for sketch in [whole, merged] {
            assert_eq!(sketch.count(), count);
            let weights: u64 = sketch.weighted().iter().map(|pair| pair.1).sum();
            assert_eq!(weights, count);
            assert_eq!(sketch.kept(), sketch.weighted().len());
            assert!(sketch.kept() < 600, "{}", sketch.kept());
            let bound = sketch.rank_error(1e-4).unwrap();
            assert!(bound < 0.06, "{bound}");
            for percent in 1..100 {
                let at = f64::from(percent) / 100.0 * count as f64;
                let error = sketch.rank(at).unwrap() - f64::from(percent) / 100.0;
                assert!(error.abs() < bound, "{percent}: {error}");
                let quantile = sketch.quantile(f64::from(percent) / 100.0).unwrap();
                assert!((quantile - at).abs() < 2.0 * bound * count as f64);
            }
            assert_eq!(sketch.quantile(0.0), Some(0.0));
            assert_eq!(sketch.quantile(1.0), Some(count as f64 - 1.0));
        }
    }

    #[test]
    fn a_seed_gives_its_bits() {
        let of = |seed| {
            let mut sketch = Quantiles::new(16, seed).unwrap();
            (0..5_000).for_each(|i| sketch.add(value(i, 5_000)));
            sketch.weighted()
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
