//! [`Units`]: rows that no deal tears apart, and what is drawn for them.
//!
//! Invariant: a unit's draw depends on the seed and on what its rows hold, on nothing that
//! stands beside them. A copy is in the unit of the row that it was made of, and by that in
//! the unit of every row with a parent in common.

use std::collections::{BTreeMap, HashMap};

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, seed::derive};
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{ROW_PARENTS, RowKeys, Schema, labels, row_parents};

/// Rows of one group, or equal ones and what was made of them.
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
                let names = (0..keys.len()).map(|row| eight(keys.value(row))).collect();
                with_their_parents(rows, names)?
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

/// The names of rows, where a row that was made has the name of what it was made of.
///
/// Rows are joined by the keys of their parents: each set takes the least of its names that a
/// row has which was read, or of all where none was.
fn with_their_parents(rows: &RecordBatch, names: Vec<[u8; 8]>) -> Result<Vec<[u8; 8]>, Failure> {
    if rows.column_by_name(ROW_PARENTS).is_none() {
        return Ok(names);
    }
    let none = || Failure::new("D0408", "the rows have no keys or parents");
    let keys = row_key::values(rows).ok_or_else(none)?;
    let parents = row_parents::values(rows).ok_or_else(none)?;
    let mut sets = Sets::default();
    // Rows of one name are in one set already.
    let named: Vec<usize> = names.iter().map(|name| sets.of(Name::Row(*name))).collect();
    for ((key, parents), named) in keys.iter().zip(&parents).zip(&named) {
        match parents {
            None => sets.join(*named, Name::Key(*key)),
            Some(parents) => parents.iter().for_each(|key| sets.join(*named, Name::Key(*key))),
        }
    }
    let mut least: HashMap<usize, (bool, [u8; 8])> = HashMap::new();
    for ((name, parents), named) in names.iter().zip(&parents).zip(&named) {
        let found = (parents.is_some(), *name);
        let set = sets.first(*named);
        least.entry(set).and_modify(|least| *least = found.min(*least)).or_insert(found);
    }
    let mut name = |named: usize| least.get(&sets.first(named)).map(|(_, name)| *name);
    Ok(names.iter().zip(&named).map(|(own, named)| name(*named).unwrap_or(*own)).collect())
}

/// What stands for a row in a set.
#[derive(PartialEq, Eq, Hash)]
enum Name {
    Row([u8; 8]),
    Key(RowKey),
}

/// Names that belong together: a forest, in which each points to one of its set.
#[derive(Default)]
struct Sets {
    numbers: HashMap<Name, usize>,
    up: Vec<usize>,
}

impl Sets {
    fn of(&mut self, name: Name) -> usize {
        let next = self.up.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.up.push(next);
        }
        number
    }

    fn join(&mut self, one: usize, name: Name) {
        let other = self.of(name);
        let (one, other) = (self.first(one), self.first(other));
        self.up[one.max(other)] = one.min(other);
    }

    /// The first of a set; the way to it gets shorter each time.
    fn first(&mut self, mut number: usize) -> usize {
        while self.up[number] != number {
            self.up[number] = self.up[self.up[number]];
            number = self.up[number];
        }
        number
    }
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    first
}
