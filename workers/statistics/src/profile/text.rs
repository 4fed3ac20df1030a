//! A column of text, or of anything that is told apart and not counted with.

use super::{Distinct, Frequent, Mismatch, Settings, hash_bytes};

/// Most bytes of a text that is kept as a frequent value.
const KEPT: usize = 256;

/// What a column of text is like, in one pass.
///
/// Lengths are in characters (Unicode scalar values). A text of more than 256 bytes counts
/// in all but the frequent values, of which it would make a memory without bound. Parts are
/// merged in the caller's order.
#[derive(Debug, Clone)]
pub struct TextProfile {
    /// How many rows.
    pub rows: u64,
    /// How many of them are null.
    pub nulls: u64,
    /// The fewest and the most characters.
    pub lengths: Option<(u64, u64)>,
    /// The characters of all texts.
    pub characters: u64,
    /// How many are too long to be kept.
    pub long: u64,
    /// A sketch.
    pub distinct: Distinct,
    /// Of those that are kept.
    pub frequent: Frequent<String>,
}

impl TextProfile {
    /// Of no rows; nothing where a part refuses its setting. Quantiles are not asked for.
    pub fn new(settings: &Settings) -> Option<Self> {
        Some(Self {
            rows: 0,
            nulls: 0,
            lengths: None,
            characters: 0,
            long: 0,
            distinct: Distinct::new(settings.precision)?,
            frequent: Frequent::new(settings.frequent)?,
        })
    }

    /// Takes a row in.
    pub fn add(&mut self, value: Option<&str>) {
        self.rows += 1;
        let Some(value) = value else {
            self.nulls += 1;
            return;
        };
        let length = value.chars().count() as u64;
        self.widen(length, length);
        self.characters += length;
        self.distinct.add(hash_bytes(value.as_bytes()));
        match value.len() > KEPT {
            true => self.long += 1,
            false => self.frequent.add(value),
        }
    }

    /// Takes in what the next part is like; a refusal changes nothing.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        let mut merged = self.clone();
        merged.distinct.merge(&other.distinct)?;
        merged.frequent.merge(&other.frequent)?;
        merged.rows += other.rows;
        merged.nulls += other.nulls;
        merged.characters += other.characters;
        merged.long += other.long;
        if let Some((low, high)) = other.lengths {
            merged.widen(low, high);
        }
        *self = merged;
        Ok(())
    }

    /// The mean number of characters; nothing of no text.
    pub fn mean_length(&self) -> Option<f64> {
        let texts = self.rows - self.nulls;
        (texts > 0).then(|| self.characters as f64 / texts as f64)
    }

    fn widen(&mut self, low: u64, high: u64) {
        let (least, most) = self.lengths.unwrap_or((low, high));
        self.lengths = Some((least.min(low), most.max(high)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[Option<&str>]) -> TextProfile {
        let settings = Settings { quantiles: 8, precision: 10, frequent: 4, seed: 1 };
        let mut profile = TextProfile::new(&settings).unwrap();
        rows.iter().for_each(|row| profile.add(*row));
        profile
    }

    #[test]
    fn rows_by_hand() {
        let long = "x".repeat(257);
        let mut profile = of(&[Some("élan"), None, Some("")]);
        profile.merge(&of(&[Some("élan"), Some(&long)])).unwrap();
        assert_eq!((profile.rows, profile.nulls, profile.long), (5, 1, 1));
        assert_eq!(profile.lengths, Some((0, 257)));
        assert_eq!(profile.mean_length(), Some(66.25));
        assert_eq!(profile.distinct.estimate().round(), 3.0);
        assert_eq!(profile.frequent.top(1), [("élan".to_owned(), 2)]);
        let other = Settings { quantiles: 8, precision: 11, frequent: 4, seed: 1 };
        let other = TextProfile::new(&other).unwrap();
        assert_eq!(profile.merge(&other), Err(Mismatch::Distinct(10, 11)));
        assert_eq!(profile.rows, 5);
    }
}
