//! [`Judged`]: the labels of each split, judged by the predictions of its rows.

use ingot_protocol::{Failure, Finding, Severity};
use ingot_statistics::labels::{
    self, ConfidentJoint, confident_joint, confident_thresholds, label_issues, label_quality,
};

use super::params::Params;
use super::predicted::Predicted;
use super::rows::{Rows, Split};

/// What predictions say of the labels.
pub(super) struct Judged {
    /// Of each split; nothing where none of its rows was predicted. // (splits)
    pub(super) splits: Vec<Option<JudgedSplit>>,
    /// What could not be judged.
    pub(super) findings: Vec<Finding>,
    /// Most predictions that a row has.
    pub(super) replicates: u64,
}

/// What predictions say of the labels of a split.
pub(super) struct JudgedSplit {
    /// The rows that were judged, rising.
    pub(super) rows: Vec<JudgedRow>,
    /// The classes that the joint and the thresholds are of. // (known)
    pub(super) known: Vec<usize>,
    pub(super) joint: ConfidentJoint,
    pub(super) thresholds: Vec<Option<f64>>,
}

/// A row that was judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct JudgedRow {
    /// Its place in the split.
    pub(super) row: usize,
    pub(super) given: usize,
    pub(super) likely: usize,
    pub(super) quality: f64,
    /// Whether the label is likely wrong.
    pub(super) issue: bool,
}

impl Judged {
    /// The number of rows that were judged.
    pub(super) fn count(&self) -> usize {
        self.splits.iter().flatten().map(|split| split.rows.len()).sum()
    }
}

/// Judges every split by its own rows.
pub(super) fn judge(
    rows: &Rows,
    predicted: Option<&Predicted>,
    params: &Params,
) -> Result<Judged, Failure> {
    let Some(predicted) = predicted else {
        let splits = rows.splits.iter().map(|_| None).collect();
        return Ok(Judged { splits, findings: Vec::new(), replicates: 0 });
    };
    let (mut splits, mut findings) = (Vec::new(), Vec::new());
    for split in &rows.splits {
        splits.push(of_split(split, predicted, params, &mut findings));
    }
    let judged = Judged { splits, findings, replicates: predicted.replicates };
    match judged.count() {
        0 => {
            let why = judged.findings.first().map(|finding| format!(": {}", finding.message));
            let message = format!("the predictions judge no label{}", why.unwrap_or_default());
            Err(Failure::new("D1712", message)
                .help("predict rows of two classes of the dataset that `inputs.data` names"))
        }
        _ => Ok(judged),
    }
}

fn of_split(
    split: &Split,
    predicted: &Predicted,
    params: &Params,
    findings: &mut Vec<Finding>,
) -> Option<JudgedSplit> {
    let (mut places, mut given, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
    let (mut missing, mut unknown) = (0_u64, 0_u64);
    for (row, (label, key)) in split.labels.iter().zip(&split.keys).enumerate() {
        let Some(label) = label else { continue };
        match (predicted.of(key), predicted.place(*label)) {
            (None, _) => missing += 1,
            (Some(_), None) => unknown += 1,
            (Some(of_row), Some(label)) => {
                places.push(row);
                given.push(label);
                probabilities.extend(of_row);
            }
        }
    }
    let name = &split.name;
    if unknown > 0 {
        let what = format!("{unknown} rows of `{name}` have a label that no model knows");
        findings.push(not_judged(unknown, what));
    }
    if places.is_empty() {
        return None;
    }
    if missing > 0 {
        let what = format!("{missing} labelled rows of `{name}` have no prediction");
        findings.push(not_judged(missing, what));
    }
    let count = places.len() as u64;
    let Some(judged) = labels::Judged::new(given, probabilities, predicted.known.len()) else {
        let what = format!("{count} predicted rows of `{name}` have one label, all the same");
        findings.push(not_judged(count, what));
        return None;
    };
    Some(of_rows(&judged, &places, predicted, params))
}

fn of_rows(
    judged: &labels::Judged,
    places: &[usize],
    predicted: &Predicted,
    params: &Params,
) -> JudgedSplit {
    let mut issues = vec![false; places.len()];
    for row in label_issues(judged, &params.issues) {
        if let Some(issue) = issues.get_mut(row) {
            *issue = true;
        }
    }
    let class = |place: usize| predicted.known.get(place).copied().unwrap_or_default();
    let quality = label_quality(judged, params.quality);
    let of_rows = places.iter().zip(judged.rows()).zip(judged.likely()).zip(quality).zip(issues);
    let rows = of_rows.map(|((((row, (given, _)), likely), quality), issue)| JudgedRow {
        row: *row,
        given: class(given),
        likely: class(likely),
        quality,
        issue,
    });
    JudgedSplit {
        rows: rows.collect(),
        known: predicted.known.clone(),
        joint: confident_joint(judged),
        thresholds: confident_thresholds(judged),
    }
}

fn not_judged(rows: u64, what: String) -> Finding {
    let message = format!("{what}, and are not judged");
    Finding { rows: Some(rows), ..Finding::new(Severity::Warning, "D1711", message) }
}
