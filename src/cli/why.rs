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
use crate::plan::Plan;

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
            output.data(&format!("{}\n", json(&workspace, &plan, &inputs, &forecast, index)));
        } else {
            output.data(&explain(&workspace, &plan, &inputs, &forecast, index));
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
) -> serde_json::Value {
    serde_json::json!({
        "event": "why",
        "step": plan.steps[index].name,
        "kind": plan.steps[index].kind.name,
        "state": word(&forecast.states[index]),
        "reasons": reasons_of(workspace, plan, inputs, forecast, index),
        "started_by": roots(plan, forecast, index)
            .into_iter()
            .map(|root| {
                let reasons = reasons_of(workspace, plan, inputs, forecast, root);
                serde_json::json!({ "step": plan.steps[root].name, "reasons": reasons })
            })
            .collect::<Vec<_>>(),
    })
}

fn explain(
    workspace: &Workspace,
    plan: &Plan,
    inputs: &Inputs,
    forecast: &Forecast,
    index: usize,
) -> String {
    let name = &plan.steps[index].name;
    match &forecast.states[index] {
        State::Hit(known) => {
            format!("{name} does not run: the store has its result\n  key {}\n", known.result.key)
        }
        State::Run { key, .. } => {
            let reasons = reasons_of(workspace, plan, inputs, forecast, index);
            format!("{name} runs:\n{}  key {key}\n", lines(&reasons, "  "))
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
                let reasons = reasons_of(workspace, plan, inputs, forecast, root);
                text.push_str(&format!(
                    "  {} runs:\n{}",
                    plan.steps[root].name,
                    lines(&reasons, "    ")
                ));
            }
            text
        }
    }
}

fn lines(reasons: &[Reason], indent: &str) -> String {
    reasons
        .iter()
        .map(|reason| match &reason.at {
            Some(at) => format!("{indent}{}   ({at})\n", reason.text()),
            None => format!("{indent}{}\n", reason.text()),
        })
        .collect()
}

/// The ancestors that run by themselves: where it started.
fn roots(plan: &Plan, forecast: &Forecast, index: usize) -> Vec<usize> {
    let runs = |&step: &usize| matches!(forecast.states[step], State::Run { .. });
    plan.ancestors(index).into_iter().filter(runs).collect()
}
