//! `ingot kinds`: what steps there can be, and what they take.

use clap::Args;
use ingot_protocol::{InputPort, Reads};

use super::exit::{Exit, Stop};
use super::output::Output;
use super::workspace::Workspace;
use super::{Global, Selection};
use crate::diag::Diagnostic;
use crate::kinds::params::nearest;
use crate::kinds::{Provided, schema};
use crate::report::table;

/// Arguments of `ingot kinds`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A kind, to see its ports and params
    kind: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Workspace::open(global, &Selection::default())?;
    let kinds = &workspace.kinds;
    let Some(name) = &arguments.kind else {
        if output.json {
            for provided in kinds.iter() {
                output.data(&format!("{}\n", json(provided)));
            }
            return Ok(Exit::Done);
        }
        let rows: Vec<Vec<String>> = kinds
            .iter()
            .map(|provided| vec![provided.kind.name.clone(), provided.kind.summary.clone()])
            .collect();
        output.data(&table::render(&["kind", "what it does"], &rows));
        output.note("\n`ingot kinds KIND` shows its ports and params\n");
        return Ok(Exit::Done);
    };
    let Some(provided) = kinds.get(name) else {
        let mistake = Diagnostic::error("E0304", format!("there is no kind `{name}`"));
        let names = kinds.iter().map(|provided| provided.kind.name.as_str());
        return Err(Stop::of(match nearest(name, names) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help("`ingot kinds` lists them"),
        }));
    };
    output.data(&if output.json { format!("{}\n", json(provided)) } else { describe(provided) });
    Ok(Exit::Done)
}

fn json(provided: &Provided) -> String {
    serde_json::to_string(&provided.kind).unwrap_or_default()
}

fn describe(provided: &Provided) -> String {
    let kind = &provided.kind;
    let mut text = format!("{}: {}\n", kind.name, kind.summary);
    text.push_str(&format!("revision {}, worker {}\n", kind.revision, provided.identity()));
    let ports: Vec<Vec<String>> = kind
        .inputs
        .iter()
        .map(|port| vec![port.name.clone(), port.types.join(" or "), words(port)])
        .collect();
    if !ports.is_empty() {
        text.push('\n');
        text.push_str(&table::render(&["input", "type", ""], &ports));
    }
    let outputs: Vec<Vec<String>> = kind
        .outputs
        .iter()
        .map(|port| vec![port.name.clone(), port.artifact_type.clone()])
        .collect();
    if !outputs.is_empty() {
        text.push('\n');
        text.push_str(&table::render(&["output", "type"], &outputs));
    }
    let params = params(&kind.params);
    if !params.is_empty() {
        text.push('\n');
        text.push_str(&table::render(&["param", "default", "what it is"], &params));
    }
    text
}

fn words(port: &InputPort) -> String {
    let mut words = Vec::new();
    if port.required {
        words.push("required".to_owned());
    }
    if port.many {
        words.push("many".to_owned());
    }
    if let Reads::Splits(splits) = &port.reads {
        words.push(format!("reads {}", splits.join(" and ")));
    }
    words.join(", ")
}

/// A row a param, the branches of a selecting param behind the common ones.
fn params(kind_schema: &serde_json::Value) -> Vec<Vec<String>> {
    let mut rows = rows(kind_schema, "");
    let branches = kind_schema.get("oneOf").and_then(serde_json::Value::as_array);
    for branch in branches.into_iter().flatten() {
        let selector = schema::properties_of(branch)
            .iter()
            .find_map(|(name, property)| Some(format!("{name} = {}: ", property.get("const")?)));
        rows.extend(self::rows(branch, &selector.unwrap_or_default()));
    }
    rows
}

fn rows(object: &serde_json::Value, prefix: &str) -> Vec<Vec<String>> {
    schema::properties_of(object)
        .iter()
        .filter(|(_, property)| property.get("const").is_none())
        .map(|(name, property)| {
            let default = property.get("default").map(ToString::to_string).unwrap_or_default();
            let description = property.get("description").and_then(serde_json::Value::as_str);
            vec![format!("{prefix}{name}"), default, description.unwrap_or_default().to_owned()]
        })
        .collect()
}
