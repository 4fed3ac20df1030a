//! The kind `validate`: a table read, typed and held against a contract.
//!
//! A broken promise is a finding, not a failure: the result is recorded, its
//! verdict fails, and what consumes it is blocked. Values of `personal` columns
//! are in no finding. What other kinds found, listed by `checks` or put on the port of
//! that name, is taken up: the verdict on the data is one. Sources may be given as splits:
//! numbers of rows and shares of missing values are judged for each, all else over all.
//! Beside the data stands a profile of them.

mod breaches;
mod check;
mod columns;
mod contract;
mod crossing;
mod distribution;
mod given;
mod hold;
mod image;
mod origin;
mod others;
mod profile;
mod promises;
mod quarantine;
mod repeats;
mod rows;
mod rules;
mod shape;
mod splits;
mod table;
mod tally;
mod templates;
mod write;

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::contract::{ColumnPromises, FORM};
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request,
    Severity,
};
use ingot_tables::dataset::{Column, Role};
use ingot_tables::reported;
use ingot_tables::source::Sources;
use serde_json::{Value, json};

use crate::findings;
use crate::templates::Templates;
use breaches::of_no_rows;
use check::{Checked, Purpose, check};
use given::Given;
pub use hold::hold;
use others::Others;
pub(crate) use promises::moment;
use shape::Shape;
use write::write;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 6;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "validate".into(),
        summary: "read a table and hold it against a contract".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "required": ["contract"],
            "properties": {
                "contract": {
                    "type": "string", "format": "ingot-path", "x-ingot-form": FORM,
                    "description": "a TOML file with types, roles and ranges"
                },
                "templates": {
                    "type": "string", "format": "ingot-path", "x-ingot-form": templates::FORM,
                    "description": "templates of a text column, which adds the column `template`"
                },
                "checks": {
                    "type": "array", "x-ingot-semantic": false,
                    "description": "kinds that check the data too: names, or tables with a `kind` and its params",
                    "items": {
                        "type": ["string", "object"],
                        "required": ["kind"],
                        "properties": { "kind": { "type": "string" } }
                    }
                }
            }
        }),
        inputs: vec![
            InputPort {
                name: "data".into(),
                types: vec!["files".into()],
                required: true,
                takes_splits: true,
                ..InputPort::default()
            },
            InputPort {
                name: "checks".into(),
                types: vec!["findings".into()],
                many: true,
                repeats: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![
            OutputPort { name: "data".into(), artifact_type: "dataset".into(), file: false },
            OutputPort { name: "origin".into(), artifact_type: "origin".into(), file: true },
            OutputPort { name: "profile".into(), artifact_type: "profile".into(), file: false },
            OutputPort {
                name: "quarantine".into(),
                artifact_type: "quarantine".into(),
                file: true,
            },
        ],
        // Tables that the contract refers to.
        further: Some(InputPort {
            types: vec!["dataset".into(), "files".into(), "profile".into()],
            ..InputPort::default()
        }),
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: findings::names(&[findings::CONTRACT, findings::GIVEN]),
        expands: vec![Expansion {
            port: "checks".into(),
            output: "findings".into(),
            inputs: BTreeMap::from([("data".to_owned(), "data".to_owned())]),
            each: Some("checks".into()),
            ..Expansion::default()
        }],
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let path = request.params.get("contract").and_then(Value::as_str).unwrap_or_default();
    let contract = contract::read(Path::new(path))?;
    let inputs = request.inputs.get("data").map_or(&[][..], Vec::as_slice);
    let sources = Sources::open(inputs)?;
    let templates = request.params.get("templates").and_then(Value::as_str);
    let templates = templates.map(|path| Templates::read(Path::new(path))).transpose()?;
    let given = Given::of(&sources, templates.as_ref(), request.cpus)?;
    let others = Others::read(&contract, request)?;
    let unnamed = ColumnPromises::unnamed();
    let shape = Shape::of(&contract, &unnamed, &given)?;
    let mut checked = check(&contract, (&shape, &given), &others, Purpose::Rows)?;
    for reported in request.inputs.get("checks").into_iter().flatten() {
        checked.findings.extend(reported::read_findings(&reported.path)?);
    }
    let (metrics, said) = write(request, &contract, (&shape, &given), &checked)?;
    // What is only said is no finding that a gate would count.
    let leaks = said.iter().filter(|finding| finding.severity == Severity::Error).count();
    checked.metrics.push(Metric::new("findings", (checked.findings.len() + leaks) as f64));
    checked.findings.append(&mut checked.said);
    checked.findings.extend(checked.schema.columns.iter().filter_map(self::said));
    let Checked { metrics: of_table, findings, .. } = checked;
    of_table.into_iter().chain(metrics).for_each(|metric| emit(Event::Metric(metric)));
    findings.into_iter().chain(said).for_each(|finding| emit(Event::Finding(finding)));
    Ok(())
}

/// What a role does to a column without being asked again.
fn said(column: &Column) -> Option<Finding> {
    let message = match column.role {
        Role::Sensitive => format!("`{}` is sensitive: nothing learns from it", column.name),
        _ => return None,
    };
    Some(of_no_rows("D0321", Severity::Info, Some(&column.name), message))
}

#[cfg(test)]
mod tests;
