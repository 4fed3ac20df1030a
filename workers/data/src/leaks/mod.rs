//! The kind `leaks`: what a model could know of the rows that it is judged on, or of its label.
//!
//! It reads a dataset that is split, and looks for what `split` does not: it costs more.
//! [`CHECKS`] is the table of what is looked for, a file each. Invariant: findings follow from
//! the rows and the params; each names a row, or both rows, by split, number and key, and
//! values of no column are in one. The rows are held as a whole, and nothing of them is
//! changed.

mod images;
mod label;
mod order;
mod rounded;
mod table;
mod texts;

use std::collections::BTreeMap;

use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request, Severity,
};
use ingot_tables::dataset::Dataset;
use ingot_tables::reported::write_findings;
use serde_json::{Map, Value, json};

use crate::findings;
use crate::thresholds::{Thresholds, listed};
use table::Table;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// One way in which a model could know too much.
struct Check {
    /// Its name in `checks`, and the param with its thresholds.
    name: &'static str,
    /// What the param may say; nothing where there is no threshold.
    params: fn() -> Option<Value>,
    /// What it finds.
    find: fn(&Table, &Thresholds) -> Result<Vec<Leak>, Failure>,
}

/// Every check, sorted by name.
const CHECKS: &[Check] = &[images::CHECK, label::CHECK, order::CHECK, rounded::CHECK, texts::CHECK];

/// What was found.
struct Leak {
    code: &'static str,
    severity: Severity,
    /// The column, where it is about one.
    column: Option<String>,
    message: String,
    /// How many rows, where it is about some.
    rows: Option<u64>,
}

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    let mut properties = Map::new();
    for check in CHECKS {
        properties.extend((check.params)().map(|params| (check.name.to_owned(), params)));
    }
    properties.insert(
        "checks".to_owned(),
        json!({
            "type": "array", "minItems": 1, "uniqueItems": true,
            "items": {"enum": names}, "default": names,
            "description": "what is looked for"
        }),
    );
    Kind {
        name: "leaks".into(),
        summary: "find what a model could know too early".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": properties
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into()],
            required: true,
            ..InputPort::default()
        }],
        outputs: vec![OutputPort {
            name: "findings".into(),
            artifact_type: "findings".into(),
            file: true,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: findings::names(&[findings::LOOKED_FOR]),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let table = Table::read(&Dataset::open(&single(request, "data")?.path)?)?;
    let asked = listed(request, "checks");
    let mut findings = Vec::new();
    for check in CHECKS.iter().filter(|c| asked.as_ref().is_none_or(|a| a.contains(&c.name))) {
        let thresholds = Thresholds::of(request, check.name, (check.params)());
        let found = (check.find)(&table, &thresholds)?;
        let slice = BTreeMap::from([("check".to_owned(), check.name.to_owned())]);
        emit(Event::Metric(Metric { slice, ..Metric::new("leaks", found.len() as f64) }));
        findings.extend(found.into_iter().map(|leak| Finding {
            column: leak.column,
            rows: leak.rows,
            ..Finding::new(leak.severity, leak.code, leak.message)
        }));
    }
    emit(Event::Metric(Metric::new("findings", findings.len() as f64)));
    write_findings(&output(request, "findings")?, &findings)?;
    findings.into_iter().for_each(|finding| emit(Event::Finding(finding)));
    Ok(())
}
