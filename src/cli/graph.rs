//! `ingot graph`: the steps, what feeds them and what a build would do, as Graphviz or
//! Mermaid text.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::output::Output;
use super::{Global, Selection};
use crate::diag::Exit;
use crate::plan::{Origin, Plan};
use crate::workspace::analysis::foresee;
use crate::workspace::{Stop, Workspace};

/// Arguments of `ingot graph`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The language
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Dot,
    Mermaid,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = arguments.selection.open_to_look(global)?;
    let plan = workspace.plan(&arguments.selection.targets)?;
    let states = states(&workspace, &plan);
    output.data(&match arguments.format {
        Format::Dot => dot(&plan, &states),
        Format::Mermaid => mermaid(&plan, &states),
    });
    Ok(Exit::Done)
}

/// Step -> the word for what a build would do; empty where its inputs are not there.
fn states<'a>(workspace: &Workspace, plan: &'a Plan) -> BTreeMap<&'a str, &'static str> {
    let forecast = workspace.inputs(plan).and_then(|inputs| foresee(workspace, plan, &inputs, &[]));
    let Ok(forecast) = forecast else { return BTreeMap::new() };
    let words = forecast.states.iter().map(super::plan::word);
    plan.steps.iter().map(|step| step.name.as_str()).zip(words).collect()
}

/// Word, fill and border of each state.
const COLOURS: [(&str, &str, &str); 4] = [
    ("hit", "#e6f4ea", "#34a853"),
    ("run", "#fce8e6", "#d93025"),
    ("depends", "#fef7e0", "#f29900"),
    ("blocked", "#e8eaed", "#5f6368"),
];

/// From, to, and the port in between; sources first, sorted.
fn edges(plan: &Plan) -> Vec<(String, String, String)> {
    let mut edges = Vec::new();
    for step in &plan.steps {
        for (port, feed) in step.feeds() {
            let from = match &feed.origin {
                Origin::Source(name) => name.clone(),
                Origin::Path(path) | Origin::Code(path) => format!("./{}", step.home.path(path)),
                Origin::Output { step, .. } => plan.steps[*step].name.clone(),
            };
            edges.push((from, step.name.clone(), port.to_owned()));
        }
        for &required in &step.requires {
            let from = plan.steps[required].name.clone();
            edges.push((from, step.name.clone(), "requires".to_owned()));
        }
    }
    edges.sort();
    edges.dedup();
    edges
}

fn dot(plan: &Plan, states: &BTreeMap<&str, &str>) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = String::from("digraph ingot {\n  rankdir = LR;\n  node [shape = box];\n");
    for step in &plan.steps {
        let label = format!("{}\\n{}", step.name.replace('"', "\\\""), step.kind.name);
        let state = states.get(step.name.as_str());
        let colour = COLOURS.iter().find(|(word, ..)| state == Some(word));
        let style = colour.map_or(String::new(), |(word, fill, border)| {
            format!(
                ", style = filled, fillcolor = \"{fill}\", color = \"{border}\", tooltip = \"{word}\""
            )
        });
        text.push_str(&format!("  {} [label = \"{label}\"{style}];\n", quote(&step.name)));
    }
    for (from, to, port) in edges(plan) {
        text.push_str(&format!(
            "  {} -> {} [label = {}];\n",
            quote(&from),
            quote(&to),
            quote(&port)
        ));
    }
    text + "}\n"
}

fn mermaid(plan: &Plan, states: &BTreeMap<&str, &str>) -> String {
    let edges = edges(plan);
    let mut nodes: Vec<&str> = edges
        .iter()
        .flat_map(|(from, to, _)| [from.as_str(), to.as_str()])
        .chain(plan.steps.iter().map(|step| step.name.as_str()))
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    let id =
        |name: &str| nodes.binary_search(&name).map_or(String::new(), |index| format!("n{index}"));
    let mut text = String::from("flowchart LR\n");
    let steps: BTreeSet<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    for name in &nodes {
        let class = states.get(name).map(|state| format!(":::{state}")).unwrap_or_default();
        let label = name.replace('"', "#quot;");
        text.push_str(&match steps.contains(name) {
            true => format!("  {}[\"{label}\"]{class}\n", id(name)),
            false => format!("  {}[(\"{label}\")]\n", id(name)),
        });
    }
    for (from, to, port) in &edges {
        text.push_str(&format!("  {} -->|{port}| {}\n", id(from), id(to)));
    }
    for (word, fill, border) in COLOURS {
        if states.values().any(|state| *state == word) {
            text.push_str(&format!("  classDef {word} fill:{fill},stroke:{border}\n"));
        }
    }
    text
}
