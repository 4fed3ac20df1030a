//! How many distinct values, by HyperLogLog.

use super::Mismatch;

/// A count of distinct hashes in 2^precision bytes, with a standard error of
/// 1.04 / sqrt(2^precision): 1.6 % of 2^12.
///
/// A register holds the largest number of leading zeros, plus 1, of the hashes that fall
/// into it (Flajolet and others 2007). The estimate is Ertl's improved raw estimator, New
/// Cardinality Estimation Algorithms for HyperLogLog Sketches (2017), section 3: no table
/// of biases, and good from 0 to 2^64. The order of values and of merges has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct {
    precision: u32,
    registers: Vec<u8>,
}

impl Distinct {
    /// An empty count of 2^precision registers, a precision from 4 to 18; nothing else.
    pub fn new(precision: u32) -> Option<Self> {
        let fit = (4..=18).contains(&precision);
        fit.then(|| Self { precision, registers: vec![0; 1 << precision] })
    }

    /// Takes in a value by its hash, of [`super::hash_bytes`] or [`super::hash_number`].
    pub fn add(&mut self, hash: u64) {
        let register = (hash >> (64 - self.precision)) as usize;
        // The bit below the rest ends the zeros.
        let rest = hash << self.precision | 1 << (self.precision - 1);
        let rank = rest.leading_zeros() as u8 + 1;
        self.registers[register] = self.registers[register].max(rank);
    }

    /// Takes in what another of the same precision has.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        if self.precision != other.precision {
            return Err(Mismatch::Distinct(self.precision, other.precision));
        }
        let pairs = self.registers.iter_mut().zip(&other.registers);
        pairs.for_each(|(register, other)| *register = (*register).max(*other));
        Ok(())
    }

    /// About how many distinct values; 0 of none.
    pub fn estimate(&self) -> f64 {
        let size = self.registers.len() as f64;
        let most = (64 - self.precision + 1) as usize;
        let mut of_rank = vec![0_u32; most + 1];
        self.registers.iter().for_each(|rank| of_rank[usize::from(*rank)] += 1);
        let mut sum = size * tau(1.0 - f64::from(of_rank[most]) / size);
        for count in of_rank[1..most].iter().rev() {
            sum = 0.5 * (sum + f64::from(*count));
        }
        sum += size * sigma(f64::from(of_rank[0]) / size);
        size * size / (2.0 * core::f64::consts::LN_2 * sum)
    }

    /// The standard error of the estimate, as a share of it.
    pub fn standard_error(&self) -> f64 {
        1.04 / (self.registers.len() as f64).sqrt()
    }
}

/// x + sum over k of x^(2^k) 2^(k-1): the share of empty registers.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut sum, mut factor) = (x, 1.0);
    loop {
        x *= x;
        let before = sum;
        sum += x * factor;
        factor += factor;
        if sum == before {
            return sum;
        }
    }
}

/// (1 - x - sum over k of (1 - x^(2^-k))^2 2^-k) / 3: the share of full registers.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut sum, mut factor) = (1.0 - x, 1.0);
    loop {
        x = x.sqrt();
        let before = sum;
        factor *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * factor;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::hash_number;

    fn of(values: impl Iterator<Item = u32>) -> Distinct {
        let mut distinct = Distinct::new(12).unwrap();
        values.for_each(|value| distinct.add(hash_number(f64::from(value))));
        distinct
    }

    #[test]
    fn estimates_lie_within_four_standard_errors() {
        assert_eq!(of(0..0).estimate(), 0.0);
        for count in [1, 10, 100, 1_000, 5_000, 20_000, 300_000] {
            let distinct = of((0..count).chain(0..count));
            let error = distinct.estimate() / f64::from(count) - 1.0;
            assert!(error.abs() < 4.0 * distinct.standard_error(), "{count}: {error}");
        }
    }

    #[test]
    fn parts_are_the_whole() {
        let mut merged = of(0..600);
        merged.merge(&of(300..1_000)).unwrap();
        assert_eq!(merged, of((0..1_000).rev()));
        assert_eq!(Distinct::new(3), None);
        let other = Distinct::new(10).unwrap();
        assert_eq!(merged.merge(&other), Err(Mismatch::Distinct(12, 10)));
    }
}
