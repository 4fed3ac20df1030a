//! `ingot plan`: what a build would do, and why. `build` then does exactly that.

use clap::Args;
use serde::Serialize;

use super::build::pools;
use super::output::Output;
use super::{CacheFrom, Global, Selection};
use crate::diag::Exit;
use crate::engine::estimate;
use crate::engine::forecast::{Cause, Forecast, Outlook, State, forecast};
use crate::engine::inputs::Inputs;
use crate::engine::reasons::{self, Reason};
use crate::plan::Plan;
use crate::report::summary::time;
use crate::report::table;
use crate::workspace::{Stop, Workspace, forms, remotes};

/// Arguments of `ingot plan`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    from: CacheFrom,
}

/// One line of `--json`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    step: &'a str,
    kind: &'a str,
    state: &'static str,
    reasons: Vec<Reason>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let mut workspace = arguments.selection.open_to_look(global)?;
    let from = arguments.from.folder(&workspace.settings)?;
    workspace.attach(from.as_deref(), None)?;
    let plan = workspace.plan(&arguments.selection.targets)?;
    let inputs = workspace.inputs(&plan)?;
    forms::check(&workspace, &plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    output.diagnostics(&remotes::troubles(&workspace.store), &workspace.sources);
    if forecast.states.iter().any(|state| matches!(state, State::Run { .. })) {
        workspace.lock.whole()?;
    }
    let lines = (0..plan.steps.len())
        .map(|index| {
            Ok(Line {
                event: "step",
                step: &plan.steps[index].name,
                kind: &plan.steps[index].kind.name,
                state: word(&forecast.states[index]),
                reasons: reasons_of(&workspace, &plan, &inputs, &forecast, index)?,
            })
        })
        .collect::<Result<Vec<Line<'_>>, Stop>>()?;
    if output.json {
        for line in &lines {
            output.data(&format!("{}\n", serde_json::to_string(line).unwrap_or_default()));
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![line.state.into(), line.step.into(), line.kind.into(), first_two(&line.reasons)]
        })
        .collect();
    output.data(&table::render(&["state", "step", "kind", "why"], &rows));
    let count = |state: &str| lines.iter().filter(|line| line.state == state).count();
    let blocked = match count("blocked") {
        0 => String::new(),
        count => format!(", {count} blocked"),
    };
    let recorded = estimate::recorded(&workspace.store, &plan, &forecast);
    let expected = estimate::whole(&plan, &forecast, &recorded, pools(None, &workspace)?);
    let expected = expected.map(|expected| format!("; about {}", time(expected.as_secs_f64())));
    output.note(&format!(
        "\n{} steps: {} hit, {} run, {} depend on those{blocked}{}\n",
        lines.len(),
        count("hit"),
        count("run"),
        count("depends"),
        expected.unwrap_or_default()
    ));
    output.note(if count("run") > 0 {
        "`ingot build` does this; `ingot why STEP` says more\n"
    } else {
        "nothing to do\n"
    });
    drop(lines);
    // What is only memory is left to the end of the process.
    std::mem::forget((plan, inputs, forecast));
    workspace.leave();
    Ok(Exit::Done)
}

/// The reasons on one line of a table; `why` and `--json` have them all.
fn first_two(reasons: &[Reason]) -> String {
    let mut words: Vec<String> = reasons.iter().take(2).map(Reason::text).collect();
    if reasons.len() > words.len() {
        words.push(format!("{} more", reasons.len() - words.len()));
    }
    words.join("; ")
}

/// The forecast, with the engine's errors as the end of the command.
pub(super) fn foresee(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    rerun: &[usize],
) -> Result<Forecast, Stop> {
    forecast(&outlook(workspace, plan, inputs, rerun))
        .map_err(|error| workspace.stop(vec![super::build::diagnose(&error)]))
}

/// What a forecast of this workspace looks at.
pub(super) fn outlook<'a>(
    workspace: &'a Workspace,
    plan: &'a Plan,
    inputs: &'a Inputs,
    rerun: &'a [usize],
) -> Outlook<'a> {
    let (store, gates_fail) = (&workspace.store, workspace.manifest.gates_fail);
    Outlook { plan, inputs, store, gates_fail, rerun }
}

/// The word for a state.
pub(super) fn word(state: &State) -> &'static str {
    match state {
        State::Hit(_) => "hit",
        State::Run { .. } => "run",
        State::Depends { .. } => "depends",
        State::Blocked { .. } => "blocked",
    }
}

/// Why a step is in its state.
pub(super) fn reasons_of(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    index: usize,
) -> Result<Vec<Reason>, Stop> {
    let named = |what: &str, steps: &[&usize]| -> Vec<Reason> {
        steps
            .iter()
            .map(|&&step| Reason { name: plan.steps[step].name.clone(), ..Reason::plain(what) })
            .collect()
    };
    Ok(match &forecast.states[index] {
        State::Hit(_) => Vec::new(),
        State::Run { cause: Cause::Lost, .. } => vec![Reason::plain("lost")],
        State::Run { cause: Cause::Asked, .. } => vec![Reason::plain("asked")],
        State::Run { action, .. } => {
            let name = &plan.steps[index].name;
            let last = workspace.lock.record(name)?;
            reasons::reasons(
                plan,
                index,
                action,
                last.as_ref(),
                inputs,
                &workspace.sources,
                &workspace.store,
            )
        }
        State::Depends { on } => {
            let waits = |step: &&usize| plan.steps[index].dependencies.contains(step);
            let (steps, twins): (Vec<&usize>, Vec<&usize>) = on.iter().partition(waits);
            let mut reasons = named("step", &steps);
            reasons.extend(named("twin", &twins));
            reasons
        }
        State::Blocked { by } => named("verdict of", &[by]),
    })
}
