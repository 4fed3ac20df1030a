//! [`Forecast`]: what a build will do, before it does it.
//!
//! Three passes. Forward: a step whose inputs are all known is resolved and
//! looked up; a hit makes its outputs known, a miss makes what consumes it
//! `depends`. Where a tree is too broken to be cut to splits, its producer runs
//! again, and what reads the cut `depends`. Backward: a hit counts only if the
//! blobs that a target or a step about to run will read are there; else it runs
//! again, alone. A result of the remote that is not whole was none: everything is
//! foreseen again without it. What `build` then does is exactly this, but for
//! `depends`, which it settles as it goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::inputs::Inputs;
use super::known::Known;
use super::look_ahead::{self, Foreseen, look_ahead};
use super::resolve::{Cuts, Resolved, resolve};
use super::{EngineError, Results};
use crate::model::action::{Action, ActionKey};
use crate::model::result::Verdict;
use crate::plan::{Cut, Origin, Plan};
use crate::store::Store;

/// What will happen to a step.
#[derive(Debug, Clone)]
pub enum State {
    /// The store holds its result, and every blob of it that is needed.
    Hit(Arc<Known>),
    /// It runs.
    Run {
        /// The action.
        action: Box<Action>,
        /// Its key.
        key: ActionKey,
        /// Why a lookup is not enough.
        cause: Cause,
    },
    /// Its key depends on the outputs of steps that run, or is that of one.
    Depends {
        /// Indices of those steps.
        on: Vec<usize>,
    },
    /// A step before it has a verdict that is no pass.
    Blocked {
        /// Index of that step.
        by: usize,
    },
}

/// Why a step runs whose action is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The store has no result for its key.
    Missing,
    /// The result is known, and a blob of it that is needed is gone.
    Lost,
    /// The user asked for it.
    Asked,
}

/// The state of every step of a plan.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// In the plan's order.
    pub states: Vec<State>,
    /// What each hit was resolved to, so that it is not resolved again.
    pub hits: Vec<Option<Resolved>>,
    /// The output ports of each step that a target, an export or a step about
    /// to run will read; sorted.
    pub needed: Vec<Vec<String>>,
}

impl Forecast {
    /// Indices of the steps that run or may run.
    pub fn running(&self) -> impl Iterator<Item = usize> {
        let runs = |state: &State| matches!(state, State::Run { .. } | State::Depends { .. });
        let states = self.states.iter().enumerate();
        states.filter(move |(_, state)| runs(state)).map(|(index, _)| index)
    }
}

/// What a forecast looks at.
#[derive(Debug, Clone, Copy)]
pub struct Outlook<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The digests of what the workspace holds.
    pub inputs: &'a Inputs,
    /// The store.
    pub store: &'a Store,
    /// Whether a verdict that is no pass holds back what consumes the step.
    pub gates_fail: bool,
    /// Steps that run whatever the store holds.
    pub rerun: &'a [usize],
}

/// Foresees a build.
pub fn forecast(outlook: &Outlook<'_>) -> Result<Forecast, EngineError> {
    loop {
        // Each round passes over one more result of the remote.
        if let Some(forecast) = foresee(outlook)? {
            return Ok(forecast);
        }
    }
}

/// Foresees a build, and brings here what it needs of its hits. What cannot be had is
/// foreseen to run.
pub fn forecast_and_fetch(outlook: &Outlook<'_>) -> Result<Forecast, EngineError> {
    loop {
        let forecast = forecast(outlook)?;
        let mut whole = true;
        for (state, ports) in forecast.states.iter().zip(&forecast.needed) {
            if let State::Hit(known) = state {
                let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
                whole &= outlook.store.fetch(&known.result, &ports)?;
            }
        }
        if whole {
            return Ok(forecast);
        }
    }
}

fn foresee(outlook: &Outlook<'_>) -> Result<Option<Forecast>, EngineError> {
    let count = outlook.plan.steps.len();
    let mut states = Vec::with_capacity(count);
    let mut hits = Vec::with_capacity(count);
    let mut results = Results::new(count);
    let mut first_of: BTreeMap<ActionKey, usize> = BTreeMap::new();
    let ahead = look_ahead(outlook.plan, outlook.inputs, outlook.store);
    for (index, found) in ahead.into_iter().enumerate() {
        let (mut state, hit) = match look_up(outlook, index, found, &results, &states) {
            Err(error) if error.is_loss() => {
                let on = unreadable(outlook, index, &results);
                if on.is_empty() {
                    return Err(error);
                }
                if is_of_the_remote(outlook, &on, &results)? {
                    return Ok(None);
                }
                for &producer in &on {
                    states[producer] = run(outlook, producer, &results, Cause::Lost)?;
                }
                (State::Depends { on }, None)
            }
            found => found?,
        };
        if let State::Run { key, .. } = &state {
            // Two steps of one action: the first runs it, the other waits for it.
            let first = *first_of.entry(*key).or_insert(index);
            if first != index && !outlook.rerun.contains(&index) {
                state = State::Depends { on: vec![first] };
            }
        }
        if let State::Hit(known) = &state {
            results.set(index, Arc::clone(known));
        }
        states.push(state);
        hits.push(hit);
    }
    let Some(needed) = demand(outlook, &results, &mut states)? else { return Ok(None) };
    once(&mut states);
    Ok(Some(Forecast { states, hits, needed }))
}

/// Of the steps of one action that lost the same output, the first runs.
fn once(states: &mut [State]) {
    let mut first_of: BTreeMap<ActionKey, usize> = BTreeMap::new();
    for (index, state) in states.iter_mut().enumerate() {
        if let State::Run { key, cause: Cause::Lost, .. } = state {
            let first = *first_of.entry(*key).or_insert(index);
            if first != index {
                *state = State::Depends { on: vec![first] };
            }
        }
    }
}

