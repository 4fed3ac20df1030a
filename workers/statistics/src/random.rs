//! Streams of random words, each from a seed.

/// SplitMix64: a stream of 64-bit words.
///
/// Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014).
#[derive(Debug, Clone)]
pub struct Words(u64);

impl Words {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next word.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `count`, by the high bits of the product; 0 of none.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.word()) * count as u128) >> 64) as usize
    }

    /// How often each of `count` things is drawn in `count` draws with replacement.
    pub fn counts(&mut self, count: usize) -> Vec<f64> {
        let mut counts = vec![0.0; count];
        for _ in 0..count {
            counts[self.below(count)] += 1.0;
        }
        counts
    }

    /// `count` draws of `count` things, with replacement.
    pub fn choose(&mut self, count: usize) -> Vec<usize> {
        (0..count).map(|_| self.below(count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_of_a_known_seed() {
        // The reference implementation, https://prng.di.unimi.it/splitmix64.c, seed 1234567.
        let mut words = Words::new(1_234_567);
        assert_eq!(words.word(), 6_457_827_717_110_365_317);
        assert_eq!(words.word(), 3_203_168_211_198_807_973);
        assert_eq!(words.counts(10).iter().sum::<f64>(), 10.0);
        assert_eq!(words.below(0), 0);
    }
}
