//! `ingot plan`: what a build would do, and why. `build` then does exactly that.

pub(super) mod rows;

use clap::Args;
use serde::Serialize;

use super::output::Output;
use super::{CacheFrom, Global, Selection};
use crate::diag::Exit;
use crate::engine::estimate;
use crate::engine::forecast::State;
use crate::engine::reasons::Reason;
use crate::model::result::Verdict;
use crate::report::summary::about;
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
    /// Show every point of a matrix in a row of its own
    #[arg(long)]
    all: bool,
}

/// Up to how many steps are looked for in the lock one by one, which is faster than reading
/// it whole.
const FEW: usize = 8;

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
    show((&arguments.selection, &arguments.from), arguments.all, global, output)
}

/// Shows what a build of this selection, with results from there, would do.
pub(super) fn show(
    (selection, from): (&Selection, &CacheFrom),
    all: bool,
    global: &Global,
    output: &Output,
) -> Result<Exit, Stop> {
    let mut workspace = selection.open_to_look(global)?;
    let from = from.address(&workspace.settings)?;
    workspace.attach(from.as_ref(), None)?;
    let plan = workspace.plan(&selection.targets)?;
    let inputs = workspace.inputs(&plan)?;
    forms::check(&workspace, &plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    output.diagnostics(&remotes::troubles(&workspace.store), &workspace.sources);
    let runs = forecast.states.iter().filter(|state| matches!(state, State::Run { .. })).count();
    if runs > FEW {
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
    let rows = rows::rows(&lines, all);
    output.data(&table::render(&["state", "step", "kind", "why"], &rows));
    let count = |state: &str| lines.iter().filter(|line| line.state == state).count();
    let blocked = match count("blocked") {
        0 => String::new(),
        count => format!(", {count} blocked"),
    };
    let recorded = estimate::recorded(&workspace.store, &plan, &forecast);
    let expected = estimate::whole(&plan, &forecast, &recorded, pools(None, &workspace)?);
    let expected = about(expected.time.map(|time| time.as_secs_f64()), expected.untimed);
    output.note(&format!(
        "\n{} steps: {} hit, {} run, {} depend on those{blocked}{}\n",
        lines.len(),
        count("hit"),
        count("run"),
        count("depends"),
        expected
    ));
    let is_no_pass = |state: &State| match state {
        State::Hit(known) => known.verdict != Verdict::Pass,
        _ => false,
    };
    let steps = plan.steps.iter().zip(&forecast.states);
    let failing: Vec<&str> =
        steps.filter(|(_, state)| is_no_pass(state)).map(|(step, _)| step.name.as_str()).collect();
    if let Some(first) = failing.first() {
        let names = failing.join(", ");
        output.note(&format!(
            "no pass: {names}; the build ends with exit code 4, `ingot show {first}` says why\n"
        ));
    }
    output.note(match (count("run"), failing.len()) {
        (0, 0) => "nothing to do\n",
        (0, _) => "nothing to run\n",
        _ => "`ingot build` does this; `ingot why STEP` says more\n",
    });
    Ok(Exit::Done)
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
