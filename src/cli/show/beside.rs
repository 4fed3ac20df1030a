//! Two outputs side by side: how the second differs from the first.

use std::path::PathBuf;

use ingot_protocol::Difference;

use super::super::output::Output;
use super::parse;
use crate::diag::escape::line;
use crate::diag::{Diagnostic, Exit};
use crate::engine::forecast::State;
use crate::workspace::analysis::foresee;
use crate::workspace::{Stop, Workspace};

/// Says how two outputs differ; they are of one artifact type.
pub(super) fn show(
    workspace: &Workspace,
    named: [&String; 2],
    output: &Output,
) -> Result<Exit, Stop> {
    let one = find(workspace, named[0])?;
    let other = find(workspace, named[1])?;
    if one.0 != other.0 {
        let message = format!("`{}` is a {}, and `{}` a {}", named[0], one.0, named[1], other.0);
        return Err(mistake(workspace, "E0305", message, "name two outputs of one type"));
    }
    let told = match workspace.kinds.inspector(&one.0) {
        Some(program) => workspace
            .inspecting(program, |worker| worker.diff(&one.0, &one.1, &other.1))
            .unwrap_or_else(|error| {
                let summary = format!("its worker cannot tell how: {error}");
                Difference { summary, ..bytes(&one.1, &other.1) }
            }),
        None => bytes(&one.1, &other.1),
    };
    if output.json {
        output.data(&format!("{}\n", serde_json::to_string(&told).unwrap_or_default()));
        return Ok(Exit::Done);
    }
    output.data(&format!("{} -> {}: {}\n", named[0], named[1], head(&told)));
    for detail in &told.details {
        output.data(&format!("  {}\n", line(detail)));
    }
    Ok(Exit::Done)
}

fn head(told: &Difference) -> String {
    match (told.same, told.details.is_empty()) {
        (true, _) => "the same".to_owned(),
        (false, true) => line(&told.summary).into_owned(),
        (false, false) => "they differ".to_owned(),
    }
}

/// Of a type that nobody explains, whether the bytes are the same.
fn bytes(one: &PathBuf, other: &PathBuf) -> Difference {
    // A view is named by its content.
    let same = one == other;
    let summary = if same { "the same" } else { "other bytes" };
    Difference { same, summary: summary.to_owned(), first: None, details: Vec::new() }
}

/// The artifact type and the view of an output.
fn find(workspace: &Workspace, named: &str) -> Result<(String, PathBuf), Stop> {
    let (name, port) = parse(workspace, named)?;
    let plan = workspace.plan(std::slice::from_ref(&name))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(workspace, &plan, &inputs, &[])?;
    let [index] = plan.targets[..] else {
        let message = format!("`{named}` has {} points", plan.targets.len());
        let first = plan.targets.first().map_or("", |&index| &plan.steps[index].name);
        return Err(mistake(workspace, "E0310", message, &format!("name one, such as `{first}`")));
    };
    let State::Hit(known) = &forecast.states[index] else {
        let message = format!("`{name}` has no result for this manifest");
        return Err(mistake(
            workspace,
            "E1006",
            message,
            &format!("`ingot build {name}` makes it"),
        ));
    };
    let outputs = &known.result.outputs;
    let artifact = match &port {
        Some(port) => outputs.get(port),
        None if outputs.len() == 1 => outputs.values().next(),
        None => None,
    };
    let Some(artifact) = artifact else {
        let ports: Vec<&str> = outputs.keys().map(String::as_str).collect();
        let help = format!("its outputs are {}", ports.join(", "));
        return Err(mistake(workspace, "E0302", format!("which output of `{name}`?"), &help));
    };
    let view = workspace.store.view(artifact.content);
    let view = view.map_err(|error| workspace.store_stop(&error))?;
    Ok((artifact.artifact_type.clone(), view))
}

fn mistake(workspace: &Workspace, code: &'static str, message: String, help: &str) -> Stop {
    workspace.stop(vec![Diagnostic::error(code, message).help(help)])
}
