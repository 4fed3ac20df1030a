//! [`look_ahead`]: the actions of a plan's steps and their recorded results, found side
//! by side.
//!
//! A forecast goes step by step, for each one stands by those before it. What takes the
//! time (encoding actions, reading records) depends on the results of the inputs alone, so
//! it is done ahead, a layer of the graph at a time, on every core. Invariant: nothing is
//! found here that the forecast would not find itself; what could not be found, or not be
//! read, is left to it.

use std::sync::Arc;

use rayon::prelude::*;

use super::inputs::Inputs;
use super::known::Known;
use super::resolve::{Cuts, Resolved, resolve};
use super::{EngineError, Results};
use crate::model::action::ActionKey;
use crate::plan::Plan;
use crate::store::Store;

/// A step whose inputs are known.
pub struct Foreseen {
    /// Its action.
    pub resolved: Resolved,
    /// The action's key.
    pub key: ActionKey,
    /// What is recorded for the key.
    pub known: Option<Arc<Known>>,
}

/// What is found of a step whose dependencies are all in `results`.
pub fn find(
    plan: &Plan,
    index: usize,
    inputs: &Inputs,
    results: &Results,
    store: &Store,
) -> Result<Foreseen, EngineError> {
    let resolved = resolve(plan, index, inputs, results, Cuts::of(store))?;
    let key = resolved.action.key()?;
    let known = store.find(key)?.map(|result| Arc::new(Known::judge(&plan.steps[index], result)));
    Ok(Foreseen { resolved, key, known })
}

/// The same of every step that only waits for recorded results.
pub fn look_ahead(plan: &Plan, inputs: &Inputs, store: &Store) -> Vec<Option<Foreseen>> {
    let mut results = Results::new(plan.steps.len());
    let mut ahead: Vec<Option<Foreseen>> = plan.steps.iter().map(|_| None).collect();
    for layer in layers(plan) {
        let is_ready = |index: &usize| {
            let mut before = plan.steps[*index].dependencies.iter();
            before.all(|&before| results.get(before).is_some())
        };
        let ready: Vec<usize> = layer.into_iter().filter(is_ready).collect();
        let look = |index: usize| (index, find(plan, index, inputs, &results, store).ok());
        let found: Vec<(usize, Option<Foreseen>)> = match ready.as_slice() {
            // A chain has a layer a step: handing each to another thread would take longer.
            [] => continue,
            [only] => vec![look(*only)],
            _ => ready.into_par_iter().map(look).collect(),
        };
        for (index, found) in found {
            if let Some(known) = found.as_ref().and_then(|found| found.known.as_ref()) {
                results.set(index, Arc::clone(known));
            }
            ahead[index] = found;
        }
    }
    ahead
}

/// The steps by the length of the longest way to them.
fn layers(plan: &Plan) -> Vec<Vec<usize>> {
    let mut depth = vec![0; plan.steps.len()];
    let mut layers: Vec<Vec<usize>> = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        depth[index] = step.dependencies.iter().map(|&before| depth[before] + 1).max().unwrap_or(0);
        if layers.len() <= depth[index] {
            layers.resize_with(depth[index] + 1, Vec::new);
        }
        layers[depth[index]].push(index);
    }
    layers
}
