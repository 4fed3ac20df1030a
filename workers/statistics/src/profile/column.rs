//! A column of numbers.

use super::{AlignedHistogram, Distinct, Frequent, Mismatch, Moments, Quantiles, hash_number};

/// How a column is summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The size of the sketch of quantiles, 200 for ranks within 1.3 %.
    pub quantiles: usize,
    /// The precision of the distinct count, 12 for 1.6 %.
    pub precision: u32,
    /// For how many frequent values there is room.
    pub frequent: usize,
    /// The seed of the sketch; each part of a column has its own.
    pub seed: u64,
}

/// What a column of numbers is like, in one pass.
///
/// Nulls, NaN and infinities are counted and are no values: all else is of the finite ones.
/// Parts are merged in the caller's order.
#[derive(Debug, Clone)]
pub struct NumberProfile {
    /// How many rows.
    pub rows: u64,
    /// How many of them are null.
    pub nulls: u64,
    /// How many are NaN.
    pub not_numbers: u64,
    /// How many are infinite.
    pub infinite: u64,
    /// The least and the largest value.
    pub extremes: Option<(f64, f64)>,
    /// Their count, mean and variance.
    pub moments: Moments,
    /// Exact.
    pub histogram: AlignedHistogram,
    /// A sketch.
    pub quantiles: Quantiles,
    /// A sketch.
    pub distinct: Distinct,
    /// By their bits; -0 is 0.
    pub frequent: Frequent<u64>,
}

impl NumberProfile {
    /// Of no rows; nothing where a part refuses its setting.
    pub fn new(settings: &Settings) -> Option<Self> {
        Some(Self {
            rows: 0,
            nulls: 0,
            not_numbers: 0,
            infinite: 0,
            extremes: None,
            moments: Moments::default(),
            histogram: AlignedHistogram::default(),
            quantiles: Quantiles::new(settings.quantiles, settings.seed)?,
            distinct: Distinct::new(settings.precision)?,
            frequent: Frequent::new(settings.frequent)?,
        })
    }

    /// Takes a row in.
    pub fn add(&mut self, value: Option<f64>) {
        self.rows += 1;
        let Some(value) = value else {
            self.nulls += 1;
            return;
        };
        if value.is_nan() {
            self.not_numbers += 1;
            return;
        }
        if value.is_infinite() {
            self.infinite += 1;
            return;
        }
        let value = if value == 0.0 { 0.0 } else { value };
        self.widen(value, value);
        self.moments.add(value);
        self.histogram.add(value);
        self.quantiles.add(value);
        self.distinct.add(hash_number(value));
        self.frequent.add(&value.to_bits());
    }

    /// Takes in what the next part is like; a refusal changes nothing.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        let mut merged = self.clone();
        merged.quantiles.merge(&other.quantiles)?;
        merged.distinct.merge(&other.distinct)?;
        merged.frequent.merge(&other.frequent)?;
        merged.rows += other.rows;
        merged.nulls += other.nulls;
        merged.not_numbers += other.not_numbers;
        merged.infinite += other.infinite;
        merged.histogram.merge(&other.histogram);
        merged.moments.merge(&other.moments);
        if let Some((low, high)) = other.extremes {
            merged.widen(low, high);
        }
        *self = merged;
        Ok(())
    }

    /// At most `most` frequent values with their counters, which lie at most
    /// `frequent.error()` below the truth.
    pub fn top(&self, most: usize) -> Vec<(f64, u64)> {
        let top = self.frequent.top(most).into_iter();
        top.map(|(bits, count)| (f64::from_bits(bits), count)).collect()
    }

    fn widen(&mut self, low: f64, high: f64) {
        let (least, largest) = self.extremes.unwrap_or((low, high));
        self.extremes = Some((least.min(low), largest.max(high)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(seed: u64) -> Settings {
        Settings { quantiles: 8, precision: 10, frequent: 4, seed }
    }

    #[test]
    fn rows_by_hand() {
        let rows = [
            Some(1.0),
            None,
            Some(3.0),
            Some(f64::NAN),
            Some(3.0),
            Some(f64::INFINITY),
            Some(-0.0),
        ];
        let mut profile = NumberProfile::new(&settings(1)).unwrap();
        rows[..3].iter().for_each(|row| profile.add(*row));
        let mut rest = NumberProfile::new(&settings(2)).unwrap();
        rows[3..].iter().for_each(|row| rest.add(*row));
        profile.merge(&rest).unwrap();
        assert_eq!((profile.rows, profile.nulls), (7, 1));
        assert_eq!((profile.not_numbers, profile.infinite), (1, 1));
        assert_eq!(profile.extremes, Some((0.0, 3.0)));
        assert_eq!(profile.moments.mean(), Some(1.75));
        assert_eq!(profile.histogram.counts().iter().sum::<u64>(), 4);
        assert_eq!(profile.quantiles.quantile(0.5), Some(1.0));
        assert_eq!(profile.distinct.estimate().round(), 3.0);
        assert_eq!(profile.top(1), [(3.0, 2)]);
    }

    #[test]
    fn parts_that_were_made_differently_are_refused() {
        let mut profile = NumberProfile::new(&settings(1)).unwrap();
        profile.add(Some(1.0));
        let others = [
            (Settings { quantiles: 9, ..settings(1) }, Mismatch::Quantiles(8, 9)),
            (Settings { precision: 11, ..settings(1) }, Mismatch::Distinct(10, 11)),
            (Settings { frequent: 5, ..settings(1) }, Mismatch::Frequent(4, 5)),
        ];
        for (other, mismatch) in others {
            let other = NumberProfile::new(&other).unwrap();
            assert_eq!(profile.merge(&other), Err(mismatch));
            assert_eq!((profile.rows, profile.quantiles.count()), (1, 1));
        }
        assert!(NumberProfile::new(&Settings { precision: 3, ..settings(1) }).is_none());
    }
}
