//! `ingot lock`: whether the lock agrees with the manifest and the workspace.

use clap::Args;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::{Diagnostic, Exit, escape};
use crate::engine::locked;
use crate::workspace::{LOCK, Stop};

/// Arguments of `ingot lock`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = arguments.selection.open(global)?;
    let plan = workspace.plan(&arguments.selection.targets)?;
    let inputs = workspace.inputs(&plan)?;
    let Some(lock) = workspace.lock.whole()? else {
        return Err(workspace.stop(vec![
            Diagnostic::error("E0901", format!("there is no {LOCK}"))
                .help("`ingot build` writes it; commit it"),
        ]));
    };
    let mismatches = locked::check(&plan, &inputs, &workspace.store, lock, &workspace.sources)
        .and_then(|keys| match keys.is_empty() {
            true => locked::check_results(&plan, &workspace.store, lock),
            false => Ok(keys),
        })
        .map_err(|error| workspace.engine_stop(&error))?;
    if output.json {
        for mismatch in &mismatches {
            let line = serde_json::json!({
                "event": "mismatch", "step": mismatch.step, "reasons": mismatch.reasons,
            });
            output.data(&format!("{line}\n"));
        }
    } else {
        for mismatch in &mismatches {
            output.data(&format!("{}\n", mismatch.step));
            for reason in &mismatch.reasons {
                let at = reason.at.as_ref().map(|at| format!("   ({at})")).unwrap_or_default();
                output.data(&format!("  {}{at}\n", escape::line(&reason.text())));
            }
        }
    }
    if mismatches.is_empty() {
        output.note(&format!("{LOCK} agrees with {} steps\n", plan.steps.len()));
        return Ok(Exit::Done);
    }
    output.note("\n`ingot build` brings the lock up to date\n");
    Ok(Exit::Locked)
}
