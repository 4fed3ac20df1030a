//! Rows that promises take out of the data: which they are, and whether they are too many.
//! They are written by [`QuarantineFile`].
//!
//! Invariant: quarantine does not fail the verdict by itself; more than
//! `max_quarantine_fraction` of a split's rows does.

mod file;

use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::Contract;
use ingot_protocol::{Failure, Finding, Metric, Severity};
use roaring::RoaringTreemap;

pub(super) use file::QuarantineFile;

use super::breaches::finding;
use super::splits::{Splits, each, of_split};
use super::tally::{Offenders, Taken};

/// The rows that are taken out, and what is said of them.
pub(super) struct Quarantine {
    pub(super) taken: Vec<Taken>,
    pub(super) rows: RoaringTreemap,
    pub(super) metrics: Vec<Metric>,
    pub(super) findings: Vec<Finding>,
}

impl Quarantine {
    /// Judges what promises take out. Metrics are there where the contract speaks of
    /// quarantine.
    pub(super) fn of(contract: &Contract, taken: Vec<Taken>, splits: &Splits) -> Self {
        let rows = taken.iter().fold(RoaringTreemap::new(), |rows, one| rows | &one.rows);
        let most = contract.max_quarantine_fraction();
        let (mut metrics, mut findings) = (Vec::new(), Vec::new());
        for (split, range) in each(splits) {
            let here = Offenders::within(&rows, range.clone());
            let share = here.rows as f64 / range.len().max(1) as f64;
            if contract.has_quarantine() {
                for (name, value) in
                    [("quarantined", here.rows as f64), ("quarantined_fraction", share)]
                {
                    let slice = of_split(splits, split);
                    metrics.push(Metric { slice, ..Metric::new(name, value) });
                }
            }
            if share > most {
                let of = match of_split(splits, split).is_empty() {
                    true => String::new(),
                    false => format!(" of the split {split}"),
                };
                let (count, all) = (here.rows, range.len());
                let message = format!(
                    "{count} of {all} rows{of} are in quarantine, more than the share of {most} \
                     that the contract allows"
                );
                findings.push(finding("D0333", Severity::Error, None, message, &here));
            }
        }
        Self { taken, rows, metrics, findings }
    }

    /// Those rows that are kept; the first of them stands at `first` of the table.
    pub(super) fn without(&self, rows: &RecordBatch, first: usize) -> Result<RecordBatch, Failure> {
        let range = first as u64..(first + rows.num_rows()) as u64;
        if self.rows.is_empty() || self.rows.range_cardinality(range.clone()) == 0 {
            return Ok(rows.clone());
        }
        let kept: BooleanArray = range.map(|row| Some(!self.rows.contains(row))).collect();
        filter_record_batch(rows, &kept).map_err(|error| Failure::new("D0312", error.to_string()))
    }
}
