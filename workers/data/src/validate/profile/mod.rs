//! The output `profile`: what each column of the data is like, a split at a time.
//!
//! Invariant: a column is read once, in the order of its rows, with sketches of bounded
//! memory (`ingot_statistics::profile`) whose seeds are of the split's and the column's
//! names, so that equal data give equal bytes. Of `personal` columns and of bytes rows are
//! counted and no value is read.

mod page;
mod sampled;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::{Schema, row_key};
use ingot_tables::profile::{ColumnProfile, Profile, VERSION};

use sampled::Sampled;
use summary::Summing;

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

    /// Begins a split.
    pub(super) fn split(&self, split: &str) -> SplitProfiler {
        let columns = &self.profile.columns;
        SplitProfiler {
            split: split.to_owned(),
            columns: columns.iter().map(|column| Summing::new(split, column)).collect(),
            names: columns.iter().map(|column| column.name.clone()).collect(),
            sampled: Sampled::new(columns, self.sample),
        }
    }

    /// Takes in a split whose rows are all there.
    pub(super) fn add(&mut self, split: SplitProfiler) {
        let samples = split.sampled.finish();
        let columns = self.profile.columns.iter_mut().zip(split.columns).zip(samples);
        for ((column, summing), sample) in columns {
            column.splits.insert(split.split.clone(), summing.finish(sample));
        }
    }

    /// Writes the folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        self.profile.write(folder)?;
        page::write(&self.profile, folder)
    }
}

/// What the rows of a split are like.
pub(super) struct SplitProfiler {
    split: String,
    columns: Vec<Summing>,
    names: Vec<String>,
    sampled: Sampled,
}

impl SplitProfiler {
    /// Takes in the next rows, which have their keys.
    pub(super) fn take(&mut self, rows: &RecordBatch) {
        let by_name = row_key::by_name(rows);
        let arrays: Vec<Option<&ArrayRef>> =
            self.names.iter().map(|name| by_name.get(name.as_str()).copied()).collect();
        for (summing, array) in self.columns.iter_mut().zip(&arrays) {
            if let Some(array) = array {
                summing.add(array);
            }
        }
        if let Some(keys) = row_key::read(rows) {
            self.sampled.take(&keys, &arrays);
        }
    }
}
