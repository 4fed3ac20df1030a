//! `--locked`: every key is checked against the lock before anything runs.
//!
//! The outputs of a step that the store does not hold are taken from the lock,
//! so the check needs no build and works on an empty store; so is the content of
//! an artifact cut to splits. [`agrees`] checks a step again when it is about to
//! run and its inputs are real. Invariant: it reads the plan, the inputs' digests
//! and the lock, and of the store only what splits an artifact has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inputs::Inputs;
use super::known::Known;
use super::reasons::{self, Reason};
use super::resolve::{Cuts, resolve};
use super::{EngineError, Results};
use crate::diag::Sources;
use crate::lockfile::{Lock, StepRecord};
use crate::model::action::ActionKey;
use crate::model::artifact::Artifact;
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::plan::Plan;
use crate::store::Store;

/// A step that is not as the lock has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The step.
    pub step: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Every step of the plan whose key the lock does not have. Steps behind one
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
        let action = resolve(plan, index, inputs, &results, cuts)?.action;
        let key = action.key()?;
        match lock.steps.get(&step.name) {
            Some(record) if record.key == key => {
                let known = Known::judge(step, from_record(record));
                results.set(index, Arc::new(known));
            }
            record => mismatches.push(Mismatch {
                step: step.name.clone(),
                reasons: reasons::reasons(plan, index, &action, record, inputs, sources, store),
            }),
        }
    }
    Ok(mismatches)
}

/// Whether the lock has this key for a step.
pub fn agrees(lock: &Lock, step: &str, key: ActionKey) -> bool {
    lock.steps.get(step).is_some_and(|record| record.key == key)
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
