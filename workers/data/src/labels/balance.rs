//! How the classes of each split are spread.

use ingot_protocol::{Finding, Metric};
use ingot_statistics::labels::imbalance_ratio;
use ingot_tables::dataset;

use super::TRAIN;
use super::params::Params;
use super::rows::{Rows, Split};

/// Metrics of every split; what is found is of `train`, or of the one split that there is.
pub(super) fn of(rows: &Rows, params: &Params) -> (Vec<Metric>, Vec<Finding>) {
    let (mut metrics, mut findings) = (Vec::new(), Vec::new());
    for split in &rows.splits {
        let counts = split.counts(rows.classes.len());
        for (class, count) in rows.classes.iter().zip(&counts) {
            let mut slice = split.slice();
            slice.insert("class".to_owned(), class.clone());
            metrics.push(Metric { slice, ..Metric::new("class_rows", *count as f64) });
        }
        let Some(ratio) = imbalance_ratio(&counts) else { continue };
        metrics.push(Metric { slice: split.slice(), ..Metric::new("imbalance_ratio", ratio) });
        if split.name == TRAIN || rows.splits.len() == 1 {
            findings.extend(unequal(rows, (split, &counts), ratio, params));
        }
    }
    (metrics, findings)
}

fn unequal(
    rows: &Rows,
    (split, counts): (&Split, &[u64]),
    ratio: f64,
    params: &Params,
) -> Vec<Finding> {
    let mut told = Vec::new();
    let named = || rows.classes.iter().zip(counts).filter(|(_, count)| **count > 0);
    let least = named().min_by_key(|(_, count)| **count);
    let most = named().max_by_key(|(_, count)| **count);
    if let (true, Some(least), Some(most)) = (ratio > params.max_imbalance, least, most) {
        told.push(format!(
            "`{}`: of `{}` {} rows are `{}` and {} are `{}`, {ratio:.1} for one",
            rows.label, split.name, most.1, most.0, least.1, least.0
        ));
    }
    let absent: Vec<String> = rows
        .classes
        .iter()
        .zip(counts)
        .filter(|(class, count)| {
            **count == 0 && rows.declared.as_ref().is_some_and(|declared| declared.contains(class))
        })
        .map(|(class, _)| class.clone())
        .collect();
    if !absent.is_empty() {
        told.push(format!(
            "`{}`: the contract has {}, and no row of `{}` does",
            rows.label,
            dataset::list(&absent),
            split.name
        ));
    }
    let finding = |message| Finding {
        column: Some(rows.label.clone()),
        ..Finding::new(params.severity, "D1703", message)
    };
    told.into_iter().map(finding).collect()
}
