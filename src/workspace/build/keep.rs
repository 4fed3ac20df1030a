//! Keeps a build as a run: which variant of the manifest it was, and what it gave.
//!
//! A build adds a run if a step ran or failed, if it was interrupted, or if no run so far was
//! the same variant with the same results: asking again for what is there is no new run, and
//! would drown those that are. So a build that finds everything done by its memo writes
//! nothing: the build that left the memo was kept. Invariant: no value of a secret is in a
//! run, and what cannot be kept costs the build nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use super::BuildRequest;
use crate::diag::Exit;
use crate::engine::drive::Driven;
use crate::engine::targets;
use crate::plan::Plan;
use crate::runner::mask::{Mask, SHORTEST};
use crate::store::StoreError;
use crate::store::runs::{Run, StepRun, VERSION};
use crate::sys::{clock, env};
use crate::workspace::Workspace;
use crate::workspace::checkout::{self, Checkout};

/// A build that has ended.
pub(super) struct Ended<'a> {
    /// What was asked for.
    pub request: &'a BuildRequest<'a>,
    /// The plan.
    pub plan: &'a Plan,
    /// What ran.
    pub driven: &'a Driven,
    /// What was checked out when it began, where a step was about to run.
    pub checkout: Option<Checkout>,
    /// How it ended.
    pub exit: Exit,
}

/// Keeps a build; gives its number, where it is a new run.
pub(super) fn keep(workspace: &Workspace, ended: Ended<'_>) -> Result<Option<u64>, StoreError> {
    let mut run = of(workspace, &ended);
    hide(&mut run, &mask(workspace));
    run = run.settled();
    let (store, root) = (&workspace.store, &workspace.root);
    if run.executed + run.failed == 0 && !ended.driven.interrupted {
        if let Some(variant) = run.variant
            && store.has_variant(root, variant)?
        {
            return Ok(None);
        }
        let checkout = checkout::find(root);
        run.revision = checkout.as_ref().map(|found| found.revision.clone());
        run.dirty = checkout.and_then(|found| found.dirty);
    }
    store.add_run(root, run).map(Some)
}

fn of(workspace: &Workspace, ended: &Ended<'_>) -> Run {
    let Ended { request, plan, driven, checkout, exit } = ended;
    let manifest = &workspace.manifest;
    let default = || manifest.default.iter().map(|target| target.value.clone()).collect();
    let targets: Vec<String> = match request.selection.targets.as_slice() {
        [] => default(),
        targets => targets.iter().map(|target| manifest.full_name(target)).collect(),
    };
    let mut steps = targets::with_numbers(plan, &driven.results);
    steps.extend(&plan.targets);
    let result = |step: usize| {
        let known = driven.results.get(step);
        StepRun {
            outcome: driven.outcomes[step].to_owned(),
            key: known.map(|known| known.result.key),
            verdict: known.map(|known| known.verdict),
            metrics: known.map(|known| known.result.metrics.clone()).unwrap_or_default(),
        }
    };
    let summary = driven.summary;
    Run {
        version: VERSION,
        number: 0,
        begun: request.began.as_secs(),
        seconds: clock::now().saturating_sub(request.began).as_secs_f64(),
        revision: checkout.as_ref().map(|found| found.revision.clone()),
        dirty: checkout.as_ref().and_then(|found| found.dirty),
        targets,
        profile: request.selection.profile.clone(),
        set: request.selection.set.iter().cloned().collect(),
        params: manifest.params.iter().map(|(name, node)| (name.clone(), node.to_json())).collect(),
        steps: summary.steps,
        executed: summary.executed,
        cached: summary.cached,
        failed: summary.failed,
        blocked: summary.blocked,
        exit: exit.number(),
        variant: None,
        results: steps.into_iter().map(|at| (plan.steps[at].name.clone(), result(at))).collect(),
    }
}

/// What masks the secrets of every step.
fn mask(workspace: &Workspace) -> Mask {
    let commands = workspace.manifest.steps.values().filter_map(|step| step.command.as_ref());
    let names = commands.flat_map(|command| &command.secrets);
    let values: Vec<OsString> = names.filter_map(|name| env::variable_os(&name.value)).collect();
    let values = values.iter().map(|value| value.as_bytes());
    Mask::new(values.filter(|value| value.len() >= SHORTEST))
}

/// Masks whatever a person or the manifest wrote.
fn hide(run: &mut Run, mask: &Mask) {
    let text = |text: &mut String| *text = mask.text(text);
    run.targets.iter_mut().for_each(text);
    run.profile.iter_mut().for_each(text);
    run.set.values_mut().for_each(text);
    run.params.values_mut().for_each(|value| hide_value(value, mask));
    let results: BTreeMap<String, StepRun> = std::mem::take(&mut run.results);
    run.results = results.into_iter().map(|(step, given)| (mask.text(&step), given)).collect();
}

fn hide_value(value: &mut Value, mask: &Mask) {
    match value {
        Value::String(text) => *text = mask.text(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_value(item, mask)),
        Value::Object(entries) => entries.values_mut().for_each(|item| hide_value(item, mask)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
