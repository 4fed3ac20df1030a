//! What outlives a build: durable records, the links of outputs, exports, the lock, and what
//! is given to the remote.

use rayon::prelude::*;

use super::BuildRequest;
use super::lock::Ended;
use crate::diag::Diagnostic;
use crate::engine::drive::Driven;
use crate::engine::event::BuildEvent;
use crate::engine::forecast::State;
use crate::engine::known::Known;
use crate::plan::Export;
use crate::store::{Store, StoreError};
use crate::workspace::analysis::Analysis;
use crate::workspace::{Stop, Workspace, exports, remotes};

/// Writes what outlives the build: durable records, output links, exports, lock. Gives what
/// is wrong with the exports that were refused.
pub(super) fn finish(
    analysis: Analysis<'_>,
    driven: &Driven,
    (request, exports): (&BuildRequest<'_>, &[&Export]),
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<Vec<Diagnostic>, Stop> {
    let Analysis { workspace, plan, forecast, .. } = analysis;
    let store_error = |error: StoreError| workspace.store_stop(&error);
    let _hold = workspace.store.hold().map_err(store_error)?;
    workspace.store.flush().map_err(store_error)?;
    let (results, store): (Vec<_>, _) = (driven.results.iter().collect(), &workspace.store);
    // What `--set` or a profile made is not the latest of what the manifest says.
    let results = if workspace.altered { Vec::new() } else { results };
    results
        .into_par_iter()
        .try_for_each(|(index, known)| {
            let is_hit = matches!(forecast.states[index], State::Hit(_));
            link_outputs(store, &plan.steps[index].name, known, is_hit)
        })
        .map_err(|error| workspace.store_stop(&error))?;
    let refused = exports::write(workspace, plan, exports, driven, emit);
    workspace.store.save_index().map_err(store_error)?;
    if workspace.altered {
        exports::elsewhere(&request.selection, plan, exports).into_iter().for_each(&mut *emit);
    }
    let ended = Ended { analysis, driven };
    match workspace.altered || request.locked || request.frozen {
        true => ended.register(workspace.lock.whole().ok().flatten()),
        false => ended.register(Some(&ended.write_lock(emit)?)),
    }?;
    Ok(refused)
}

/// Gives every result of the build to the remote, where there is one to give to.
pub(super) fn give(
    workspace: &Workspace,
    driven: &Driven,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<(), Stop> {
    let mut given = remotes::Given::default();
    // Who interrupts a build does not wait for a network.
    if workspace.store.gives() && !driven.interrupted {
        for (_, known) in driven.results.iter() {
            let gift = workspace.store.give(&known.result);
            given.add(gift.map_err(|error| workspace.store_stop(&error))?);
        }
    }
    if given.blobs > 0 {
        emit(BuildEvent::Note { step: None, message: given.line() });
    }
    Ok(())
}

/// Points each output's link at its view, where the store still has it; the links of
/// outputs that the step had once go. The view of what was made again is looked over: it
/// may be why.
fn link_outputs(store: &Store, step: &str, known: &Known, is_hit: bool) -> Result<(), StoreError> {
    store.unlink_others(step, &known.result.outputs)?;
    for (port, artifact) in &known.result.outputs {
        if !(is_hit && store.is_shown(step, port, artifact.content)?)
            && store.complete(&known.result, &[port])?
        {
            store.link_output(step, port, artifact.content)?;
        }
    }
    Ok(())
}
