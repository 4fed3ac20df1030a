//! `ingot why STEP`: why a step runs, or why it does not.

use clap::Args;

use super::exit::{Exit, Stop};
use super::output::Output;
use super::plan::{foresee, reasons_of, word};
use super::workspace::Workspace;
use super::{Global, Selection};
use crate::engine::forecast::{Forecast, State};
use crate::engine::inputs::Inputs;
use crate::engine::reasons::Reason;
use crate::kinds::FILES;
use crate::plan::Plan;
use crate::report::summary::time;
use crate::runner::worker;
use crate::store::compare::HowChanged;

/// Arguments of `ingot why`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
    /// Override a param of the manifest
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Use a profile of the manifest
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let selection = Selection {
        targets: vec![arguments.step.clone()],
        set: arguments.set.clone(),
        profile: arguments.profile.clone(),
    };
    let workspace = Workspace::open(global, &selection)?;
    let plan = workspace.plan(&selection.targets)?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    for &index in &plan.targets {
        if output.json {
            output.data(&format!("{}\n", json(&workspace, &plan, &inputs, &forecast, index)?));
        } else {
            output.data(&explain(&workspace, &plan, &inputs, &forecast, index)?);
        }
    }
    Ok(Exit::Done)
}

fn json(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    index: usize,
) -> Result<serde_json::Value, Stop> {
    let started_by = roots(plan, forecast, index)
        .into_iter()
        .map(|root| {
            let reasons = reasons_of(workspace, plan, inputs, forecast, root)?;
            Ok(serde_json::json!({ "step": plan.steps[root].name, "reasons": reasons }))
        })
        .collect::<Result<Vec<_>, Stop>>()?;
    Ok(serde_json::json!({
        "event": "why",
        "step": plan.steps[index].name,
        "kind": plan.steps[index].kind.name,
        "state": word(&forecast.states[index]),
        "reasons": reasons_of(workspace, plan, inputs, forecast, index)?,
        "started_by": started_by,
    }))
}

fn explain(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    index: usize,
) -> Result<String, Stop> {
    let name = &plan.steps[index].name;
    Ok(match &forecast.states[index] {
        State::Hit(known) => {
            format!("{name} does not run: the store has its result\n  key {}\n", known.result.key)
        }
        State::Run { key, .. } => {
            let reasons = reasons_of(workspace, plan, inputs, forecast, index)?;
            let cost = cost(workspace, name);
            format!("{name} runs:\n{}{cost}  key {key}\n", lines(workspace, &reasons, "  "))
        }
        State::Blocked { by } => {
            let by = &plan.steps[*by].name;
            format!(
                "{name} is blocked: the verdict of {by} is no pass\n  `ingot show {by}` says why\n"
            )
        }
        State::Depends { .. } => {
            let mut text = format!("{name} runs if these give it something new:\n");
            for root in roots(plan, forecast, index) {
                let reasons = reasons_of(workspace, plan, inputs, forecast, root)?;
                text.push_str(&format!(
                    "  {} runs:\n{}",
                    plan.steps[root].name,
                    lines(workspace, &reasons, "    ")
                ));
            }
            text.push_str(&cost(workspace, name));
            text
        }
    })
}

/// What it will cost, from the last time it ran.
fn cost(workspace: &Workspace, step: &str) -> String {
    match workspace.store.last_observation(step) {
        Ok(Some(last)) => format!("  it took {} the last time\n", time(last.seconds)),
        _ => String::new(),
    }
}

fn lines(workspace: &Workspace, reasons: &[Reason], indent: &str) -> String {
    let mut text = String::new();
    for reason in reasons {
        let at = reason.at.as_ref().map(|at| format!("   ({at})")).unwrap_or_default();
        text.push_str(&format!("{indent}{}{at}\n", reason.text()));
        for line in details(workspace, reason) {
            text.push_str(&format!("{indent}  {line}\n"));
        }
    }
    text
}

/// Lines of one input that are shown.
const SHOWN: usize = 10;

/// What differs in an input: in its own terms where a worker knows them, else by file.
fn details(workspace: &Workspace, reason: &Reason) -> Vec<String> {
    let mut lines = meaning(workspace, reason).unwrap_or_else(|| {
        let files = reason.files.iter().filter(|file| !file.path.is_empty());
        files
            .map(|file| {
                let sign = match file.change {
                    HowChanged::Added => '+',
                    HowChanged::Removed => '-',
                    HowChanged::Changed => '~',
                };
                format!("{sign} {}", file.path)
            })
            .collect()
    });
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The difference as the worker says it that knows the artifact type.
fn meaning(workspace: &Workspace, reason: &Reason) -> Option<Vec<String>> {
    let contents = reason.contents.as_ref()?;
    if contents.artifact_type == FILES {
        return None;
    }
    let program = workspace.kinds.inspector(&contents.artifact_type)?;
    let old = workspace.store.view(contents.old).ok()?;
    let new = workspace.store.view(contents.new).ok()?;
    let difference = worker::inspect_diff(program, &old, &new).ok()?;
    let mut lines = vec![difference.summary];
    for line in difference.first.into_iter().chain(difference.details) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Some(lines)
}

/// The ancestors that run by themselves: where it started.
fn roots(plan: &Plan, forecast: &Forecast, index: usize) -> Vec<usize> {
    let runs = |&step: &usize| matches!(forecast.states[step], State::Run { .. });
    plan.ancestors(index).into_iter().filter(runs).collect()
}
