//! [`Pool`]: which rows of datasets are dealt, and which splits stay as they are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{self, Dataset, ROW_KEY, row_parents};

use super::TRAIN;

/// The rows to deal, and the splits that were given.
pub(super) struct Pool {
    pub(super) rows: RecordBatch,
    /// Split -> its rows, which no deal touches.
    pub(super) others: BTreeMap<String, RecordBatch>,
}

impl Pool {
    /// The only split of datasets; of several, `train`, and the others stay. The rows of one
    /// dataset stand behind those of the one before it.
    pub(super) fn read(
        datasets: &[Dataset],
        fractions: &BTreeMap<String, f64>,
    ) -> Result<Self, Failure> {
        let mut splits: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
        for data in datasets {
            for split in data.splits()? {
                let rows = data.read(&split)?;
                splits.entry(split).or_default().push(rows);
            }
        }
        let names: Vec<String> = splits.keys().cloned().collect();
        let mut splits: BTreeMap<String, RecordBatch> = splits
            .into_iter()
            .map(|(split, parts)| Ok((split, together(parts)?)))
            .collect::<Result<_, Failure>>()?;
        let pooled = match names.as_slice() {
            [] => return Err(Failure::new("D0401", "the dataset has no split")),
            [only] => only,
            several => several.iter().find(|split| *split == TRAIN).ok_or_else(|| {
                let message = format!(
                    "the dataset has the splits {}, and none is `{TRAIN}`",
                    dataset::list(several)
                );
                Failure::new("D0417", message).help(
                    "of several splits `train` is dealt: name one so, or deal `step.data/SPLIT`",
                )
            })?,
        };
        let Some(rows) = splits.remove(pooled) else {
            return Err(Failure::new("D0401", "the dataset has no split"));
        };
        if let Some(split) = splits.keys().find(|split| fractions.contains_key(*split)) {
            let message = format!("the split `{split}` is given, and a fraction names it");
            return Err(Failure::new("D0417", message).help(format!(
                "leave `{split}` out of the fractions: they are of `{TRAIN}` alone"
            )));
        }
        Ok(Self { rows, others: splits })
    }
}

/// Rows one behind the other. A row that is equal to one of another dataset has its key, so
/// it is given one that says which of them it is.
fn together(mut parts: Vec<RecordBatch>) -> Result<RecordBatch, Failure> {
    let failed = |error: arrow::error::ArrowError| Failure::new("D0408", error.to_string());
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return Ok(only);
    }
    let parts = row_parents::aligned(parts).map_err(failed)?;
    let Some(first) = parts.first() else {
        return Err(Failure::new("D0401", "the dataset has no split"));
    };
    let all = concat_batches(&first.schema(), &parts).map_err(failed)?;
    let Some(keys) = row_key::values(&all) else { return Ok(all) };
    let mut seen: HashMap<RowKey, u64> = HashMap::new();
    let keys: Vec<RowKey> = keys
        .iter()
        .map(|key| {
            let before = seen.entry(*key).or_default();
            *before += 1;
            match *before {
                1 => *key,
                again => row_key::derived(key, "together", again),
            }
        })
        .collect();
    let keys = row_key::array(&keys).map_err(failed)?;
    let at = all.schema().index_of(ROW_KEY).map_err(failed)?;
    let mut columns = all.columns().to_vec();
    columns[at] = Arc::new(keys);
    RecordBatch::try_new(all.schema(), columns).map_err(failed)
}
