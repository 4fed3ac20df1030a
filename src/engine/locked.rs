//! `--locked`: every key is checked against the lock before anything runs.
//!
//! The outputs of a step that the store does not hold are taken from the lock,
//! so the check needs no build and works on an empty store; so is the content of
//! an artifact cut to splits. [`agrees`] checks a step again when it is about to
//! run and its inputs are real, [`differences`] what it gave or the store has: outputs,
//! metrics, findings and the verdict. Invariant: it reads the plan, the inputs' digests
//! and the lock, and of the store only what splits an artifact has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inputs::Inputs;
use super::known::Known;
use super::reasons::{self, Reason, Subject};
use super::resolve::{Cuts, Resolved, resolve};
use super::{EngineError, Results};
use crate::diag::Sources;
use crate::lockfile::{Difference, Lock, SourceRecord, StepRecord};
use crate::model::action::ActionKey;
use crate::model::artifact::{Artifact, Content};
use crate::model::diff::What;
use crate::model::result::{ActionResult, RESULT_VERSION, Verdict};
use crate::plan::{Plan, Step};
use crate::store::Store;

/// A step that is not as the lock has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The step.
    pub step: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Every step of the plan whose key the lock does not have, or of which it says what no
/// build would write, and every source that is not as the lock has it. Steps behind one
/// are not judged: their inputs are not known.
pub fn check(
    plan: &Plan,
    inputs: &Inputs,
    store: &Store,
    lock: &Lock,
    sources: &Sources,
) -> Result<Vec<Mismatch>, EngineError> {
    let mut results = Results::new(plan.steps.len());
    let mut mismatches = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        if step.dependencies.iter().any(|&before| results.get(before).is_none()) {
            continue;
        }
        let cuts = Cuts { store, locked: lock.steps.get(&step.name) };
        let Resolved { action, references } = resolve(plan, index, inputs, &results, cuts)?;
        let key = action.key()?;
        match lock.steps.get(&step.name) {
            Some(record) if record.key == key => {
                let result = from_record(record);
                let written = StepRecord::new(
                    &action,
                    &references,
                    step.determinism(),
                    &result,
                    record.verdict,
                );
                mismatches.extend(misstated(&step.name, record, &written));
                results.set(index, Arc::new(Known::judge(step, result)));
            }
            record => mismatches.push(Mismatch {
                step: step.name.clone(),
                reasons: reasons::reasons(plan, index, &action, record, inputs, sources, store),
            }),
        }
    }
    for (name, source) in inputs.sources() {
        let locked = lock.sources.get(name);
        let found = SourceRecord { path: source.path.clone(), content: source.content };
        let mut reasons = Vec::new();
        let old = locked.map(|it| it.content.short());
        reasons.extend(changed(Subject::Content, old, found.content.short()));
        reasons.extend(changed(Subject::Path, locked.map(|it| it.path.clone()), found.path));
        if !reasons.is_empty() && lock_reads(lock, name) {
            mismatches.push(Mismatch { step: name.to_owned(), reasons });
        }
    }
    Ok(mismatches)
}

/// Whether a step of the lock reads a source; who reads a new one has another key.
fn lock_reads(lock: &Lock, source: &str) -> bool {
    let mut inputs = lock.steps.values().flat_map(|step| step.inputs.values().flatten());
    inputs.any(|input| input.from == source)
}

/// What a record says that is in no key, and that a build would not write.
fn misstated(step: &str, record: &StepRecord, written: &StepRecord) -> Option<Mismatch> {
    let promise = |record: &StepRecord| format!("{:?}", record.determinism).to_lowercase();
    let mut reasons = Vec::new();
    reasons.extend(changed(Subject::Determinism, Some(promise(record)), promise(written)));
    let weak = |record: &StepRecord| record.weak_identity.to_string();
    reasons.extend(changed(Subject::WeakIdentity, Some(weak(record)), weak(written)));
    if reasons.is_empty() && record != written {
        reasons.push(Reason::plain(Subject::Record));
    }
    (!reasons.is_empty()).then(|| Mismatch { step: step.to_owned(), reasons })
}

