//! [`Deal`]: what was dealt, written.
//!
//! Invariant: the rows are read a batch at a time, and each split, or each fold of one, is a
//! file that has them in the order in which they were read.

use std::collections::BTreeMap;

use arrow::array::UInt64Array;
use arrow::compute::take_record_batch;
use arrow::record_batch::RecordBatch;
use ingot_protocol::worker::output;
use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::{Schema, SplitWriter, Writer, labels};

use super::TRAIN;
use super::hide::Hidden;
use super::pool::Pool;
use crate::ahead;
use crate::stage::Stage;

/// Which rows go where.
pub(super) struct Deal<'a> {
    pub(super) pool: &'a Pool<'a>,
    /// The part of each row.
    pub(super) parts: &'a [u32], // (rows)
    /// Split -> the parts that make it up.
    pub(super) splits: BTreeMap<String, Vec<u32>>,
    pub(super) hidden: Option<Hidden<'a>>,
}

/// How many rows a split has, and how many of each class.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) rows: usize,
    pub(super) classes: BTreeMap<String, usize>,
}

/// A file that is written.
struct File {
    split: String,
    rows: SplitWriter,
    counts: Counts,
}

/// Files, and which part is written to which of them, the rows being read so often.
type Files = (Vec<File>, Vec<BTreeMap<u32, usize>>);

impl Deal<'_> {
    /// Writes the dataset; says what each split has.
    pub(super) fn write(
        &self,
        request: &Request,
        schema: &Schema,
    ) -> Result<BTreeMap<String, Counts>, Failure> {
        let writer = Writer::begin(&output(request, "data")?, schema)?;
        let label = schema.label().map(|label| label.name.as_str());
        let (files, readings) = self.files(&writer)?;
        let mut files = self.fill(files, &readings, (label, request.cpus))?;
        for split in &self.pool.others {
            let rows = writer.split(split)?;
            let mut file = File { split: split.clone(), rows, counts: Counts::default() };
            ahead::each(request.cpus, self.pool.rows(split)?, |rows| file.add(&rows, label))?;
            files.push(file);
        }
        let mut all: BTreeMap<String, Counts> = BTreeMap::new();
        for file in files {
            all.entry(file.split).or_default().add(file.counts);
            file.rows.finish()?;
        }
        Ok(all)
    }

    fn files(&self, writer: &Writer) -> Result<Files, Failure> {
        let (mut files, mut readings) = (Vec::new(), vec![BTreeMap::new()]);
        for (split, parts) in &self.splits {
            // Folds whose labels are counted over all of them are one file, one behind the other.
            let joined = self.hidden.is_some() && split == TRAIN;
            let count = if joined { 1 } else { parts.len() };
            for (number, part) in parts.iter().enumerate() {
                if number < count {
                    let rows = writer.shard(split, number, count)?;
                    files.push(File { split: split.clone(), rows, counts: Counts::default() });
                }
                let reading = if joined { number } else { 0 };
                if reading == readings.len() {
                    readings.push(BTreeMap::new());
                }
                readings[reading].insert(*part, files.len() - 1);
            }
        }
        Ok((files, readings))
    }

    /// Deals the rows of the pool out to files, each of which one thread writes.
    fn fill(
        &self,
        files: Vec<File>,
        readings: &[BTreeMap<u32, usize>],
        (label, cpus): (Option<&str>, u64),
    ) -> Result<Vec<File>, Failure> {
        std::thread::scope(|scope| {
            let threads = (cpus as usize).clamp(1, files.len().max(1));
            let mut shares: Vec<BTreeMap<usize, File>> = Vec::new();
            shares.resize_with(threads, BTreeMap::new);
            for (at, file) in files.into_iter().enumerate() {
                shares[at % threads].insert(at, file);
            }
            let begin = |share| {
                Stage::begin(
                    (scope, cpus),
                    share,
                    move |share: &mut BTreeMap<usize, File>, item| {
                        let (at, rows): (usize, RecordBatch) = item;
                        share.get_mut(&at).map_or(Ok(()), |file| file.add(&rows, label))
                    },
                )
            };
            let mut stages: Vec<_> = shares.into_iter().map(begin).collect();
            let given = readings.iter().try_for_each(|reading| {
                let mut first = 0;
                ahead::each(cpus, self.pool.rows(&self.pool.split)?, |rows| {
                    let behind = first + rows.num_rows();
                    let dealt = self.deal(&rows, first, reading)?;
                    first = behind;
                    let mut dealt = dealt.into_iter();
                    dealt.try_for_each(|(file, rows)| stages[file % threads].give((file, rows)))
                })
            });
            let shares: Vec<_> = stages.into_iter().map(Stage::finish).collect();
            let mut all = BTreeMap::new();
            for share in shares {
                all.extend(share?);
            }
            given?;
            Ok(all.into_values().collect())
        })
    }

    /// The rows of a batch by their files.
    fn deal(
        &self,
        rows: &RecordBatch,
        first: usize,
        reading: &BTreeMap<u32, usize>,
    ) -> Result<Vec<(usize, RecordBatch)>, Failure> {
        let failed = |error: arrow::error::ArrowError| Failure::new("D0408", error.to_string());
        let mut chosen: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for (row, part) in self.parts[first..first + rows.num_rows()].iter().enumerate() {
            if let Some(file) = reading.get(part) {
                chosen.entry(*file).or_default().push(row as u64);
            }
        }
        let rows = match &self.hidden {
            Some(hidden) => hidden.apply(rows, first)?,
            None => rows.clone(),
        };
        let take = |(file, chosen): (usize, Vec<u64>)| {
            let dealt = take_record_batch(&rows, &UInt64Array::from(chosen)).map_err(failed)?;
            Ok((file, dealt))
        };
        chosen.into_iter().map(take).collect()
    }
}

impl File {
    fn add(&mut self, rows: &RecordBatch, label: Option<&str>) -> Result<(), Failure> {
        self.counts.rows += rows.num_rows();
        for class in label.map(|label| labels(rows, label)).transpose()?.into_iter().flatten() {
            let class = class.unwrap_or_else(|| "unlabelled".to_owned());
            *self.counts.classes.entry(class).or_default() += 1;
        }
        Ok(self.rows.write(rows)?)
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        for (class, rows) in other.classes {
            *self.classes.entry(class).or_default() += rows;
        }
    }
}
