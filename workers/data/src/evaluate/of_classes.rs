//! What is said of each class alone: its metrics, the confusion, and what is undefined.

use std::collections::BTreeMap;

use ingot_protocol::{Finding, Metric, Severity};
use ingot_statistics::sample::Classes;
use ingot_statistics::{METRICS, Sample};

/// Each class's metrics, the mean over the replicates in which they are defined, in the
/// order of the classes and of [`METRICS`].
pub(super) fn metrics(classes: &[String], model: &[Sample]) -> Vec<Metric> {
    let model = of(model);
    let Some(first) = model.first() else { return Vec::new() };
    let ones = vec![1.0; first.rows()];
    let mut metrics = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        for metric in METRICS {
            let Some(function) = metric.of_class else { continue };
            let values: Vec<f64> =
                model.iter().filter_map(|sample| function(sample, at, &ones)).collect();
            if values.is_empty() {
                continue;
            }
            let value = values.iter().sum::<f64>() / values.len() as f64;
            let slice = BTreeMap::from([("class".to_owned(), class.clone())]);
            metrics.push(Metric { slice, ..Metric::new(metric.name, value) });
        }
    }
    metrics
}

/// Why areas of classes are not there: one needs rows of a class and rows of another.
pub(super) fn undefined(classes: &[String], model: &[Sample]) -> Vec<Finding> {
    let model = of(model);
    let Some(first) = model.first() else { return Vec::new() };
    let mut supports = vec![0_u64; classes.len()]; // (classes)
    first.truth().iter().for_each(|class| supports[*class] += 1);
    let of = classes.iter().zip(&supports);
    let present: Vec<&String> =
        of.clone().filter(|(_, support)| **support > 0).map(|(class, _)| class).collect();
    if let [only] = present.as_slice() {
        let every = format!("every row with a label is of the class `{only}`");
        return vec![warning("roc_auc", format!("roc_auc is undefined: {every}"))];
    }
    of.filter(|(_, support)| **support == 0)
        .map(|(class, _)| {
            let what = format!("roc_auc for class={class} is undefined: no row has that label");
            warning("roc_auc", what)
        })
        .collect()
}

/// That a metric is undefined.
pub(super) fn warning(metric: &str, message: String) -> Finding {
    let finding = Finding::new(Severity::Warning, "D0711", message);
    Finding { metric: Some(metric.to_owned()), ..finding }
}

/// The confusion matrices of all replicates, added up; empty where rows are not of one
/// class.
pub(super) fn confusion(model: &[Sample], classes: usize) -> Vec<Vec<u64>> {
    let model = of(model);
    if model.is_empty() {
        return Vec::new();
    }
    let mut sum = vec![vec![0; classes]; classes]; // (true, predicted)
    for matrix in model.into_iter().map(Classes::confusion) {
        for (sums, row) in sum.iter_mut().zip(matrix) {
            for (sum, count) in sums.iter_mut().zip(row) {
                *sum += count;
            }
        }
    }
    sum
}

fn of(model: &[Sample]) -> Vec<&Classes> {
    let mut found = Vec::with_capacity(model.len());
    for sample in model {
        if let Sample::Classes(classes) = sample {
            found.push(classes);
        }
    }
    found
}
