//! `ingot show STEP[.PORT]`: a step's result, a table of its points, or what an output
//! holds and what it is made from; with `--run`, as a run had it. Two outputs are shown
//! side by side.

mod ancestry;
mod beside;
mod points;
mod run;

use std::collections::BTreeMap;

use clap::Args;
use ingot_protocol::figure::figure;
use ingot_protocol::{Inspection, Metric};

use super::output::Output;
use super::{Global, Selection, curves};
use crate::diag::escape::line;
use crate::diag::{Diagnostic, Exit};
use crate::engine::forecast::{Forecast, State};
use crate::engine::known::Known;
use crate::model::result::ActionResult;
use crate::plan::{Origin, Plan, Step};
use crate::report::table;
use crate::store::verified::Verification;
use crate::store::work::{Observation, Started};
use crate::workspace::analysis::foresee;
use crate::workspace::{Stop, Workspace, plugins};

/// Arguments of `ingot show`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step, or one of its outputs: `eval`, `split.data`; with a matrix or
    /// replicates, a table of its points
    what: String,
    /// Another output, of which is said how it differs from the first
    #[arg(conflicts_with = "run")]
    beside: Option<String>,
    /// As this run of `ingot runs` had it
    #[arg(long, value_name = "NUMBER")]
    run: Option<u64>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Selection::default().open(global)?;
    let (name, port) = parse(&workspace, &arguments.what)?;
    if let Some(other) = &arguments.beside {
        return beside::show(&workspace, [&arguments.what, other], output);
    }
    if let Some(number) = arguments.run {
        return run::show(&workspace, number, (&name, port.as_deref()), output);
    }
    let plan = workspace.plan(std::slice::from_ref(&name))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let has_points = |points: &Vec<String>| points.iter().any(|point| *point != name);
    if port.is_none() && workspace.manifest.points.get(&name).is_some_and(has_points) {
        points::show(&workspace, &plan, &forecast, &name, output);
        return Ok(Exit::Done);
    }
    if let (Some(port), [first, _, ..]) = (&port, plan.targets.as_slice()) {
        let message = format!("`{name}` has {} points", plan.targets.len());
        let help = format!("name one of them, such as `{}.{port}`", plan.steps[*first].name);
        return Err(workspace.stop(vec![Diagnostic::error("E0310", message).help(help)]));
    }
    for &index in &plan.targets {
        let step = &plan.steps[index];
        let State::Hit(known) = &forecast.states[index] else {
            return Err(workspace.stop(vec![
                Diagnostic::error(
                    "E1006",
                    format!("`{}` has no result for this manifest", step.name),
                )
                .help(format!("`ingot build {}` makes it, `ingot why {0}` says why", step.name)),
            ]));
        };
        match &port {
            None if output.json => output.data(&json(known)),
            None => {
                let past = workspace.store.verifications(known.result.key);
                let past = past.map_err(|error| workspace.store_stop(&error))?;
                let last = workspace.store.last_observation(&step.name);
                let last = last.map_err(|error| workspace.store_stop(&error))?;
                let last = last.filter(|last| last.key == known.result.key);
                output.data(&result(step, known, &past, last.as_ref()));
                let curve = workspace.store.curve(known.result.key);
                let curve = curve.map_err(|error| workspace.store_stop(&error))?;
                let drawn = curve.map(|curve| curves::drawings(&curve)).unwrap_or_default();
                if !drawn.is_empty() {
                    output.data(&format!("\n{drawn}"));
                }
            }
            Some(port) => {
                let names = names(&plan, step, &forecast);
                inspect(&workspace, (&step.name, port), &known.result, &names, output)?;
                if !output.json {
                    output.data(&ancestry::table(&plan, index));
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// The step, and the port behind the last dot where the whole is no step.
pub(super) fn parse(workspace: &Workspace, what: &str) -> Result<(String, Option<String>), Stop> {
    let all = workspace.plan_all()?;
    let what = workspace.manifest.full_name(what);
    let what = what.as_str();
    let is_step =
        |name: &str| !workspace.manifest.matching(name).is_empty() || all.find(name).is_some();
    match what.rsplit_once('.') {
        _ if is_step(what) => Ok((what.to_owned(), None)),
        Some((step, port)) if is_step(step) => Ok((step.to_owned(), Some(port.to_owned()))),
        _ => Ok((what.to_owned(), None)),
    }
}

fn json(known: &Known) -> String {
    let mut value = serde_json::json!({
        "event": "result",
        "verdict": known.verdict,
        "result": known.result,
    });
    if !known.waivers.is_empty() {
        value["waivers"] = serde_json::json!(known.waivers);
    }
    format!("{value}\n")
}

fn result(step: &Step, known: &Known, past: &[Verification], last: Option<&Observation>) -> String {
    let mut text = format!("{} ({})\n", step.name, step.kind.name);
    text.push_str(&format!("key      {}\n", known.result.key));
    for (port, artifact) in &known.result.outputs {
        text.push_str(&format!(
            "output   {port}: {} {}\n",
            artifact.artifact_type, artifact.content
        ));
    }
    let verdict = format!("{:?}", known.verdict).to_lowercase();
    text.push_str(&format!("verdict  {verdict}\n"));
    text.push_str(&format!("rebuilt  {}\n", rebuilt(past)));
    for (name, Started { path, behind }) in last.iter().flat_map(|last| &last.programs) {
        let behind = behind.as_ref().map(|behind| format!(" ({behind})")).unwrap_or_default();
        text.push_str(&format!("program  {}\n", line(&format!("{name}: {path}{behind}"))));
    }
    for gate in &known.gates {
        text.push_str(&format!("gate     {}\n", line(&gate.message)));
    }
    for waiver in &known.waivers {
        text.push_str(&format!("waiver   {}\n", line(&waiver.message)));
    }
    for finding in &known.result.findings {
        let severity = match known.is_waived(step, finding) {
            true => "waived".to_owned(),
            false => format!("{:?}", finding.severity).to_lowercase(),
        };
        let said = format!("{}: {}", finding.code, finding.message);
        text.push_str(&format!("{severity:<8} {}\n", line(&said)));
    }
    if !known.result.metrics.is_empty() {
        text.push('\n');
        text.push_str(&metrics(&known.result.metrics));
    }
    text
}

/// What rebuilds gave, in a few words.
fn rebuilt(past: &[Verification]) -> String {
    match past.iter().rev().find_map(|one| one.differs.as_ref()) {
        Some(differs) => format!("gave other bytes: {differs}"),
        None => match past.len() {
            0 => "never".to_owned(),
            1 => "once, the same bytes".to_owned(),
            times => format!("{times} times, the same bytes"),
        },
    }
}

/// Metrics as a table.
fn metrics(metrics: &[Metric]) -> String {
    let rows: Vec<Vec<String>> = metrics.iter().map(row).collect();
    table::render(&["metric", "value", "interval", "of"], &rows)
}

fn row(metric: &Metric) -> Vec<String> {
    let interval = match (metric.low, metric.high) {
        (Some(low), Some(high)) => format!("[{}, {}]", figure(low), figure(high)),
        _ => String::new(),
    };
    let mut of: Vec<String> =
        metric.slice.iter().map(|(column, value)| format!("{column} = {value}")).collect();
    of.extend(metric.than.iter().map(|than| format!("minus {than}")));
    vec![metric.name.clone(), figure(metric.value), interval, of.join(", ")]
}

/// Content -> what the manifest calls it, of all that a step reads from others. An
/// artifact holds no names, so it speaks of its inputs by their digests.
fn names(plan: &Plan, step: &Step, forecast: &Forecast) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (_, feed) in step.feeds() {
        if let Origin::Output { step, port } = &feed.origin
            && let State::Hit(known) = &forecast.states[*step]
            && let Some(artifact) = known.result.outputs.get(port)
        {
            let name = format!("{}.{port}", plan.steps[*step].name);
            names.entry(artifact.content.to_string()).or_insert(name);
        }
    }
    names
}

fn inspect(
    workspace: &Workspace,
    (step, port): (&str, &str),
    result: &ActionResult,
    names: &BTreeMap<String, String>,
    output: &Output,
) -> Result<(), Stop> {
    let Some(artifact) = result.outputs.get(port) else {
        let ports: Vec<&str> = result.outputs.keys().map(String::as_str).collect();
        return Err(workspace.stop(vec![
            Diagnostic::error("E0302", format!("`{step}` has no output `{port}`"))
                .help(format!("its outputs are {}", ports.join(", "))),
        ]));
    };
    let view = workspace.store.view(artifact.content).map_err(|error| {
        workspace.stop(vec![
            Diagnostic::error(error.code(), error.to_string())
                .caused_by(&error)
                .help(format!("`ingot build {step}` makes it again")),
        ])
    })?;
    let inspector = workspace.kinds.inspector(&artifact.artifact_type);
    let inspection = match workspace.kinds.inspecting_plugin(&artifact.artifact_type) {
        Some(plugin) => plugins::inspect(workspace, plugin, &artifact.artifact_type, &view),
        None => inspector.and_then(|program| {
            workspace.inspecting(program, |worker| worker.show(&artifact.artifact_type, &view)).ok()
        }),
    };
    match inspection {
        Some(inspection) if output.json => {
            output.data(&format!("{}\n", serde_json::to_string(&inspection).unwrap_or_default()));
        }
        Some(inspection) => output.data(&describe(&inspection, names)),
        None => output.data(&format!("{} {}\n", artifact.artifact_type, view.display())),
    }
    Ok(())
}

fn describe(inspection: &Inspection, names: &BTreeMap<String, String>) -> String {
    let named = |cell: &String| names.get(cell).unwrap_or(cell).clone();
    let mut text = format!("{}: {}\n", inspection.artifact_type, inspection.summary);
    for (title, rows) in &inspection.tables {
        text.push_str(&format!("\n{}\n", line(title)));
        if let Some((header, rows)) = rows.split_first() {
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let rows: Vec<Vec<String>> =
                rows.iter().map(|row| row.iter().map(named).collect()).collect();
            text.push_str(&table::render(&header, &rows));
        }
    }
    text
}
