//! [`Pool`]: which rows of datasets are dealt, and which splits stay as they are.
//!
//! Invariant: rows come a batch at a time, in the same order and with the same keys each time.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{self, Batches, Dataset, ROW_KEY, row_parents};

use super::TRAIN;

/// Rows of a batch.
const ROWS: usize = 65_536;
/// Most rows that are dealt.
const MOST: u64 = u32::MAX as u64;

/// Datasets of which one split is dealt.
pub(super) struct Pool<'a> {
    datasets: &'a [Dataset],
    /// The split that is dealt.
    pub(super) split: String,
    /// The splits that no deal touches, sorted.
    pub(super) others: Vec<String>,
    /// Whether any row was made of others.
    made: bool,
}

impl<'a> Pool<'a> {
    /// The only split of datasets; of several, `train`, and the others stay. The rows of one
    /// dataset stand behind those of the one before it. `makes` says which splits a deal makes.
    pub(super) fn of(
        datasets: &'a [Dataset],
        makes: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Failure> {
        let mut splits: BTreeSet<String> = BTreeSet::new();
        for data in datasets {
            splits.extend(data.splits()?);
        }
        let mut others: Vec<String> = splits.into_iter().collect();
        let dealt = match others.as_slice() {
            [] => return Err(Failure::new("D0401", "the dataset has no split")),
            [_] => 0,
            several => several.iter().position(|split| split == TRAIN).ok_or_else(|| {
                let message = format!(
                    "the dataset has the splits {}, and none is `{TRAIN}`",
                    dataset::list(several)
                );
                Failure::new("D0417", message).help(
                    "of several splits `train` is dealt: name one so, or deal `step.data/SPLIT`",
                )
            })?,
        };
        let split = others.remove(dealt);
        if let Some(split) = others.iter().find(|split| makes(split)) {
            let message = format!("the split `{split}` is given, and a fraction names it");
            return Err(Failure::new("D0417", message).help(format!(
                "leave `{split}` out of the fractions: they are of `{TRAIN}` alone"
            )));
        }
        let mut pool = Self { datasets, split, others, made: false };
        for split in pool.others.iter().chain([&pool.split]) {
            pool.made |= pool.rows(split)?.parents;
        }
        let rows = datasets.iter().map(|data| pool.has(data, &pool.split));
        let rows: u64 = rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().sum();
        if rows > MOST {
            let message = format!("{rows} rows are dealt, and {MOST} can be at the most");
            return Err(Failure::new("D0408", message).help("deal partitions of them"));
        }
        Ok(pool)
    }

    /// The number of a dataset's rows in a split, where it has that.
    fn has(&self, data: &Dataset, split: &str) -> Result<Option<u64>, Failure> {
        let there = data.splits()?.iter().any(|name| name == split);
        Ok(there.then(|| data.rows(split)).transpose()?)
    }

    /// The rows of a split, with parents where a row of any split has some.
    pub(super) fn facts(&self, split: &str) -> Result<Rows, Failure> {
        Ok(Rows { parents: self.made, ..self.rows(split)? })
    }

    /// The rows of a split, as they are written.
    pub(super) fn rows(&self, split: &str) -> Result<Rows, Failure> {
        let mut batches = VecDeque::new();
        for data in self.datasets {
            if self.has(data, split)?.is_some() {
                batches.push_back(data.batches(split, ROWS)?);
            }
        }
        let parents = batches.iter().any(Batches::has_parents);
        let seen = (batches.len() > 1).then(HashMap::new);
        Ok(Rows { batches, parents, seen })
    }
}

/// The rows of one split of all datasets.
pub(super) struct Rows {
    batches: VecDeque<Batches>,
    /// Whether any of them has parents.
    parents: bool,
    /// How many rows have had a key, where there are several datasets.
    seen: Option<HashMap<RowKey, u64>>,
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.batches.front_mut()?.next() {
                Some(batch) => return Some(batch.map_err(Failure::from).and_then(|b| self.fit(b))),
                None => drop(self.batches.pop_front()),
            }
        }
    }
}

impl Rows {
    /// Rows as those of all datasets are: with parents where any has some. A row that is equal
    /// to one of another dataset has its key, so it is given one that says which of them it is.
    fn fit(&mut self, rows: RecordBatch) -> Result<RecordBatch, Failure> {
        let failed = |error: arrow::error::ArrowError| Failure::new("D0408", error.to_string());
        let rows = match self.parents {
            true => row_parents::or_none(rows).map_err(failed)?,
            false => rows,
        };
        let Some(seen) = &mut self.seen else { return Ok(rows) };
        let Some(keys) = row_key::values(&rows) else { return Ok(rows) };
        let keys = keys.iter().map(|key| {
            let before = seen.entry(*key).or_default();
            *before += 1;
            match *before {
                1 => *key,
                again => row_key::derived(key, "together", again),
            }
        });
        let keys = row_key::array(&keys.collect::<Vec<_>>()).map_err(failed)?;
        let at = rows.schema().index_of(ROW_KEY).map_err(failed)?;
        let mut columns = rows.columns().to_vec();
        columns[at] = Arc::new(keys);
        RecordBatch::try_new(rows.schema(), columns).map_err(failed)
    }
}
