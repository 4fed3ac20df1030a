//! What a build writes into the lock.
//!
//! Pure but for the splits that [`resolve`] looks up. Invariant: a partial
//! build updates the records of the steps it knows, keeps those of other
//! declared steps, and drops those that the manifest no longer has, with the
//! sources that no step reads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::forecast::Forecast;
use super::inputs::Inputs;
use super::resolve::{Cuts, resolve};
use super::{EngineError, Results};
use crate::lockfile::{Lock, SourceRecord, StepRecord};
use crate::plan::Plan;
use crate::store::Store;

/// The lock after a build. `declared` names every step of the manifest.
pub fn update(
    mut lock: Lock,
    declared: &[String],
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    results: &Results,
    store: &Store,
) -> Result<Lock, EngineError> {
    let declared: BTreeSet<&str> = declared.iter().map(String::as_str).collect();
    lock.steps.retain(|name, _| declared.contains(name.as_str()));
    for (index, known) in results.iter() {
        let step = &plan.steps[index];
        let resolved = match &forecast.hits[index] {
            Some(resolved) => Cow::Borrowed(resolved),
            None => Cow::Owned(resolve(plan, index, inputs, results, Cuts::of(store))?),
        };
        let record = StepRecord::new(
            &resolved.action,
            &resolved.references,
            step.determinism(),
            &known.result,
            known.verdict,
        );
        lock.steps.insert(step.name.clone(), record);
    }
    for (name, source) in inputs.sources() {
        let record = SourceRecord { path: source.path.clone(), content: source.content };
        lock.sources.insert(name.to_owned(), record);
    }
    let read: BTreeSet<String> = lock
        .steps
        .values()
        .flat_map(|step| step.inputs.values().flatten().map(|input| input.from.clone()))
        .collect();
    lock.sources.retain(|name, _| read.contains(name));
    Ok(lock)
}
