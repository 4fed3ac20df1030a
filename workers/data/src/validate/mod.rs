//! The kind `validate`: a table read, typed and held against a contract.
//!
//! A broken promise is a finding, not a failure: the result is recorded, its
//! verdict fails, and what consumes it is blocked. Values of `personal` columns
//! are in no finding. What other kinds found, listed by `checks` or put on the port of
//! that name, is taken up: the verdict on the data is one. Sources may be given as splits:
//! numbers of rows and shares of missing values are judged for each, all else over all.

mod columns;
mod contract;
mod image;
mod origin;
mod rows;
mod set;
mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{Field, Schema as ArrowSchema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::{ColumnPromises, Contract, FORM, Unknown};
use ingot_protocol::worker::output;
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request,
    Severity,
};
use ingot_tables::dataset::{
    Column, DataType, Modality, RESERVED, Role, SCHEMA_VERSION, Schema, WHOLE, Writer,
};
use ingot_tables::source::{self, Table};
use ingot_tables::{class_order, reported};
use serde_json::{Value, json};

use columns::{Checked, check, finding};
use contract::role;
use origin::Origin;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 4;

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
                ..InputPort::default()
            },
        ],
        outputs: vec![
            OutputPort { name: "data".into(), artifact_type: "dataset".into(), file: false },
            OutputPort { name: "origin".into(), artifact_type: "origin".into(), file: true },
        ],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        accepts_failed: false,
        metrics: Vec::new(),
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
    let given = request.inputs.get("data").map_or(&[][..], Vec::as_slice);
    let (table, splits) = source::read_splits(given)?;
    let mut validated = validate(&contract, &table, &splits)?;
    for reported in request.inputs.get("checks").into_iter().flatten() {
        validated.findings.extend(reported::read_findings(&reported.path)?);
    }
    validated.metrics.push(Metric::new("findings", validated.findings.len() as f64));
    // What is only said is no finding that a gate would count.
    validated.findings.extend(validated.schema.columns.iter().filter_map(said));
    let writer = Writer::begin(&output(request, "data")?, &validated.schema)?;
    let mut origin = Origin::create(&output(request, "origin")?)?;
    let mut first = 0;
    for (split, rows) in &splits {
        let (keyed, repeats) =
            rows::keyed(&validated.schema, &validated.batch.slice(first, *rows))?;
        let mut metric = Metric::new("repeated_rows", repeats.len() as f64);
        metric.slice = of_split(&splits, split);
        validated.metrics.push(metric);
        validated.findings.extend(rows::repeated(&repeats, first, &table.places));
        origin.write(split, &keyed, first, &table.places)?;
        let mut file = writer.split(split)?;
        file.write(&keyed)?;
        file.finish()?;
        first += rows;
    }
    origin.finish()?;
    validated.metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    validated.findings.into_iter().for_each(|finding| emit(Event::Finding(finding)));
    Ok(())
}

/// What a role does to a column without being asked again.
fn said(column: &Column) -> Option<Finding> {
    let message = match column.role {
        Role::Sensitive => format!("`{}` is sensitive: nothing learns from it", column.name),
        _ => return None,
    };
    let said = finding("D0321", Severity::Info, &column.name, message, &[]);
    Some(Finding { rows: None, ..said })
}

/// What a table is after validation.
struct Validated {
    schema: Schema,
    batch: RecordBatch,
    metrics: Vec<Metric>,
    findings: Vec<Finding>,
}

/// Split -> its number of rows, one behind the other in the table.
type Splits = [(String, usize)];

/// The slice of a metric of one split, where the sources were given as splits.
fn of_split(splits: &Splits, split: &str) -> BTreeMap<String, String> {
    match splits {
        [(only, _)] if only == WHOLE => BTreeMap::new(),
        _ => BTreeMap::from([("split".to_owned(), split.to_owned())]),
    }
}

