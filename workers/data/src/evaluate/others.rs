//! What other kinds measured of the same predictions, taken up in the report. Pure
//! but for reading the artifacts.

use std::collections::BTreeMap;

use ingot_protocol::{Failure, Metric, Request};
use ingot_statistics::{Task, find};
use ingot_tables::reported;

/// Whether `evaluate` measures something of that name by itself.
fn is_own(name: &str, task: Task) -> bool {
    let of_one_class = matches!(task, Task::Binary | Task::Multiclass);
    name == "rows"
        || find(name).is_some_and(|metric| {
            metric.function.tasks().contains(&task) || (of_one_class && metric.of_class.is_some())
        })
}

/// The metrics on the port `metrics`, sorted by name, slice and comparison.
///
/// What several artifacts have under one name, slice and comparison are replicates of
/// one measure: the value is their arithmetic mean, (v1 + .. + vn) / n over the
/// artifacts that have it, added up in the order of the inputs, so the bits are the
/// same everywhere. An interval is kept where one artifact alone has the metric: the
/// mean of intervals is none. For example `gini` of 0.5 and 0.75 is 0.625.
///
/// A name that `evaluate` measures by itself is refused: a gate on it could mean either.
pub(super) fn read(request: &Request, task: Task) -> Result<Vec<Metric>, Failure> {
    let mut found: BTreeMap<_, Vec<Metric>> = BTreeMap::new();
    for input in request.inputs.get("metrics").into_iter().flatten() {
        for metric in reported::read_metrics(&input.path)? {
            if is_own(&metric.name, task) {
                return Err(taken(&metric.name));
            }
            let key = (metric.name.clone(), metric.slice.clone(), metric.than.clone());
            found.entry(key).or_default().push(metric);
        }
    }
    Ok(found.into_values().filter_map(mean).collect())
}

fn mean(mut replicates: Vec<Metric>) -> Option<Metric> {
    let count = replicates.len() as f64;
    let sum: f64 = replicates.iter().map(|metric| metric.value).sum();
    let last = replicates.pop()?;
    if replicates.is_empty() {
        return Some(last);
    }
    Some(Metric { value: sum / count, low: None, high: None, confidence: None, ..last })
}

fn taken(name: &str) -> Failure {
    Failure::new(
        "D0707",
        format!("a kind listed in `metrics` reports `{name}`, which `evaluate` measures itself"),
    )
    .help(format!("let that kind report it under another name, such as `my_{name}`"))
}
