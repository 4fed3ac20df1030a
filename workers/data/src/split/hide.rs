//! Which labels `labels_per_class` takes away. Pure, but for the draws.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, seed::derive};

use super::numbers::Numbers;

/// The label, and for each row of the pool whether it loses its one.
pub(super) struct Hidden<'a> {
    pub(super) label: &'a str,
    rows: Vec<bool>, // (rows)
}

impl<'a> Hidden<'a> {
    /// All but the first `keep` of each class among the rows of `train`, in the order of what
    /// is drawn for their places there.
    pub(super) fn of(
        (label, labels): (&'a str, &Numbers),
        train: &[u32],
        keep: u64,
        seed: u64,
    ) -> Result<Self, Failure> {
        let mut order: Vec<(u64, u32)> =
            (0..train.len() as u32).map(|at| (derive(seed, "label", u64::from(at)), at)).collect();
        order.sort_unstable();
        let values = labels.values();
        let mut kept = vec![0; values.len()];
        let mut rows = vec![false; labels.of.len()];
        for (_, at) in order {
            let row = train[at as usize] as usize;
            let class = labels.of[row] as usize;
            kept[class] += 1;
            rows[row] = kept[class] > keep;
        }
        let short = values.iter().zip(&kept).filter_map(|(class, kept)| Some(((*class)?, *kept)));
        let short = short.filter(|(_, kept)| (1..keep).contains(kept)).min();
        if let Some((class, count)) = short {
            let message =
                format!("train has {count} rows of the class `{class}`, fewer than {keep}");
            return Err(Failure::new("D0405", message).help("lower `labels_per_class`"));
        }
        Ok(Self { label, rows })
    }

    /// Rows that stand behind the first so many, without the labels that are hidden.
    pub(super) fn apply(&self, rows: &RecordBatch, first: usize) -> Result<RecordBatch, Failure> {
        let wrong = |error: arrow::error::ArrowError| Failure::new("D0408", error.to_string());
        let mask = BooleanArray::from(self.rows[first..first + rows.num_rows()].to_vec());
        let at = rows.schema().index_of(self.label).map_err(wrong)?;
        let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
        columns[at] = nullif(&columns[at], &mask).map_err(wrong)?;
        let schema = rows.schema();
        let fields = schema.fields().iter().map(|field| match field.name() == self.label {
            true => Arc::new(field.as_ref().clone().with_nullable(true)),
            false => Arc::clone(field),
        });
        let schema = Schema::new(fields.collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), columns).map_err(wrong)
    }
}
