//! The kind `labels`: which labels are likely wrong, and what labels are like by themselves.
//!
//! It reads a dataset with a label and, where there are some, out-of-fold predictions of its
//! rows: confident learning says which labels a model that never saw them finds unlikely, equal
//! rows with different labels contradict each other, classes are counted, and the splits are
//! held against each other. What is found is a table, [`suspects`], the worst label first.
//! Invariant: a split is judged by its own rows alone, so that no label of `test` decides which
//! rows of `train` are learned from; with `quarantine` suspects of `train` are left out of
//! `data`, of other splits never one. No label is corrected here: that is a join of its own. A
//! value of a column other than the label is in no finding, metric or table.

mod balance;
mod drift;
mod found;
mod judge;
mod kind;
mod params;
mod predicted;
mod report;
mod rows;
mod suspects;
mod write;

use ingot_protocol::worker::{output, single};
use ingot_protocol::{Event, Failure, Request};
use ingot_tables::dataset::{Dataset, TRAIN};

use params::Params;
use predicted::Predicted;
use rows::Rows;

pub use kind::kind;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let data = Dataset::open(&single(request, "data")?.path)?;
    let inputs = request.inputs.get("predictions").map(Vec::as_slice).unwrap_or_default();
    let params = Params::read(request, &data.splits()?)?;
    let rows = Rows::read(&data, &predicted::classes(inputs)?)?;
    let predicted = Predicted::read(inputs, &rows, params.out_of_fold)?;
    let mut judged = judge::judge(&rows, predicted.as_ref(), &params)?;
    let mut suspects = suspects::of(&rows, &judged);
    let taken = suspects::quarantined(&mut suspects, &rows, &params);

    let conflicts = found::conflicts(&rows);
    let mut metrics = report::metrics(&rows, &judged, &suspects, &conflicts);
    let mut findings = std::mem::take(&mut judged.findings);
    findings.extend(found::by_predictions(&rows, &judged, &suspects, params.severity));
    findings.extend(conflicts.told(&rows, params.severity));
    for (measured, said) in [balance::of(&rows, &params), drift::of(&rows, &params)] {
        metrics.extend(measured);
        findings.extend(said);
    }
    if let Some(quarantine) = &params.quarantine {
        let (measured, said) = report::quarantined(&rows, taken.len(), quarantine);
        metrics.extend(measured);
        findings.extend(said);
    }

    write::data(&data, &taken, &output(request, "data")?)?;
    write::suspects(&rows, &suspects, &output(request, "suspects")?)?;
    report::write(&rows, &judged, &metrics, &output(request, "report")?)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    findings.into_iter().for_each(|finding| emit(Event::Finding(finding)));
    Ok(())
}

/// What no data should lead to.
fn failed(why: impl ToString) -> Failure {
    Failure::new("D1716", why.to_string())
}

/// A share of something, as a person reads it.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
