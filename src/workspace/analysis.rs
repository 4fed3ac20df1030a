//! [`Analysis`]: what a build of a workspace would do, and what that was found out from.

use super::{Stop, Workspace};
use crate::engine::forecast::{Cause, Forecast, Outlook, State, forecast};
use crate::engine::inputs::Inputs;
use crate::engine::reasons::{self, Reason, Subject};
use crate::plan::Plan;

/// A workspace's plan, what it reads, and what is foreseen of it.
#[derive(Clone, Copy)]
pub struct Analysis<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The plan.
    pub plan: &'a Plan,
    /// The digests of what it reads.
    pub inputs: &'a Inputs,
    /// What will happen to each step.
    pub forecast: &'a Forecast,
}

/// The forecast, with the engine's errors as the end of the command.
pub fn foresee(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    rerun: &[usize],
) -> Result<Forecast, Stop> {
    forecast(&outlook(workspace, plan, inputs, rerun))
        .map_err(|error| workspace.engine_stop(&error))
}

/// What a forecast of this workspace looks at.
pub fn outlook<'a>(
    workspace: &'a Workspace,
    plan: &'a Plan,
    inputs: &'a Inputs,
    rerun: &'a [usize],
) -> Outlook<'a> {
    let (store, gates_fail) = (&workspace.store, workspace.manifest.gates_fail);
    Outlook { plan, inputs, store, gates_fail, rerun }
}

impl Analysis<'_> {
    /// Why a step is in its state.
    pub fn reasons(&self, index: usize) -> Result<Vec<Reason>, Stop> {
        let Self { workspace, plan, inputs, forecast } = *self;
        let named = |what: Subject, steps: &[&usize]| -> Vec<Reason> {
            steps
                .iter()
                .map(|&&step| Reason { name: plan.steps[step].name.clone(), ..Reason::plain(what) })
                .collect()
        };
        Ok(match &forecast.states[index] {
            State::Hit(_) => Vec::new(),
            State::Run { cause: Cause::Lost, .. } => vec![Reason::plain(Subject::Lost)],
            State::Run { cause: Cause::Asked, .. } => vec![Reason::plain(Subject::Asked)],
            State::Run { action, .. } => {
                let last = workspace.lock.record(&plan.steps[index].name)?;
                let (last, sources, store) = (last.as_ref(), &workspace.sources, &workspace.store);
                reasons::reasons(plan, index, action, last, inputs, sources, store)
            }
            State::Depends { on } => {
                let waits = |step: &&usize| plan.steps[index].dependencies.contains(step);
                let (steps, twins): (Vec<&usize>, Vec<&usize>) = on.iter().partition(waits);
                let mut reasons = named(Subject::Step, &steps);
                reasons.extend(named(Subject::Twin, &twins));
                reasons
            }
            State::Blocked { by } => named(Subject::VerdictOf, &[by]),
        })
    }
}
