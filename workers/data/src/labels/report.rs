//! The metrics, and the report that holds them.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{Failure, Finding, Metric, Severity};
use ingot_statistics::Task;
use ingot_tables::report::{self, Report, ReportMetric};

use super::TRAIN;
use super::found::Conflicts;
use super::judge::{Judged, JudgedSplit};
use super::params::Quarantine;
use super::percent;
use super::rows::{Rows, Split};
use super::suspects::{Reason, Suspect};

/// What is measured of suspects, of the joint and of conflicts.
pub(super) fn metrics(
    rows: &Rows,
    judged: &Judged,
    suspects: &[Suspect],
    conflicts: &Conflicts,
) -> Vec<Metric> {
    let by = |reason: Reason| suspects.iter().filter(|it| it.reasons.contains(&reason)).count();
    let mut metrics = vec![
        Metric::new("rows", rows.count() as f64),
        Metric::new("labelled", rows.labelled() as f64),
        Metric::new("suspects", suspects.len() as f64),
    ];
    metrics.push(of_reason(Reason::Conflict, by(Reason::Conflict)));
    let count = judged.count();
    if count > 0 {
        metrics.push(of_reason(Reason::Predictions, by(Reason::Predictions)));
        metrics.push(Metric::new("judged", count as f64));
        let share = by(Reason::Predictions) as f64 / count as f64;
        metrics.push(Metric::new("suspect_fraction", share));
    }
    metrics.push(Metric::new("conflicting_rows", conflicts.rows.len() as f64));
    metrics.push(Metric::new("conflicting_sets", conflicts.sets as f64));
    for (split, judged) in rows.splits.iter().zip(&judged.splits) {
        metrics.extend(judged.iter().flat_map(|judged| of_joint(rows, split, judged)));
    }
    metrics
}

fn of_reason(reason: Reason, count: usize) -> Metric {
    let slice = BTreeMap::from([("reason".to_owned(), reason.name().to_owned())]);
    Metric { slice, ..Metric::new("suspects", count as f64) }
}

/// The noise of a split, which classes are mistaken for which, and what a model has to be sure
/// of. A pair of classes that no row is counted for has no metric.
fn of_joint(rows: &Rows, split: &Split, judged: &JudgedSplit) -> Vec<Metric> {
    let slice = split.slice();
    let noise = Metric { slice: slice.clone(), ..Metric::new("label_noise", judged.joint.noise()) };
    let mut metrics = vec![noise];
    let with = |pairs: &[(&str, usize)]| {
        let mut slice = slice.clone();
        for (name, class) in pairs {
            slice.insert((*name).to_owned(), rows.class(*class).to_owned());
        }
        slice
    };
    for (given, counts) in judged.known.iter().zip(&judged.joint.calibrated) {
        for (likely, count) in judged.known.iter().zip(counts) {
            if given != likely && *count > 0 {
                let slice = with(&[("given", *given), ("likely", *likely)]);
                metrics.push(Metric { slice, ..Metric::new("mislabelled", *count as f64) });
            }
        }
    }
    for (class, threshold) in judged.known.iter().zip(&judged.thresholds) {
        if let Some(threshold) = threshold {
            let slice = with(&[("class", *class)]);
            metrics.push(Metric { slice, ..Metric::new("confident_threshold", *threshold) });
        }
    }
    metrics
}

/// What is measured and said of rows that are left out.
pub(super) fn quarantined(
    rows: &Rows,
    taken: usize,
    quarantine: &Quarantine,
) -> (Vec<Metric>, Option<Finding>) {
    let train = rows.splits.iter().find(|split| split.name == TRAIN);
    let all = train.map_or(0, |split| split.labels.len());
    let share = taken as f64 / all.max(1) as f64;
    let slice = BTreeMap::from([("split".to_owned(), TRAIN.to_owned())]);
    let metrics = [("quarantined", taken as f64), ("quarantined_fraction", share)]
        .map(|(name, value)| Metric { slice: slice.clone(), ..Metric::new(name, value) });
    let (severity, code, message) = if share > quarantine.most {
        let message = format!(
            "{taken} of {all} rows of `{TRAIN}` are suspects and left out, more than {} of them",
            percent(quarantine.most)
        );
        (Severity::Error, "D1715", message)
    } else {
        let message = format!("{taken} of {all} rows of `{TRAIN}` are suspects and left out");
        (Severity::Warning, "D1714", message)
    };
    let finding = Finding {
        column: Some(rows.label.clone()),
        rows: Some(taken as u64),
        ..Finding::new(severity, code, message)
    };
    (metrics.to_vec(), (taken > 0).then_some(finding))
}

/// Writes the report; its confusion is by given and by likeliest class.
pub(super) fn write(
    rows: &Rows,
    judged: &Judged,
    metrics: &[Metric],
    path: &Path,
) -> Result<(), Failure> {
    let classes = rows.classes.len();
    let mut confusion = vec![vec![0; classes]; classes]; // (given, likely)
    for row in judged.splits.iter().flatten().flat_map(|split| &split.rows) {
        let counts: Option<&mut Vec<u64>> = confusion.get_mut(row.given);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(row.likely)) {
            *count += 1;
        }
    }
    let report = Report {
        version: report::VERSION,
        task: Some(Task::of_classes(classes).name().to_owned()),
        rows: rows.labelled() as u64,
        replicates: judged.replicates,
        baseline_replicates: 0,
        classes: rows.classes.clone(),
        confusion,
        metrics: metrics.iter().map(ReportMetric::from).collect(),
    };
    report.write(path)
}
