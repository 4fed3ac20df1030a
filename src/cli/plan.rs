//! `ingot plan`: what a build would do, and why. `build` then does exactly that.

use clap::Args;
use serde::Serialize;

use super::output::Output;
use super::{CacheFrom, Global, Selection};
use crate::diag::Exit;
use crate::engine::estimate;
use crate::engine::forecast::State;
use crate::engine::reasons::Reason;
use crate::report::summary::time;
use crate::report::table;
use crate::workspace::analysis::{Analysis, foresee};
use crate::workspace::build::pools;
use crate::workspace::{Stop, forms, remotes};

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
    let from = arguments.from.address(&workspace.settings)?;
    workspace.attach(from.as_ref(), None)?;
    let plan = workspace.plan(&arguments.selection.targets)?;
    let inputs = workspace.inputs(&plan)?;
    forms::check(&workspace, &plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    output.diagnostics(&remotes::troubles(&workspace.store), &workspace.sources);
    if forecast.states.iter().any(|state| matches!(state, State::Run { .. })) {
        workspace.lock.whole()?;
    }
    let analysis =
        Analysis { workspace: &workspace, plan: &plan, inputs: &inputs, forecast: &forecast };
    let lines = (0..plan.steps.len())
        .map(|index| {
            Ok(Line {
                event: "step",
                step: &plan.steps[index].name,
                kind: &plan.steps[index].kind.name,
                state: word(&forecast.states[index]),
                reasons: analysis.reasons(index)?,
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

/// The word for a state.
pub(super) fn word(state: &State) -> &'static str {
    match state {
        State::Hit(_) => "hit",
        State::Run { .. } => "run",
        State::Depends { .. } => "depends",
        State::Blocked { .. } => "blocked",
    }
}
