//! `texts`: texts of `train` and of another split that are nearly the same.
//!
//! A text is the set of its shingles, three words one behind the other, in lower case; how
//! alike two are is the Jaccard similarity of the sets. Pairs are found by MinHash (Broder, On
//! the Resemblance and Containment of Documents, 1997): [`BANDS`] keys of [`WIDTH`] minima
//! each, of which a pair of similarity 0.8 has one in common with a probability of 0.999 997;
//! each pair is then compared exactly. What is held is eight bytes a shingle, and one band.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray};
use ingot_protocol::{Failure, Severity};
use ingot_statistics::profile::{hash_bytes, hash_word};
use ingot_tables::dataset::Role;
use serde_json::json;

use super::table::{Pair, Table, pairs};
use super::{Check, Leak};
use crate::thresholds::{Thresholds, schema};

pub(super) const CHECK: Check = Check {
    name: "texts",
    params: || {
        schema(
            "texts of `train` and of another split that are nearly the same",
            json!({"similarity": {
                "type": "number", "minimum": 0.5, "maximum": 1, "default": 0.8,
                "description": "from which Jaccard similarity of their sets of three words on"
            }}),
        )
    },
    find,
};

/// Words of a shingle.
const SHINGLE: usize = 3;
/// Fewest shingles of a text that is looked at: of shorter ones many are alike by chance.
const FEWEST: usize = 5;
const BANDS: u64 = 24;
const WIDTH: u64 = 4;
/// Most texts of one key with which one is compared.
const COMPARED: usize = 16;

fn find(table: &Table, thresholds: &Thresholds) -> Result<Vec<Leak>, Failure> {
    let Some(train) = table.train() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (name, array) in table.of(|role| role == Role::Feature) {
        let Some(texts) = Texts::of(array) else { continue };
        let alike = texts.alike(&train, table, thresholds.number("similarity"));
        if alike.is_empty() {
            continue;
        }
        found.push(Leak {
            code: "D1805",
            severity: Severity::Error,
            column: Some(name.to_owned()),
            message: format!(
                "texts of `{name}` in other splits are nearly those of rows of `train`: {}",
                pairs(table, &alike)
            ),
            rows: Some(alike.len() as u64),
        });
    }
    Ok(found)
}

/// The shingles of texts.
struct Texts {
    hashes: Vec<u64>,
    /// Where those of each row end.
    ends: Vec<usize>, // (rows)
}

impl Texts {
    /// Of a column of texts; nothing of another one.
    fn of(array: &ArrayRef) -> Option<Self> {
        let texts = array.as_string_opt::<i32>()?;
        let (mut hashes, mut ends) = (Vec::new(), Vec::with_capacity(texts.len()));
        let mut own = Vec::new();
        for text in texts {
            own.clear();
            let text = text.unwrap_or_default().to_lowercase();
            let words: Vec<&str> = text.split_whitespace().collect();
            own.extend(words.windows(SHINGLE).map(|words| hash_bytes(words.join(" ").as_bytes())));
            own.sort_unstable();
            own.dedup();
            if own.len() >= FEWEST {
                hashes.extend_from_slice(&own);
            }
            ends.push(hashes.len());
        }
        Some(Self { hashes, ends })
    }

    /// The shingles of a row, sorted; none where it is not looked at.
    fn of_row(&self, row: usize) -> &[u64] {
        let first = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.hashes[first..self.ends[row]]
    }

    /// Rows outside of these that are alike to one of them, each with the first that was found.
    fn alike(&self, train: &std::ops::Range<usize>, table: &Table, least: f64) -> Vec<Pair> {
        let mut found: HashMap<usize, usize> = HashMap::new();
        for band in 0..BANDS {
            let mut learned: HashMap<u64, Vec<usize>> = HashMap::new();
            for row in train.clone().filter(|row| !self.of_row(*row).is_empty()) {
                let rows = learned.entry(key(self.of_row(row), band)).or_default();
                if rows.len() < COMPARED {
                    rows.push(row);
                }
            }
            let judged = (0..table.rows()).filter(|row| !train.contains(row));
            for row in judged.filter(|row| !self.of_row(*row).is_empty()) {
                if found.contains_key(&row) {
                    continue;
                }
                let others = learned.get(&key(self.of_row(row), band));
                let other = others.into_iter().flatten().find(|other| {
                    // Equal rows are told by `split`.
                    table.key(**other) != table.key(row)
                        && similarity(self.of_row(row), self.of_row(**other)) >= least
                });
                found.extend(other.map(|other| (row, *other)));
            }
        }
        let mut found: Vec<Pair> = found.into_iter().collect();
        found.sort_unstable();
        found
    }
}

/// The minima of a set under the hash functions of a band, as one key.
fn key(hashes: &[u64], band: u64) -> u64 {
    (band * WIDTH..(band + 1) * WIDTH).fold(0, |key, function| {
        let seed = (function + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let least = hashes.iter().map(|hash| hash_word(hash ^ seed)).min().unwrap_or_default();
        hash_word(key ^ least)
    })
}

/// The Jaccard similarity of two sorted sets: shared by both, of those in either. In [0, 1].
fn similarity(one: &[u64], other: &[u64]) -> f64 {
    let shared = one.iter().filter(|hash| other.binary_search(hash).is_ok()).count();
    shared as f64 / (one.len() + other.len() - shared).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_of_either() {
        assert_eq!(similarity(&[1, 2, 3], &[2, 3, 4]), 0.5);
        assert_eq!(similarity(&[], &[]), 0.0);
    }
}
