//! [`Pool`]: which rows of a dataset are dealt, and which splits stay as they are.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::{self, Dataset};

use super::TRAIN;

/// The rows to deal, and the splits that were given.
pub(super) struct Pool {
    pub(super) rows: RecordBatch,
    /// Split -> its rows, which no deal touches.
    pub(super) others: BTreeMap<String, RecordBatch>,
}

impl Pool {
    /// The only split of a dataset; of several, `train`, and the others stay.
    pub(super) fn read(data: &Dataset, fractions: &BTreeMap<String, f64>) -> Result<Self, Failure> {
        let mut splits = data.splits()?;
        let pooled = match splits.as_slice() {
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
        let rows = data.read(&splits.remove(pooled))?;
        if let Some(split) = splits.iter().find(|split| fractions.contains_key(*split)) {
            let message = format!("the split `{split}` is given, and a fraction names it");
            return Err(Failure::new("D0417", message).help(format!(
                "leave `{split}` out of the fractions: they are of `{TRAIN}` alone"
            )));
        }
        let others = splits.into_iter().map(|split| Ok((split.clone(), data.read(&split)?)));
        Ok(Self { rows, others: others.collect::<Result<_, Failure>>()? })
    }
}
