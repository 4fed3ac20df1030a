//! What a build leases of the store before it runs anything: its hits, what its steps
//! read, the plugins among them, and the actions that it is about to run.

use std::time::Duration;

use super::forecast::{Forecast, State};
use super::inputs::Inputs;
use super::job::{Job, JobProvider};
use crate::model::action::Action;
use crate::model::artifact::Content;
use crate::plan::Plan;
use crate::store::lease::Lease;
use crate::store::{Store, StoreError};

/// The lease of a build that `began` then; nothing where nothing may run. The caller
/// has held the store since before it looked anything up.
pub fn lease(
    store: &Store,
    (plan, inputs): (&Plan, &Inputs),
    forecast: &Forecast,
    began: Duration,
) -> Result<Option<Lease>, StoreError> {
    let runs = |state: &State| matches!(state, State::Run { .. } | State::Depends { .. });
    if !forecast.states.iter().any(runs) {
        return Ok(None);
    }
    let lease = store.lease()?;
    lease.begin(began)?;
    let keys = forecast.states.iter().filter_map(|state| match state {
        State::Hit(known) => Some(known.result.key),
        State::Run { key, .. } => Some(*key),
        State::Depends { .. } | State::Blocked { .. } => None,
    });
    let read = forecast.states.iter().filter_map(|state| match state {
        State::Run { action, .. } => Some(reads(action)),
        _ => None,
    });
    let steps = forecast.states.iter().zip(&plan.steps).filter(|(state, _)| runs(state));
    let components = steps.filter_map(|(_, step)| step.provider.component());
    lease.add(keys, inputs.contents().chain(read.flatten()).chain(components))?;
    Ok(Some(lease))
}

/// Every content that running a job takes.
pub fn takes(job: &Job) -> impl Iterator<Item = Content> {
    let component = match &job.provider {
        JobProvider::Plugin { component, .. } => {
            Some(Content::File { digest: *component, executable: false })
        }
        JobProvider::Worker | JobProvider::Command { .. } => None,
    };
    reads(&job.action).chain(component)
}

/// Every content that an action reads.
pub fn reads(action: &Action) -> impl Iterator<Item = Content> {
    action.inputs.values().flatten().map(|input| input.content)
}
