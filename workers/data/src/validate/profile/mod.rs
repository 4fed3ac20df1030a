//! The output `profile`: what each column of the data is like, a split at a time.
//!
//! Invariant: a column is read once, in the order of its rows, with sketches of bounded
//! memory (`ingot_statistics::profile`) whose seeds are of the split's and the column's
//! names, so that equal data give equal bytes. Of `personal` columns and of bytes rows are
//! counted and no value is read.

mod page;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::{Schema, row_key};
use ingot_tables::profile::{ColumnProfile, Profile, VERSION};

/// Most rows of a split whose values the profile has.
const SAMPLE: usize = 1_000;
/// Most values of all samples, so that a profile of many columns can be read.
const SAMPLES: usize = 1_000_000;

/// A profile that grows by a split at a time.
pub(super) struct Profiler {
    profile: Profile,
    /// Rows of a sample.
    sample: usize,
}

impl Profiler {
    /// Of no split of so many.
    pub(super) fn new(schema: &Schema, splits: usize) -> Self {
        let columns = schema.columns.iter().map(|column| ColumnProfile {
            name: column.name.clone(),
            data_type: column.data_type,
            role: column.role,
            splits: BTreeMap::new(),
        });
        let columns: Vec<ColumnProfile> = columns.collect();
        let samples = (columns.len() * splits).max(1);
        let sample = SAMPLE.min(SAMPLES / samples);
        Self { profile: Profile { version: VERSION, columns }, sample }
    }

    /// Takes in the rows of a split, which have their keys.
    pub(super) fn add(&mut self, split: &str, rows: &RecordBatch) {
        let sampled = sampled(row_key::read(rows).as_ref(), self.sample);
        for column in &mut self.profile.columns {
            let Some(array) = rows.column_by_name(&column.name) else { continue };
            let summary = summary::of(split, column, array, &sampled);
            column.splits.insert(split.to_owned(), summary);
        }
    }

    /// Writes the folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        self.profile.write(folder)?;
        page::write(&self.profile, folder)
    }
}

/// The rows with the least keys, which is a sample: a key is a hash. Neither the order of the
/// rows nor those that come and go around them change who is in it.
fn sampled(keys: Option<&ArrayRef>, size: usize) -> Vec<usize> {
    let Some(keys) = keys.and_then(|keys| keys.as_fixed_size_binary_opt()) else {
        return Vec::new();
    };
    let mut rows: Vec<usize> = (0..keys.len()).collect();
    if rows.len() > size {
        if size > 0 {
            rows.select_nth_unstable_by_key(size - 1, |row| (keys.value(*row), *row));
        }
        rows.truncate(size);
    }
    rows
}
