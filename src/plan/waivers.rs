//! Waivers put on the steps that they name: the step found, the finding too. Pure.
//!
//! Invariant: a waiver stands on one step, one that is declared or implied, and names what
//! that step can find; no two waivers cover the same finding. A kind that does not say what
//! it finds (a command, a plugin) is believed: there a waiver names a code.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Origin, Step};
use crate::diag::Diagnostic;
use crate::kinds::params::nearest;
use crate::manifest::Day;
use crate::manifest::{Manifest, Waiver as Written};

/// A waiver of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// As the manifest has it.
    pub written: Written,
    /// The codes of the findings that it covers.
    pub codes: BTreeSet<String>,
    /// Whether its last day is over.
    pub expired: bool,
}

impl Waiver {
    /// Whether both may cover one finding; the one with `rows` and the one without never do.
    fn meets(&self, other: &Self) -> bool {
        if self.written.rows.is_some() != other.written.rows.is_some() {
            return false;
        }
        let column = |waiver: &Self| waiver.written.column.as_ref().map(|it| it.value.clone());
        let is_one = column(self).zip(column(other)).is_none_or(|(one, other)| one == other);
        is_one && !self.codes.is_disjoint(&other.codes)
    }
}

/// Marks the waivers whose last day is over.
pub(super) fn expire(steps: &mut [Step], today: Day) {
    for waiver in steps.iter_mut().flat_map(|step| &mut step.waivers) {
        waiver.expired = waiver.written.until.value < today;
    }
}

/// Puts every waiver of the manifest on its step.
pub(super) fn attach(manifest: &Manifest, steps: &mut [Step], diagnostics: &mut Vec<Diagnostic>) {
    if manifest.waivers.is_empty() {
        return;
    }
    let positions: HashMap<String, usize> =
        steps.iter().enumerate().map(|(index, step)| (step.name.clone(), index)).collect();
    for written in &manifest.waivers {
        let Some(index) = find(manifest, steps, &positions, written, diagnostics) else { continue };
        let Some(codes) = codes(steps, index, written, diagnostics) else { continue };
        let waiver = Waiver { written: written.clone(), codes, expired: false };
        let Some(step) = steps.get_mut(index) else { continue };
        match step.waivers.iter().find(|other| waiver.meets(other)) {
            Some(other) => diagnostics.push(
                Diagnostic::error(
                    "E0228",
                    format!("two waivers of `{}` cover {}", step.name, written.about()),
                )
                .label(other.written.span, "this one")
                .label(written.span, "and this one")
                .help("make one of them, or give each a `column`"),
            ),
            None => step.waivers.push(waiver),
        }
    }
}

/// The step that a waiver names.
fn find(
    manifest: &Manifest,
    steps: &[Step],
    positions: &HashMap<String, usize>,
    waiver: &Written,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let name = &waiver.step.value;
    if let Some(&index) = positions.get(name) {
        return Some(index);
    }
    let points = manifest.matching(name);
    match points.as_slice() {
        // Of an unknown kind, which is said already.
        [point] => return positions.get(*point).copied(),
        [first, ..] => diagnostics.push(
            Diagnostic::error("E0310", format!("`{name}` has {} points", points.len()))
                .label(waiver.step.span, "")
                .help(format!("name the one that finds it, such as `{first}`")),
        ),
        [] => {
            let mistake = Diagnostic::error("E0301", format!("there is no step `{name}`"))
                .label(waiver.step.span, "");
            let known = steps.iter().map(|step| step.name.as_str());
            let known = known.chain(manifest.points.keys().map(String::as_str));
            diagnostics.push(match nearest(name, known) {
                Some(near) => mistake.help(format!("did you mean `{near}`?")),
                None => mistake.help("a waiver names the step that finds the error"),
            });
        }
    }
    None
}

/// The codes of the findings that a waiver names.
fn codes(
    steps: &[Step],
    index: usize,
    waiver: &Written,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeSet<String>> {
    let step = steps.get(index)?;
    let (names, is_whole) = names(steps, step);
    let finding = &waiver.finding;
    if let Some(codes) = names.get(finding.value.as_str()) {
        return Some(codes.iter().map(|code| (*code).to_owned()).collect());
    }
    let called = names.iter().find(|(_, codes)| codes.contains(finding.value.as_str()));
    if called.is_none() && !is_whole {
        return Some(BTreeSet::from([finding.value.clone()]));
    }
    let message =
        format!("`{}` is nothing that `{}` finds ({})", finding.value, step.name, step.kind.name);
    let mistake = Diagnostic::error("E0323", message).label(finding.span, "");
    diagnostics.push(match (called, nearest(&finding.value, names.keys().copied())) {
        (Some((name, _)), _) => mistake.help(format!("it is called `{name}`")),
        (None, Some(near)) => mistake.help(format!("did you mean `{near}`?")),
        (None, None) => {
            let known: Vec<&str> = names.keys().copied().collect();
            mistake.help(format!("it finds {}", known.join(", ")))
        }
    });
    None
}

/// Name -> code of all that a step can find, and whether that is all.
fn names<'a>(steps: &'a [Step], step: &'a Step) -> (BTreeMap<&'a str, BTreeSet<&'a str>>, bool) {
    let repeats = |port: &str| {
        let declared = step.kind.inputs.iter().find(|declared| declared.name == port);
        declared.is_some_and(|declared| declared.repeats)
    };
    let others =
        step.feeds().filter(|(port, _)| repeats(port)).filter_map(|(_, feed)| match &feed.origin {
            Origin::Output { step, .. } => steps.get(*step),
            _ => None,
        });
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut is_whole = true;
    for one in others.chain([step]) {
        is_whole &= !one.kind.findings.is_empty();
        for (name, code) in &one.kind.findings {
            names.entry(name).or_default().insert(code);
        }
    }
    (names, is_whole)
}
