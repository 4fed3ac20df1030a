//! The kind `anomalies`: what is odd in rows of which nobody promised anything.
//!
//! It reads a dataset, or the files that `validate` reads: `checks = ["anomalies"]` makes a
//! step of it whose findings `validate` takes up. [`DETECTORS`] is the table of what is looked
//! for, a file each. Invariant: findings follow from the rows, the params and the seed; no
//! value of a column is in one whose role is `personal` or not known, as those of files are.
//! The rows are held as a whole, column by column, and nothing of them is changed.

mod constant;
mod duplicate_columns;
mod fences;
mod isolation_forest;
mod mixed_types;
mod modified_z;
mod numbers;
mod rare_categories;
mod rows;
mod time_order;

use std::collections::BTreeMap;

use ingot_protocol::worker::output;
use ingot_protocol::{
    Determinism, Event, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request, Severity,
};
use ingot_tables::dataset;
use ingot_tables::reported::write_findings;
use serde_json::{Map, Value, json};

use crate::findings;
use crate::thresholds::{Thresholds, listed, schema};
use rows::Rows;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// One way in which rows are odd.
struct Detector {
    /// Its name in `detectors`, and the param with its thresholds.
    name: &'static str,
    /// Whether it looks where `detectors` says nothing.
    by_default: bool,
    /// What the param may say; nothing where there is no threshold.
    params: fn() -> Option<Value>,
    /// What it finds.
    find: fn(&Rows, &Params) -> Vec<Oddity>,
}

/// Every detector, sorted by name.
const DETECTORS: &[Detector] = &[
    constant::DETECTOR,
    duplicate_columns::DETECTOR,
    fences::DETECTOR,
    isolation_forest::DETECTOR,
    mixed_types::DETECTOR,
    modified_z::DETECTOR,
    rare_categories::DETECTOR,
    time_order::DETECTOR,
];

/// What a detector is told beside the rows.
struct Params {
    thresholds: Thresholds,
    seed: u64,
}

impl Params {
    fn number(&self, name: &str) -> f64 {
        self.thresholds.number(name)
    }

    fn count(&self, name: &str) -> usize {
        self.thresholds.count(name)
    }
}

/// Something odd.
struct Oddity {
    code: &'static str,
    /// The column, where it is about one.
    column: Option<String>,
    /// In words, without the place.
    what: String,
    /// The rows, sorted; none where it is about whole columns.
    rows: Vec<usize>,
    /// The row whose place is told; the first one by itself.
    worst: Option<usize>,
}

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let names: Vec<&str> = DETECTORS.iter().map(|detector| detector.name).collect();
    let default: Vec<&str> = DETECTORS
        .iter()
        .filter(|detector| detector.by_default)
        .map(|detector| detector.name)
        .collect();
    let mut properties = Map::new();
    for detector in DETECTORS {
        if let Some(params) = (detector.params)() {
            properties.insert(detector.name.to_owned(), params);
        }
    }
    properties.extend([
        (
            "detectors".to_owned(),
            json!({
                "type": "array", "minItems": 1, "uniqueItems": true,
                "items": {"enum": names}, "default": default,
                "description": "what is looked for"
            }),
        ),
        (
            "columns".to_owned(),
            json!({
                "type": "array", "minItems": 1, "uniqueItems": true,
                "items": {"type": "string"},
                "description": "the columns that are looked at; every one without it"
            }),
        ),
        (
            "severity".to_owned(),
            json!({
                "enum": ["info", "warning", "error"], "default": "warning",
                "description": "how bad what is found is; an error fails the verdict"
            }),
        ),
    ]);
    Kind {
        name: "anomalies".into(),
        summary: "find rows and columns that are unlike the others".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": properties
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into(), "files".into()],
            required: true,
            takes_splits: true,
            ..InputPort::default()
        }],
        outputs: vec![OutputPort {
            name: "findings".into(),
            artifact_type: "findings".into(),
            file: true,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: findings::names(&[findings::ANOMALIES]),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let inputs = request.inputs.get("data").map_or(&[][..], Vec::as_slice);
    let rows = chosen(request, rows::read(inputs)?)?;
    let severity = match request.params.get("severity").and_then(Value::as_str) {
        Some("error") => Severity::Error,
        Some("info") => Severity::Info,
        _ => Severity::Warning,
    };
    let asked = listed(request, "detectors")
        .unwrap_or_else(|| DETECTORS.iter().filter(|it| it.by_default).map(|it| it.name).collect());
    let mut findings = Vec::new();
    let mut metrics = Vec::new();
    for detector in DETECTORS.iter().filter(|detector| asked.contains(&detector.name)) {
        let thresholds = Thresholds::of(request, detector.name, (detector.params)());
        let params = Params { thresholds, seed: request.seed.unwrap_or_default() };
        let found = (detector.find)(&rows, &params);
        let slice = BTreeMap::from([("detector".to_owned(), detector.name.to_owned())]);
        metrics.push(Metric { slice, ..Metric::new("anomalies", found.len() as f64) });
        findings.extend(found.into_iter().map(|found| told(found, &rows, severity)));
    }
    metrics.push(Metric::new("findings", findings.len() as f64));
    write_findings(&output(request, "findings")?, &findings)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    // Of files `validate` says them with its own, and judges.
    if rows.of_dataset {
        findings.into_iter().for_each(|finding| emit(Event::Finding(finding)));
    }
    Ok(())
}

/// The columns that the params name.
fn chosen(request: &Request, mut rows: Rows) -> Result<Rows, Failure> {
    let Some(names) = request.params.get("columns").and_then(Value::as_array) else {
        return Ok(rows);
    };
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let there = |name: &&&str| rows.columns.iter().any(|column| column.name == **name);
    if let Some(name) = names.iter().find(|name| !there(name)) {
        let columns: Vec<String> = rows.columns.iter().map(|column| column.name.clone()).collect();
        let message = format!(
            "`columns` names `{name}`, which is not there, only {}",
            dataset::list(&columns)
        );
        return Err(Failure::new("D1609", message)
            .help("correct the name, which counts upper and lower case, or take it out"));
    }
    rows.columns.retain(|column| names.contains(&column.name.as_str()));
    Ok(rows)
}

/// Most rows that a finding names.
const EXAMPLES: usize = 5;

/// What was found, with its place.
fn told(found: Oddity, rows: &Rows, severity: Severity) -> Finding {
    let Oddity { code, column, what, rows: odd, worst } = found;
    let place = worst.or(odd.first().copied()).and_then(|row| rows.place(row));
    let place = place.map(|place| format!(", such as in {place}")).unwrap_or_default();
    let name = column.as_ref().map(|name| format!("`{name}`: ")).unwrap_or_default();
    Finding {
        column,
        rows: (!odd.is_empty()).then_some(odd.len() as u64),
        examples: odd.iter().take(EXAMPLES).map(|row| *row as u64).collect(),
        ..Finding::new(severity, code, format!("{name}{what}{place}"))
    }
}

/// A number of things.
fn counted(count: usize, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}
