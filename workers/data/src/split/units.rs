//! [`Units`]: rows that no deal tears apart, and what is drawn for them.
//!
//! Invariant: a unit's draw depends on the seed and on what its rows hold, on nothing that
//! stands beside them.

use std::collections::BTreeMap;

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, seed::derive};
use ingot_tables::dataset::{RowKeys, Schema, labels};

/// Rows of one group, or equal ones.
pub(super) struct Units {
    /// Each row's unit.
    pub(super) of: Vec<usize>,
    /// Each row's draw, which the rows of a unit share.
    pub(super) draws: Vec<u64>,
}

impl Units {
    /// By a column where one is named, else by all that is not personal.
    pub(super) fn of(
        schema: &Schema,
        rows: &RecordBatch,
        group: Option<&str>,
        seed: u64,
    ) -> Result<Self, Failure> {
        let names: Vec<[u8; 8]> = match group {
            Some(column) => labels(rows, column)?
                .iter()
                .map(|value| {
                    eight(blake3::hash(value.as_deref().unwrap_or_default().as_bytes()).as_bytes())
                })
                .collect(),
            None => {
                let keys = RowKeys::of_values(schema)
                    .next(rows)
                    .map_err(|error| Failure::new("D0408", error.to_string()))?;
                (0..keys.len()).map(|row| eight(keys.value(row))).collect()
            }
        };
        let mut numbers: BTreeMap<[u8; 8], usize> = BTreeMap::new();
        let of = names.iter().map(|name| {
            let next = numbers.len();
            *numbers.entry(*name).or_insert(next)
        });
        let of = of.collect();
        let draws = names.iter().map(|name| derive(seed, "split", u64::from_le_bytes(*name)));
        Ok(Self { of, draws: draws.collect() })
    }
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    first
}
