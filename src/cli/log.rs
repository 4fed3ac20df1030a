//! `ingot log STEP`: what a step wrote while it ran last.

use clap::Args;

use super::exit::{Exit, Stop};
use super::output::Output;
use super::plan::foresee;
use super::workspace::Workspace;
use super::{Global, Selection};
use crate::diag::Diagnostic;
use crate::engine::forecast::State;
use crate::sys::fs;

/// Arguments of `ingot log`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Workspace::open(global, &Selection::default())?;
    let plan = workspace.plan(std::slice::from_ref(&arguments.step))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let mut found = false;
    for &index in &plan.targets {
        let key = match &forecast.states[index] {
            State::Hit(known) => known.result.key,
            State::Run { key, .. } => *key,
            State::Depends { .. } | State::Blocked { .. } => continue,
        };
        if let Ok(Some(bytes)) = fs::read_optional(&workspace.store.log_path(key)) {
            output.data(&String::from_utf8_lossy(&bytes));
            if bytes.is_empty() {
                output.note(&format!("`{}` wrote no log\n", plan.steps[index].name));
            }
            found = true;
        }
    }
    if found {
        return Ok(Exit::Done);
    }
    Err(workspace.stop(vec![
        Diagnostic::error("E1007", format!("`{}` has no log for this manifest", arguments.step))
            .help(format!(
                "a step from another machine's store brings none; `ingot build --rerun {}` makes one",
                arguments.step
            )),
    ]))
}
