//! What is said of suspect labels.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Finding, Severity};
use ingot_statistics::labels;

use super::judge::Judged;
use super::percent;
use super::rows::Rows;
use super::suspects::{Reason, Suspect};

/// Most rows that a finding names.
const EXAMPLES: usize = 5;

/// What is said of the suspects by predictions, a split at a time.
pub(super) fn by_predictions(
    rows: &Rows,
    judged: &Judged,
    suspects: &[Suspect],
    severity: Severity,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let splits = rows.splits.iter().zip(&judged.splits).zip(rows.firsts());
    for (number, ((split, judged), first)) in splits.enumerate() {
        let here: Vec<&Suspect> = suspects
            .iter()
            .filter(|it| it.split == number && it.reasons.contains(&Reason::Predictions))
            .collect();
        let (Some(judged), Some(worst)) = (judged, here.first()) else { continue };
        let likely = worst.suggested.map(|class| rows.class(class)).unwrap_or_default();
        let message = format!(
            "`{}`: {} of {} labels of `{}` are likely wrong, where {} are estimated to be; the \
             worst is {}: given `{}`, likely `{likely}`",
            rows.label,
            here.len(),
            judged.rows.len(),
            split.name,
            percent(judged.joint.noise()),
            split.place(worst.row),
            rows.class(worst.given),
        );
        let mut examples: Vec<u64> =
            here.iter().take(EXAMPLES).map(|it| (first + it.row) as u64).collect();
        examples.sort_unstable();
        findings.push(Finding {
            column: Some(rows.label.clone()),
            rows: Some(here.len() as u64),
            examples,
            ..Finding::new(severity, "D1701", message)
        });
    }
    findings
}

/// Sets of equal rows with different labels, wherever the rows stand.
pub(super) struct Conflicts {
    /// The rows among all rows, rising.
    pub(super) rows: Vec<usize>,
    /// How many sets there are.
    pub(super) sets: usize,
    /// How many of them have rows of several splits.
    pub(super) across: usize,
}

impl Conflicts {
    /// What is said of them.
    pub(super) fn told(&self, rows: &Rows, severity: Severity) -> Option<Finding> {
        let first = *self.rows.first()?;
        let firsts = rows.firsts();
        let split = firsts.partition_point(|it| *it <= first).checked_sub(1)?;
        let within = first - firsts.get(split)?;
        let sets = if self.sets == 1 { "1 set".to_owned() } else { format!("{} sets", self.sets) };
        let across = match self.across {
            0 => String::new(),
            count => format!(" ({count} over several splits)"),
        };
        let message = format!(
            "`{}`: {} rows in {sets}{across} are equal and have different labels, such as {}",
            rows.label,
            self.rows.len(),
            rows.splits.get(split)?.place(within)
        );
        Some(Finding {
            column: Some(rows.label.clone()),
            rows: Some(self.rows.len() as u64),
            examples: self.rows.iter().take(EXAMPLES).map(|row| *row as u64).collect(),
            ..Finding::new(severity, "D1702", message)
        })
    }
}

/// The conflicts over all splits.
pub(super) fn conflicts(rows: &Rows) -> Conflicts {
    let values: Vec<_> = rows.splits.iter().flat_map(|split| &split.values).collect();
    let labels: Vec<Option<usize>> =
        rows.splits.iter().flat_map(|split| split.labels.iter().copied()).collect();
    let firsts = rows.firsts();
    let found = labels::conflicts(&values, &labels);
    let mut splits: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for conflict in &found {
        let split = firsts.partition_point(|first| *first <= conflict.row);
        splits.entry(conflict.set).or_default().insert(split);
    }
    Conflicts {
        rows: found.iter().map(|conflict| conflict.row).collect(),
        sets: splits.len(),
        across: splits.values().filter(|splits| splits.len() > 1).count(),
    }
}
