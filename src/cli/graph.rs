//! `ingot graph`: the steps and what feeds them, as Graphviz or Mermaid text.

use clap::{Args, ValueEnum};

use super::exit::{Exit, Stop};
use super::output::Output;
use super::workspace::Workspace;
use super::{Global, Selection};
use crate::plan::{Origin, Plan};

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
    let workspace = Workspace::open(global, &arguments.selection)?;
    let plan = workspace.plan(&arguments.selection.targets)?;
    output.data(&match arguments.format {
        Format::Dot => dot(&plan),
        Format::Mermaid => mermaid(&plan),
    });
    Ok(Exit::Done)
}

/// From, to, and the port in between; sources first, sorted.
fn edges(plan: &Plan) -> Vec<(String, String, String)> {
    let mut edges = Vec::new();
    for step in &plan.steps {
        for (port, feed) in step.feeds() {
            let from = match &feed.origin {
                Origin::Source(name) => name.clone(),
                Origin::Path(path) => format!("./{path}"),
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

fn dot(plan: &Plan) -> String {
    let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = String::from("digraph ingot {\n  rankdir = LR;\n  node [shape = box];\n");
    for step in &plan.steps {
        let label = format!("{}\\n{}", step.name.replace('"', "\\\""), step.kind.name);
        text.push_str(&format!("  {} [label = \"{label}\"];\n", quote(&step.name)));
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

fn mermaid(plan: &Plan) -> String {
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
    for name in &nodes {
        let is_step = plan.steps.iter().any(|step| step.name == *name);
        let label = name.replace('"', "#quot;");
        text.push_str(&match is_step {
            true => format!("  {}[\"{label}\"]\n", id(name)),
            false => format!("  {}[(\"{label}\")]\n", id(name)),
        });
    }
    for (from, to, port) in &edges {
        text.push_str(&format!("  {} -->|{port}| {}\n", id(from), id(to)));
    }
    text
}
