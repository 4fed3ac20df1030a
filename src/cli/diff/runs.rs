//! Runs side by side, from what each recorded of its targets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ingot_protocol::Metric;

use super::super::runs::find;
use super::{Compared, Costs, sections};
use crate::engine::targets::is_whole;
use crate::lockfile::compare::{Comparison, Row};
use crate::model::result::metric_name;
use crate::store::Store;
use crate::store::runs::{Run, StepRun};
use crate::workspace::Stop;
use crate::workspace::store::store_stop;

/// Compares the runs of these numbers; one alone with the last run.
pub(super) fn compare(
    store: &Store,
    root: &Path,
    numbers: &[u64],
    slices: bool,
) -> Result<Compared, Stop> {
    let mut runs =
        numbers.iter().map(|number| find(store, root, *number)).collect::<Result<Vec<_>, _>>()?;
    if runs.len() == 1 {
        runs.extend(store.runs(root).map_err(|error| store_stop(&error))?.runs.pop());
    }
    let of = |each: &dyn Fn(&Run) -> Option<String>| runs.iter().map(each).collect::<Vec<_>>();
    let mut found = Comparison::default();
    push(&mut found.data, "", "revision", of(&|run| Some(revision(run)).filter(|r| !r.is_empty())));
    push(&mut found.params, "", "profile", of(&|run| run.profile.clone()));
    push(&mut found.params, "", "targets", of(&|run| Some(run.targets.join(" "))));
    let params: BTreeSet<&String> = runs.iter().flat_map(|run| run.params.keys()).collect();
    for name in params {
        let values = of(&|run| run.params.get(name).map(ToString::to_string));
        push(&mut found.params, "params", name, values);
    }
    let steps: BTreeSet<&String> = runs.iter().flat_map(|run| run.results.keys()).collect();
    for step in steps {
        let given = |run: &Run| run.results.get(step).cloned();
        let outcomes = of(&|run| given(run).map(|given| ended(&given)));
        push(&mut found.verdicts, step, "", outcomes);
        let metrics: Vec<BTreeMap<String, Metric>> = runs
            .iter()
            .map(|run| given(run).map(|given| named(given, slices)).unwrap_or_default())
            .collect();
        let names: BTreeSet<&String> = metrics.iter().flat_map(BTreeMap::keys).collect();
        for name in names {
            let values = metrics.iter().map(|metrics| metrics.get(name).cloned()).collect();
            push(&mut found.metrics, step, name, values);
        }
    }
    let seconds: Vec<Option<f64>> = runs.iter().map(|run| Some(run.seconds)).collect();
    let row = Row { of: "the whole build".to_owned(), name: String::new(), values: seconds };
    let costs = Costs { sizes: Vec::new(), seconds: vec![row] };
    let names = runs.iter().map(|run| format!("run {}", run.number)).collect();
    Ok(Compared { names, sections: sections(&found, &costs) })
}

fn revision(run: &Run) -> String {
    let dirty = if run.dirty == Some(true) { "+" } else { "" };
    let short = run.revision.iter().flat_map(|revision| revision.chars().take(8));
    short.chain(dirty.chars()).collect()
}

/// The verdict of a step, or how it ended without one.
fn ended(given: &StepRun) -> String {
    match given.verdict {
        Some(verdict) => format!("{verdict:?}").to_lowercase(),
        None => given.outcome.clone(),
    }
}

fn named(given: StepRun, slices: bool) -> BTreeMap<String, Metric> {
    let metrics = given.metrics.into_iter().filter(|metric| slices || is_whole(metric));
    let name = |metric: &Metric| metric_name(&metric.name, &metric.slice, metric.than.as_deref());
    metrics.map(|metric| (name(&metric), metric)).collect()
}

/// Adds a row if its values differ.
fn push<T: PartialEq>(rows: &mut Vec<Row<T>>, of: &str, name: &str, values: Vec<Option<T>>) {
    if values.windows(2).any(|pair| pair[0] != pair[1]) {
        rows.push(Row { of: of.to_owned(), name: name.to_owned(), values });
    }
}
