//! A step as a run had it: what the run recorded, and what the store still has of it.

use std::collections::BTreeMap;

use super::super::output::Output;
use super::super::runs;
use super::{curves, inspect, metrics};
use crate::diag::escape::line;
use crate::diag::{Diagnostic, Exit};
use crate::report::summary::moment;
use crate::store::runs::{Run, StepRun};
use crate::workspace::{Stop, Workspace};

/// Shows a step, or one of its outputs, as the run of this number had it.
pub(super) fn show(
    workspace: &Workspace,
    number: u64,
    (name, port): (&str, Option<&str>),
    output: &Output,
) -> Result<Exit, Stop> {
    let run = runs::find(&workspace.store, &workspace.root, number)?;
    let points = workspace.manifest.points.get(name).cloned().unwrap_or_default();
    let is_asked = |step: &str| step == name || points.iter().any(|point| point == step);
    let found: Vec<(&String, &StepRun)> =
        run.results.iter().filter(|(step, _)| is_asked(step)).collect();
    if found.is_empty() {
        let message = format!("run {number} recorded nothing of `{name}`");
        let names: Vec<&str> = run.results.keys().map(String::as_str).collect();
        return Err(workspace.stop(vec![
            Diagnostic::error("E1033", message).help(format!("it has {}", names.join(", "))),
        ]));
    }
    for (step, given) in found {
        let result = match given.key {
            Some(key) => workspace.store.get(key).map_err(|error| workspace.store_stop(&error))?,
            None => None,
        };
        match (port, result) {
            (Some(port), Some(result)) => {
                inspect(workspace, (step, port), &result, &BTreeMap::new(), output)?;
            }
            (Some(_), None) => {
                let message = format!("the store no longer has what `{step}` gave in run {number}");
                return Err(workspace.stop(vec![
                    Diagnostic::error("E1006", message)
                        .help("build that variant again: `ingot runs` says which it was"),
                ]));
            }
            (None, _) if output.json => output.data(&json(&run, step, given)),
            (None, result) => {
                let mut text = heading(&run, step, given);
                for (port, artifact) in result.iter().flat_map(|result| &result.outputs) {
                    let (what, content) = (&artifact.artifact_type, artifact.content);
                    text.push_str(&format!("output   {port}: {what} {content}\n"));
                }
                if !given.metrics.is_empty() {
                    text.push_str(&format!("\n{}", metrics(&given.metrics)));
                }
                let curve = given.key.and_then(|key| workspace.store.curve(key).ok().flatten());
                let drawn = curve.map(|curve| curves::drawings(&curve)).unwrap_or_default();
                if !drawn.is_empty() {
                    text.push_str(&format!("\n{drawn}"));
                }
                output.data(&text);
            }
        }
    }
    Ok(Exit::Done)
}

fn heading(run: &Run, step: &str, given: &StepRun) -> String {
    let mut text = format!("{step} in run {}, {}\n", run.number, moment(run.begun));
    if let Some(key) = given.key {
        text.push_str(&format!("key      {key}\n"));
    }
    text.push_str(&format!("outcome  {}\n", given.outcome));
    if let Some(verdict) = given.verdict {
        text.push_str(&format!("verdict  {}\n", format!("{verdict:?}").to_lowercase()));
    }
    for (name, value) in &run.params {
        text.push_str(&format!("param    {}\n", line(&format!("{name} = {value}"))));
    }
    text
}

fn json(run: &Run, step: &str, given: &StepRun) -> String {
    let value = serde_json::json!({
        "event": "run result",
        "run": run.number,
        "step": step,
        "params": run.params,
        "result": given,
    });
    format!("{value}\n")
}
