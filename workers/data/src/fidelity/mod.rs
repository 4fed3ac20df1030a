//! The kind `fidelity`: how synthetic rows are beside the real ones that they were made from.
//!
//! It reads rows of `train` of both, and rows of `test` as a holdout where there is one, and
//! measures columns, pairs of columns, and whether synthetic rows repeat those of train. Every
//! measure is a metric, so that gates hold it. Where rows of a split say what they were made of
//! (`row_parents`), those alone are synthetic: the others were read. Invariant: metrics name
//! columns and no value, no column of the role `personal` is measured, and the rows whose
//! distances are computed are drawn from the seed and their keys.

mod columns;
mod kind;
mod measures;

use ingot_protocol::worker::{optional, output, single};
use ingot_protocol::{Event, Failure, Finding, Metric, Request, Severity};
use ingot_statistics::fidelity::Coefficient;
use ingot_tables::dataset::Dataset;
use ingot_tables::reported::write_metrics;
use serde_json::Value;

use columns::{Chosen, Table};

pub use kind::kind;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// Most rows whose distances are computed, where the step says nothing.
const RECORDS: usize = 1000;

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let open = |path| Dataset::open(path).map(Dataset::with_parents);
    let real = open(&single(request, "real")?.path)?;
    let synthetic = open(&single(request, "synthetic")?.path)?;
    let holdout = optional(request, "holdout")?.map(|input| open(&input.path)).transpose()?;
    let records = request.params.get("records").and_then(Value::as_u64);
    if records.is_some() && holdout.is_none() {
        let message = "`records` says how many rows are held against a holdout, and there is none";
        return Err(
            Failure::new("D2002", message).help("give `inputs.holdout`, or remove `records`")
        );
    }
    let mut others = vec![("synthetic", &synthetic.schema)];
    others.extend(holdout.iter().map(|holdout| ("holdout", &holdout.schema)));
    let mut chosen = Chosen::of(request, &real.schema, &others)?;
    let real = Table::read("real", &real, &mut chosen, false)?;
    let synthetic = Table::read("synthetic", &synthetic, &mut chosen, true)?;
    let coefficient = match request.params.get("correlation").and_then(Value::as_str) {
        Some("spearman") => Coefficient::Spearman,
        _ => Coefficient::Pearson,
    };
    let mut metrics = vec![
        Metric::new("real_rows", real.rows() as f64),
        Metric::new("synthetic_rows", synthetic.rows() as f64),
    ];
    let mut undefined = Vec::new();
    metrics.extend(measures::of_columns(&real, &synthetic, &mut undefined));
    metrics.extend(measures::of_pairs(&real, &synthetic, coefficient, &mut undefined));
    if let Some(holdout) = holdout {
        let holdout = Table::read("holdout", &holdout, &mut chosen, false)?;
        let most = records.map_or(RECORDS, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let seed = request.seed.unwrap_or_default();
        let drawn = [&synthetic, &real, &holdout].map(|table| table.drawn(most, seed));
        metrics.extend(measures::of_records(&drawn, &mut undefined));
    }
    write_metrics(&output(request, "metrics")?, &metrics)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    for what in undefined {
        emit(Event::Finding(Finding::new(Severity::Info, "D2004", what)));
    }
    Ok(())
}

/// What no data should lead to.
fn failed(why: impl ToString) -> Failure {
    Failure::new("D2005", why.to_string())
}
