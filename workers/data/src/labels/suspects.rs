//! [`Suspect`]: a row whose label is likely wrong, why, and what it may be.

use std::collections::{BTreeMap, BTreeSet};

use ingot_statistics::labels::conflicts;

use super::TRAIN;
use super::judge::{Judged, JudgedRow};
use super::params::Params;
use super::rows::{Rows, Split};

/// What makes a label suspect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Equal rows of the split have another label: more of them, or as many.
    Conflict,
    /// Confident learning from predictions.
    Predictions,
}

impl Reason {
    /// Every reason, sorted by name.
    pub(super) const EVERY: [Self; 2] = [Self::Conflict, Self::Predictions];

    /// Its name in the params and in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Predictions => "predictions",
        }
    }
}

/// A row with a suspect label.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    /// The split, by its place among them.
    pub(super) split: usize,
    /// The row of the split.
    pub(super) row: usize,
    pub(super) given: usize,
    /// What the label likely is; nothing where equal rows do not agree on one.
    pub(super) suggested: Option<usize>,
    /// How likely the given label is right, by predictions.
    pub(super) quality: Option<f64>,
    /// Sorted; one at the least.
    pub(super) reasons: Vec<Reason>,
    /// Whether it is left out of `data`.
    pub(super) quarantined: bool,
}

/// The suspects of every split, the one with the least quality first; those without one behind
/// them, and what ties in the order of the rows.
pub(super) fn of(rows: &Rows, judged: &Judged) -> Vec<Suspect> {
    let mut suspects = Vec::new();
    for (number, (split, judged)) in rows.splits.iter().zip(&judged.splits).enumerate() {
        let judged = judged.as_ref().map(|judged| judged.rows.as_slice()).unwrap_or_default();
        suspects.extend(of_split(number, split, judged));
    }
    let quality = |suspect: &Suspect| suspect.quality.unwrap_or(f64::INFINITY);
    suspects.sort_by(|one, other| quality(one).total_cmp(&quality(other)));
    suspects
}

fn of_split(number: usize, split: &Split, judged: &[JudgedRow]) -> Vec<Suspect> {
    let mut suspects: BTreeMap<usize, Suspect> = BTreeMap::new();
    let suspect = |row, given| Suspect {
        split: number,
        row,
        given,
        suggested: None,
        quality: None,
        reasons: Vec::new(),
        quarantined: false,
    };
    for conflict in conflicts(&split.values, &split.labels) {
        let Some(Some(given)) = split.labels.get(conflict.row) else { continue };
        if conflict.most != Some(*given) {
            let suspect = Suspect { suggested: conflict.most, ..suspect(conflict.row, *given) };
            let suspect = Suspect { reasons: vec![Reason::Conflict], ..suspect };
            suspects.insert(conflict.row, suspect);
        }
    }
    for judged in judged {
        if judged.issue {
            let suspect =
                suspects.entry(judged.row).or_insert_with(|| suspect(judged.row, judged.given));
            suspect.suggested = Some(judged.likely);
            suspect.reasons.push(Reason::Predictions);
        }
        if let Some(suspect) = suspects.get_mut(&judged.row) {
            suspect.quality = Some(judged.quality);
        }
    }
    suspects.into_values().collect()
}

/// Marks those that are taken out of `train`, and says which rows of it they are.
pub(super) fn quarantined(
    suspects: &mut [Suspect],
    rows: &Rows,
    params: &Params,
) -> BTreeSet<usize> {
    let Some(quarantine) = &params.quarantine else { return BTreeSet::new() };
    let train = rows.splits.iter().position(|split| split.name == TRAIN);
    for suspect in suspects.iter_mut().filter(|suspect| Some(suspect.split) == train) {
        suspect.quarantined = suspect.reasons.iter().any(|it| quarantine.reasons.contains(it));
    }
    suspects.iter().filter(|suspect| suspect.quarantined).map(|suspect| suspect.row).collect()
}
