//! `hash`: texts of any number of categories as a fixed number of columns.
//!
//! scikit-learn's `FeatureHasher(n_features=buckets)` of a dictionary for each row, column =
//! text. The token `COLUMN=TEXT` is hashed by MurmurHash3 (x86, 32 bits, seed 0) to a signed
//! h; |h| mod `buckets` is the column that it counts in, by +1 where h is at least 0, else
//! by -1. The columns are `NAME_0`, `NAME_1`, .. of floats, in the place of the first column;
//! the texts' own columns are gone. What is missing counts nowhere. Nothing is learned, so
//! no category is unknown. Departure: columns of text alone, where scikit-learn takes a
//! number as the count of its name.
//!
//! By hand: the token `a` has h = 1009084850; of 8 buckets it counts in 2, by +1.

use std::collections::BTreeSet;

use arrow::array::ArrayRef;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{Frame, TEXTS, float_column, made_of, texts};
use super::operation::columns_schema;
use super::train::Train;
use crate::dataset::DataType;

pub(super) const NAME: &str = "hash";

/// Most columns that it makes.
const MOST: usize = 4_096;

/// The operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hash {
    columns: Vec<String>,
    name: String,
    buckets: usize,
}

/// The operation with the columns that its list selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    name: String,
    buckets: usize,
    columns: Vec<String>,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "name", "buckets"],
        "description": "texts of any number of categories as a fixed number of columns",
        "properties": {
            "columns": columns_schema(),
            "name": {"type": "string", "minLength": 1, "description": "the new columns are NAME_0, NAME_1, .."},
            "buckets": {
                "type": "integer", "minimum": 1, "maximum": MOST,
                "description": "how many columns"
            }
        }
    })
}

/// What is wrong with a number of columns.
fn out_of_range(buckets: usize) -> Option<String> {
    let fits = (1..=MOST).contains(&buckets);
    (!fits).then(|| format!("`hash` makes {buckets} columns, and not from 1 to {MOST}"))
}

impl Hash {
    /// What contradicts itself in it.
    pub(super) fn mistake(&self) -> Option<String> {
        out_of_range(self.buckets)
    }

    /// Selects the columns; no row is read.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Fit, FittedError> {
        let columns = train.columns()?.select(NAME, &self.columns, TEXTS)?;
        Ok(Fit { name: self.name.clone(), buckets: self.buckets, columns })
    }
}

impl Fit {
    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    pub(super) fn mistake(&self) -> Option<String> {
        out_of_range(self.buckets)
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        let mut sums = vec![vec![0.0_f64; frame.rows()]; self.buckets];
        let mut roles = BTreeSet::new();
        for name in &self.columns {
            let (from, array) = frame.take(NAME, name, TEXTS)?;
            roles.insert(from.role.name());
            for (row, text) in texts(array)?.iter().enumerate() {
                let Some(text) = text else { continue };
                let hash = murmur3(format!("{name}={text}").as_bytes()).cast_signed();
                let bucket = hash.unsigned_abs() as usize % self.buckets;
                sums[bucket][row] += if hash >= 0 { 1.0 } else { -1.0 };
            }
        }
        if roles.len() > 1 {
            let what = format!("the columns of `hash` have different roles: {roles:?}");
            return Err(FittedError::Operations { what });
        }
        let Some((first, others)) = self.columns.split_first() else { return Ok(()) };
        let from = frame.take(NAME, first, TEXTS)?.0.clone();
        others.iter().try_for_each(|name| frame.replace(NAME, name, Vec::new()))?;
        let made = sums.into_iter().enumerate().map(|(bucket, sums)| {
            let name = format!("{}_{bucket}", self.name);
            let array: ArrayRef = float_column(sums.into_iter().map(Some));
            (made_of(&from, name, DataType::Float64, false), array)
        });
        frame.replace(NAME, first, made.collect())
    }
}

/// MurmurHash3 of 32 bits for x86, seed 0 (Appleby 2011, public domain).
fn murmur3(bytes: &[u8]) -> u32 {
    let mix =
        |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, rest) = bytes.as_chunks::<4>();
    let mut hash = blocks.iter().fold(0_u32, |hash, block| {
        (hash ^ mix(u32::from_le_bytes(*block)))
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    });
    let rest = rest.iter().rev().fold(0_u32, |rest, byte| rest << 8 | u32::from(*byte));
    hash ^= mix(rest);
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signed numbers are those of `sklearn.utils.murmurhash3_32`.
    #[test]
    fn the_hash_is_scikit_learns() {
        let hash = |text: &str| murmur3(text.as_bytes()).cast_signed();
        assert_eq!(["", "a", "job=clerk"].map(hash), [0, 1_009_084_850, -724_272_385]);
    }
}
