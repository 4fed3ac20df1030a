//! The kind `compare`: a dataset beside files that say what it should be.
//!
//! Every cell that differs is counted, the first are named; a difference is an error, so the
//! verdict says whether a test passed. Beside it stands the dataset in the form of the files,
//! which is what to write there where it is right. Invariant: rows are compared in their
//! order, row keys and values of `personal` columns are in no finding. On disk: `actual` is a
//! folder with one file a split that was expected, or `whole` and the ending.

mod cells;
mod form;

use std::collections::BTreeMap;

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Failure, Finding, Input, InputPort, Kind, OutputPort, Request, Severity,
};
use ingot_tables::dataset::{Dataset, Role, Schema, WHOLE};
use serde_json::{Value, json};

use crate::fixture;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// Differences that are named.
const NAMED: usize = 20;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "compare".into(),
        summary: "compare a dataset with files that say what it should be".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "form": fixture::form_schema(),
                "by_split": {
                    "type": "boolean", "default": false,
                    "description": "whether each split has a file of its own"
                },
                "tolerance": {
                    "type": "number", "minimum": 0, "default": 0,
                    "description": "how far floats may lie apart: so much, or so much of the expected one where that is above 1"
                }
            }
        }),
        inputs: vec![
            InputPort {
                name: "actual".into(),
                types: vec!["dataset".into()],
                required: true,
                ..InputPort::default()
            },
            InputPort {
                name: "expected".into(),
                types: vec!["files".into()],
                takes_splits: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![OutputPort {
            name: "actual".into(),
            artifact_type: "files".into(),
            file: false,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: true,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let actual = Dataset::open(&single(request, "actual")?.path)?;
    let expected = request.inputs.get("expected").map(Vec::as_slice).unwrap_or_default();
    let by_split = request.params.get("by_split").and_then(Value::as_bool).unwrap_or(false);
    let found = read(&actual, by_split)?;
    form::write(&output(request, "actual")?, request, &actual.schema, &found)?;
    if expected.is_empty() {
        emit(Event::Finding(error("D1303", "there is no expected file yet".into())));
        return Ok(());
    }
    let form = fixture::form(request);
    let inputs: Vec<Input> = expected
        .iter()
        .map(|input| Input { format: Some(form.clone()), ..input.clone() })
        .collect();
    let wanted = match fixture::of_schema(&inputs, &actual.schema) {
        Ok(wanted) => wanted,
        // Another form than the dataset has is a difference, and may be what is to be blessed.
        Err(failure) => {
            emit(Event::Finding(error("D1303", unread(&inputs, &failure))));
            return Ok(());
        }
    };
    let tolerance = request.params.get("tolerance").and_then(Value::as_f64).unwrap_or(0.0);
    let tells_empty = form["type"] != "csv";
    let mut differences = Vec::new();
    for (split, wanted) in &wanted {
        let place = if by_split { format!(" of `{split}`") } else { String::new() };
        match found.get(split) {
            None => differences.push(format!("there is no split `{split}`")),
            Some(found) => {
                let schema = &actual.schema;
                let compared = cells::Compared { found, wanted, schema, tolerance, tells_empty };
                differences.extend(compared.differences(&place));
            }
        }
    }
    let more = found.keys().filter(|split| !wanted.contains_key(*split));
    differences.extend(more.map(|split| format!("the split `{split}` is not expected")));
    for difference in differences.iter().take(NAMED) {
        emit(Event::Finding(error("D1303", difference.clone())));
    }
    if differences.len() > NAMED {
        let message = format!("{} more differences", differences.len() - NAMED);
        emit(Event::Finding(error("D1303", message)));
    }
    Ok(())
}

/// Why expected files were not read. Where a step finds them is no name that a person gave.
fn unread(inputs: &[Input], failure: &Failure) -> String {
    let found = inputs.iter().find_map(|input| {
        let rest = failure.message.strip_prefix(&format!("{}: ", input.path.display()))?;
        let of = input.split.as_ref().map(|split| format!(" of `{split}`")).unwrap_or_default();
        Some(format!("the expected file{of}: {rest}"))
    });
    found.unwrap_or_else(|| format!("the expected files: {}", failure.message))
}

fn error(code: &str, message: String) -> Finding {
    Finding::new(Severity::Error, code, message)
}

/// The rows by split, or all of them one behind the other.
fn read(data: &Dataset, by_split: bool) -> Result<BTreeMap<String, RecordBatch>, Failure> {
    let splits = data.splits()?;
    let batches = splits
        .iter()
        .map(|split| Ok((split.clone(), data.read(split)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    if by_split {
        return Ok(batches.into_iter().collect());
    }
    let Some((_, first)) = batches.first() else { return Ok(BTreeMap::new()) };
    let all = concat_batches(&first.schema(), batches.iter().map(|(_, batch)| batch))
        .map_err(|error| Failure::new("D1302", error.to_string()))?;
    Ok(BTreeMap::from([(WHOLE.to_owned(), all)]))
}

/// Whether the values of a column may be shown.
fn is_shown(schema: &Schema, column: &str) -> bool {
    schema.column(column).is_none_or(|column| column.role != Role::Personal)
}
