//! 64-bit hashes of values, for counting distinct ones.

use std::hash::Hasher;

/// The hash of a word, one to one: the finaliser of SplitMix64, in which every bit of the
/// input moves half of the output.
pub fn hash_word(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The hash of bytes: words of eight, little-endian, each mixed into what came before, and
/// the length.
///
/// The same on every machine. Not for strangers' bytes where a collision does harm: who
/// knows the function can make one.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = hash_word((bytes.len() as u64).wrapping_add(0x9e37_79b9_7f4a_7c15));
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let next = hash ^ u64::from_le_bytes(word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash = hash_word(next.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }
    hash
}

/// The hash of a number: 0 and -0 are one number, and all NaN are one.
pub fn hash_number(value: f64) -> u64 {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
    hash_bytes(&bits.to_le_bytes())
}

/// Hashes the keys of a small map by [`hash_bytes`]. Whoever makes collisions makes the map
/// slower by its size at the most.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash_word(self.0 ^ hash_bytes(bytes));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = hash_word(self.0 ^ word.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn equal_values_have_one_hash_and_others_differ() {
        assert_eq!(hash_number(0.0), hash_number(-0.0));
        assert_eq!(hash_number(f64::NAN), hash_number(-f64::NAN));
        let texts = ["", "\0", "\0\0", "a", "b", "ab", "abcdefgh", "abcdefgh\0", "abcdefghi"];
        let hashes: BTreeSet<u64> = texts.iter().map(|text| hash_bytes(text.as_bytes())).collect();
        assert_eq!(hashes.len(), texts.len());
        let hashes: BTreeSet<u64> = (0..100_000).map(|i| hash_number(f64::from(i))).collect();
        assert_eq!(hashes.len(), 100_000);
    }
}