fn changed(what: Subject, old: Option<String>, new: String) -> Option<Reason> {
    (old.as_deref() != Some(&*new)).then(|| Reason { old, new: Some(new), ..Reason::plain(what) })
}

/// Whether the lock has this key for a step.
pub fn agrees(lock: &Lock, step: &str, key: ActionKey) -> bool {
    lock.steps.get(step).is_some_and(|record| record.key == key)
}

/// What of a result is not as the lock has it.
pub fn differences(lock: &Lock, step: &Step, known: &Known) -> Vec<Difference> {
    lock.check_result(&step.name, &known.result, known.verdict)
}

/// The steps of which the lock itself says another verdict than its metrics, its findings
/// and the manifest's gates give.
pub fn misjudged(plan: &Plan, lock: &Lock) -> Vec<Mismatch> {
    let of = |step: &Step| {
        let known = Known::judge(step, from_record(lock.steps.get(&step.name)?));
        mismatch(step, &differences(lock, step, &known))
    };
    plan.steps.iter().filter_map(of).collect()
}

/// The steps whose results in the store are not as the lock has them; of the others, those
/// that the lock misjudges. The keys agree.
pub fn check_results(
    plan: &Plan,
    store: &Store,
    lock: &Lock,
) -> Result<Vec<Mismatch>, EngineError> {
    let mut mismatches = misjudged(plan, lock);
    for step in &plan.steps {
        let Some(record) = lock.steps.get(&step.name) else { continue };
        let Some(result) = store.get(record.key)? else { continue };
        let found = mismatch(step, &differences(lock, step, &Known::judge(step, result)));
        mismatches.retain(|one| one.step != step.name);
        mismatches.extend(found);
    }
    Ok(mismatches)
}

fn mismatch(step: &Step, differences: &[Difference]) -> Option<Mismatch> {
    let reasons = differences.iter().map(reason).collect();
    (!differences.is_empty()).then(|| Mismatch { step: step.name.clone(), reasons })
}

fn reason(difference: &Difference) -> Reason {
    let (what, name, old, new) = match difference {
        Difference::Output { port, locked, found, .. } => {
            let short = |content: &Option<Content>| content.map(|content| content.short());
            (Subject::Part(What::Output), port.clone(), short(locked), short(found))
        }
        Difference::Metric { name, locked, found, .. } => {
            (Subject::Metric, name.clone(), locked.clone(), found.clone())
        }
        Difference::Verdict { locked, found, .. } => {
            (Subject::Verdict, String::new(), Some(word(*locked)), Some(word(*found)))
        }
        Difference::Findings { .. } => (Subject::Findings, String::new(), None, None),
        Difference::Absent { .. } => (Subject::Record, String::new(), None, None),
    };
    Reason { name, old, new, ..Reason::plain(what) }
}

fn word(verdict: Verdict) -> String {
    format!("{verdict:?}").to_lowercase()
}

/// The first difference between a step and the lock, about the step.
pub fn said(difference: &Difference) -> String {
    let is = |what: String, found: Option<String>, locked: Option<String>| {
        let none = || "none".to_owned();
        format!(
            "{what} is {}, the lock has {}",
            found.unwrap_or_else(none),
            locked.unwrap_or_else(none)
        )
    };
    let Reason { what, name, old, new, .. } = reason(difference);
    match (what, name.as_str()) {
        (Subject::Findings, _) => "its findings are not those in the lock".to_owned(),
        (Subject::Record, _) => "the lock does not know it".to_owned(),
        (what, "") => is(format!("its {}", what.word()), new, old),
        (what, name) => is(format!("its {} `{name}`", what.word()), new, old),
    }
}

/// A result as far as the lock remembers it.
fn from_record(record: &StepRecord) -> ActionResult {
    let outputs: BTreeMap<String, Artifact> =
        record.outputs.iter().map(|(port, output)| (port.clone(), output.clone())).collect();
    ActionResult {
        version: RESULT_VERSION,
        key: record.key,
        outputs,
        metrics: record.metrics.clone(),
        findings: record.findings.clone(),
    }
}