fn validate(contract: &Contract, table: &Table, splits: &Splits) -> Result<Validated, Failure> {
    let mut of_columns = Vec::new();
    let mut typed: BTreeMap<&str, ArrayRef> = BTreeMap::new();
    let mut metrics: Vec<Metric> = splits
        .iter()
        .map(|(split, rows)| Metric {
            slice: of_split(splits, split),
            ..Metric::new("rows", *rows as f64)
        })
        .collect();
    metrics.push(Metric::new("columns", table.columns.len() as f64));
    let mut kept: Vec<(Column, ArrayRef)> = Vec::new();
    let mut pixels: Vec<(String, ArrayRef)> = Vec::new();
    let unnamed = ColumnPromises::unnamed();
    if let Some(column) = table.columns.iter().find(|c| RESERVED.contains(&c.name.as_str())) {
        let message = format!(
            "{}: `{}` is no name for a column",
            table.places.first().display(),
            column.name
        );
        return Err(Failure::new("D0322", message)
            .help("rename it: a dataset has the keys of its rows under this name"));
    }
    for column in &table.columns {
        let pixel = is_pixel(contract, &column.name);
        let named = contract.columns.get(&column.name);
        if named.is_none() && !pixel && contract.table.unknown_columns == Unknown::Ignore {
            continue;
        }
        let promises = named.unwrap_or(&unnamed);
        let Checked { data_type, array, nulls, classes, findings } =
            check(column, promises, (&table.places, splits), pixel)?;
        of_columns.extend(findings);
        typed.insert(&column.name, Arc::clone(&array));
        if pixel {
            pixels.push((column.name.clone(), array));
            continue;
        }
        for (split, share) in shares(&nulls, splits) {
            let mut slice = of_split(splits, split);
            slice.insert("column".to_owned(), column.name.clone());
            metrics.push(Metric { slice, ..Metric::new("null_fraction", share) });
        }
        let described = Column {
            name: column.name.clone(),
            data_type,
            role: role(promises),
            nullable: promises.nullable || !nulls.is_empty(),
            classes: classes.map(sorted),
        };
        kept.push((described, array));
    }
    let image = match &contract.image {
        None => None,
        Some(promise) => {
            let promise = promise.get_ref();
            pixels.sort_by_key(|(name, _)| image::natural(name));
            let arrays: Vec<ArrayRef> = pixels.into_iter().map(|(_, array)| array).collect();
            let packed = image::pack(promise, &arrays)?;
            let nullable = packed.null_count() > 0;
            let name = image::COLUMN.to_owned();
            let role = Role::Feature;
            let column =
                Column { name, data_type: DataType::Binary, role, nullable, classes: None };
            kept.push((column, packed));
            Some(image::describe(promise))
        }
    };
    if kept.is_empty() {
        let message = "no column of the table is kept";
        return Err(Failure::new("D0312", message).help(
            "name the table's columns in the contract, or leave out `unknown_columns = \"ignore\"`",
        ));
    }
    let fields: Vec<Field> = kept
        .iter()
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), column.nullable))
        .collect();
    let arrays = kept.iter().map(|(_, array)| Arc::clone(array)).collect();
    let batch = RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
        .map_err(|error| Failure::new("D0312", error.to_string()))?;
    let schema = Schema {
        version: SCHEMA_VERSION,
        modality: if image.is_some() { Modality::Image } else { Modality::Table },
        image,
        columns: kept.into_iter().map(|(column, _)| column).collect(),
    };
    let mut findings = table::findings(contract, (table, splits), &typed);
    findings.extend(of_columns);
    Ok(Validated { schema, batch, metrics, findings })
}

/// The share of each split's rows that are among these.
fn shares<'a>(rows: &[usize], splits: &'a Splits) -> Vec<(&'a str, f64)> {
    let mut first = 0;
    let mut shares = Vec::with_capacity(splits.len());
    for (split, count) in splits {
        let here = rows.partition_point(|row| *row < first + count)
            - rows.partition_point(|row| *row < first);
        shares.push((split.as_str(), here as f64 / (*count).max(1) as f64));
        first += count;
    }
    shares
}

fn is_pixel(contract: &Contract, column: &str) -> bool {
    contract.image.as_ref().is_some_and(|promise| image::holds(promise.get_ref(), column))
}

/// Classes in the one order of their names.
fn sorted(mut classes: Vec<String>) -> Vec<String> {
    classes.sort_by(|one, other| class_order(one, other));
    classes.dedup();
    classes
}

#[cfg(test)]
mod tests;