fn look_up(
    outlook: &Outlook<'_>,
    index: usize,
    found: Option<Foreseen>,
    results: &Results,
    states: &[State],
) -> Result<(State, Option<Resolved>), EngineError> {
    let Outlook { plan, inputs, store, gates_fail, rerun } = *outlook;
    let step = &plan.steps[index];
    if let Some(by) = blocker(plan, index, gates_fail, |before| match &states[before] {
        State::Blocked { .. } => Standing::Blocked,
        State::Hit(known) => Standing::Known(known.verdict),
        State::Run { .. } | State::Depends { .. } => Standing::Open,
    }) {
        return Ok((State::Blocked { by }, None));
    }
    let on: Vec<usize> = step
        .dependencies
        .iter()
        .copied()
        .filter(|&before| !matches!(states[before], State::Hit(_) | State::Blocked { .. }))
        .collect();
    if !on.is_empty() {
        return Ok((State::Depends { on }, None));
    }
    let Foreseen { resolved, key, known } = match found {
        Some(found) => found,
        None => look_ahead::find(plan, index, inputs, results, store)?,
    };
    let run = |cause, resolved: Resolved| {
        (State::Run { action: Box::new(resolved.action), key, cause }, None)
    };
    if rerun.contains(&index) {
        return Ok(run(Cause::Asked, resolved));
    }
    Ok(match known {
        Some(known) => (State::Hit(known), Some(resolved)),
        None => run(Cause::Missing, resolved),
    })
}

/// The producers of what a step reads a part of, where the whole is too broken to say
/// which parts there are: without them it has no key.
fn unreadable(outlook: &Outlook<'_>, index: usize, results: &Results) -> Vec<usize> {
    let mut producers = Vec::new();
    for (_, feed) in outlook.plan.steps[index].feeds() {
        if let Cut::Reads { pattern, .. } | Cut::Asked { pattern, .. } = &feed.cut
            && let Origin::Output { step, port } = &feed.origin
            && let Some(artifact) =
                results.get(*step).and_then(|known| known.result.outputs.get(port))
            && outlook.store.splits(artifact.content, pattern).is_err()
        {
            producers.push(*step);
        }
    }
    producers.sort_unstable();
    producers.dedup();
    producers
}

/// Whether one of these results is the remote's, and now passed over since it is broken.
fn is_of_the_remote(
    outlook: &Outlook<'_>,
    steps: &[usize],
    results: &Results,
) -> Result<bool, EngineError> {
    let store = outlook.store;
    let mut found = false;
    for known in steps.iter().filter_map(|&step| results.get(step)) {
        let ports: Vec<&str> = known.result.outputs.keys().map(String::as_str).collect();
        found |=
            store.get(known.result.key)?.is_none() && !store.available(&known.result, &ports)?;
    }
    Ok(found)
}

/// The state of a step that runs although its result is known.
fn run(
    outlook: &Outlook<'_>,
    index: usize,
    results: &Results,
    cause: Cause,
) -> Result<State, EngineError> {
    let Outlook { plan, inputs, store, .. } = *outlook;
    let action = resolve(plan, index, inputs, results, Cuts::of(store))?.action;
    let key = action.key()?;
    Ok(State::Run { action: Box::new(action), key, cause })
}

/// How a step stands while others are judged by it.
pub enum Standing {
    /// Its verdict is known.
    Known(Verdict),
    /// It is blocked or has failed.
    Blocked,
    /// It is not done.
    Open,
}

/// The first dependency that keeps a step from running.
pub fn blocker(
    plan: &Plan,
    index: usize,
    gates_fail: bool,
    standing: impl Fn(usize) -> Standing,
) -> Option<usize> {
    let step = &plan.steps[index];
    step.dependencies.iter().copied().find(|&before| match standing(before) {
        // Who accepts a failed verdict accepts a result that has one, not the lack of it.
        Standing::Blocked => true,
        Standing::Known(verdict) => {
            gates_fail
                && verdict != Verdict::Pass
                && (!step.kind.accepts_failed || step.requires.contains(&before))
        }
        Standing::Open => false,
    })
}

/// Turns hits whose needed blobs are lost into runs, from the targets back. Nothing where
/// one of them was the remote's: then it never was a hit.
fn demand(
    outlook: &Outlook<'_>,
    results: &Results,
    states: &mut [State],
) -> Result<Option<Vec<Vec<String>>>, EngineError> {
    let Outlook { plan, store, .. } = *outlook;
    let mut needed: Vec<Vec<&str>> = vec![Vec::new(); plan.steps.len()];
    for &target in &plan.targets {
        needed[target].extend(plan.steps[target].outputs.keys().map(String::as_str));
    }
    for export in &plan.exports {
        needed[export.step].push(&export.port);
    }
    for index in (0..plan.steps.len()).rev() {
        needed[index].sort_unstable();
        needed[index].dedup();
        if let State::Hit(known) = &states[index] {
            if store.available(&known.result, &needed[index])? {
                continue;
            }
            if store.get(known.result.key)?.is_none() {
                return Ok(None);
            }
            states[index] = run(outlook, index, results, Cause::Lost)?;
        }
        if matches!(states[index], State::Run { .. } | State::Depends { .. }) {
            for (_, feed) in plan.steps[index].feeds() {
                if let Origin::Output { step, port } = &feed.origin {
                    needed[*step].push(port);
                }
            }
        }
    }
    let owned = |ports: Vec<&str>| ports.into_iter().map(str::to_owned).collect();
    Ok(Some(needed.into_iter().map(owned).collect()))
}
