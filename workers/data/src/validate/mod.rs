//! The kind `validate`: a table read, typed and held against a contract.
//!
//! A broken promise is a finding, not a failure: the result is recorded, its
//! verdict fails, and what consumes it is blocked. Values of `personal` columns
//! are in no finding. What other kinds found, listed by `checks` or put on the port of
//! that name, is taken up: the verdict on the data is one. Sources may be given as splits:
//! numbers of rows and shares of missing values are judged for each, all else over all.
//! Beside the data stands a profile of them.

mod breaches;
mod columns;
mod contract;
mod distribution;
mod image;
mod origin;
mod others;
mod profile;
mod promises;
mod quarantine;
mod rows;
mod rules;
mod splits;
mod table;
mod templates;

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
    Column, DataType, Modality, RESERVED, Role, SCHEMA_VERSION, Schema, Writer,
};
use ingot_tables::source::{self, Table};
use ingot_tables::{class_order, reported};
use serde_json::{Value, json};

use crate::templates::Templates;
use breaches::finding;
use columns::{Beside, Checked, check};
use contract::role;
use origin::Origin;
use others::Others;
use profile::Profiler;
use quarantine::{Quarantine, QuarantineFile};
use splits::{Splits, each, of_split, shares};

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 5;

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
    let (mut table, splits) = source::read_splits(given)?;
    let unseen = match request.params.get("templates").and_then(Value::as_str) {
        Some(path) => templates::add(&mut table, &Templates::read(Path::new(path))?)?,
        None => None,
    };
    let others = Others::read(&contract, request)?;
    let mut validated = validate(&contract, &table, (&splits, &others))?;
    validated.findings.extend(unseen);
    for reported in request.inputs.get("checks").into_iter().flatten() {
        validated.findings.extend(reported::read_findings(&reported.path)?);
    }
    validated.metrics.push(Metric::new("findings", validated.findings.len() as f64));
    // What is only said is no finding that a gate would count.
    validated.findings.append(&mut validated.said);
    validated.findings.extend(validated.schema.columns.iter().filter_map(said));
    let (metrics, said) = write(request, &contract, (&table, &splits), &validated)?;
    let metrics = validated.metrics.into_iter().chain(metrics);
    metrics.for_each(|metric| emit(Event::Metric(metric)));
    let findings = validated.findings.into_iter().chain(said);
    findings.for_each(|finding| emit(Event::Finding(finding)));
    Ok(())
}

/// Writes the rows of each split: those that are kept, what they are like, those that are not
/// kept, and where each came from. Keys are given before any row is taken out.
fn write(
    request: &Request,
    contract: &Contract,
    (table, splits): (&Table, &Splits),
    validated: &Validated,
) -> Result<(Vec<Metric>, Vec<Finding>), Failure> {
    let quarantine = &validated.quarantine;
    let writer = Writer::begin(&output(request, "data")?, &validated.schema)?;
    let mut origin = Origin::create(&output(request, "origin")?)?;
    let mut profiler = Profiler::new(&validated.schema, splits.len());
    let mut apart = QuarantineFile::create(&output(request, "quarantine")?)?;
    let (mut metrics, mut said) = (Vec::new(), Vec::new());
    for (split, range) in each(splits) {
        let rows = validated.batch.slice(range.start, range.len());
        let (keyed, repeats) = rows::keyed(&validated.schema, &rows)?;
        let slice = of_split(splits, split);
        metrics.push(Metric { slice, ..Metric::new("repeated_rows", repeats.len() as f64) });
        said.extend(rows::repeated(&repeats, range.start, &table.places));
        origin.write(split, &keyed, range.start, &table.places)?;
        apart.write((split, range.clone()), &keyed, quarantine, (contract, table))?;
        let kept = quarantine.without(&keyed, range.start)?;
        profiler.add(split, &kept);
        let mut file = writer.split(split)?;
        file.write(&kept)?;
        file.finish()?;
    }
    origin.finish()?;
    apart.finish()?;
    profiler.write(&output(request, "profile")?)?;
    Ok((metrics, said))
}

/// What a role does to a column without being asked again.
fn said(column: &Column) -> Option<Finding> {
    let message = match column.role {
        Role::Sensitive => format!("`{}` is sensitive: nothing learns from it", column.name),
        _ => return None,
    };
    let said = finding("D0321", Severity::Info, Some(&column.name), message, &[]);
    Some(Finding { rows: None, ..said })
}

/// What a table is after validation.
struct Validated {
    schema: Schema,
    batch: RecordBatch,
    metrics: Vec<Metric>,
    findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    said: Vec<Finding>,
    quarantine: Quarantine,
}

fn validate(
    contract: &Contract,
    table: &Table,
    (splits, others): (&Splits, &Others),
) -> Result<Validated, Failure> {
    let (mut allowed, mut out) = (Vec::new(), Vec::new());
    let beside = Beside { places: &table.places, splits, others };
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
        let Checked { data_type, array, nulls, classes, findings, said, taken } =
            check(column, promises, &beside, pixel)?;
        of_columns.extend(findings);
        allowed.extend(said);
        out.extend(taken);
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
            nullable: promises.is_nullable() || !nulls.is_empty(),
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
        fitted: Vec::new(),
    };
    let mut findings = table::findings(contract, (table, splits), &typed);
    findings.extend(of_columns);
    let compared = distribution::of(contract, &typed, (splits, others));
    findings.extend(compared.findings);
    metrics.extend(compared.metrics);
    let judged = rules::of(contract, &all(&typed, &beside)?);
    findings.extend(judged.findings);
    allowed.extend(judged.said);
    out.extend(judged.taken);
    let mut quarantine = Quarantine::of(contract, out, splits);
    findings.append(&mut quarantine.findings);
    metrics.append(&mut quarantine.metrics);
    Ok(Validated { schema, batch, metrics, findings, said: allowed, quarantine })
}

/// Every typed column, for rules.
fn all<'a>(
    typed: &BTreeMap<&str, ArrayRef>,
    beside: &Beside<'a>,
) -> Result<rules::Rows<'a>, Failure> {
    let columns = typed.iter().map(|(name, array)| (*name, Arc::clone(array), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|error| Failure::new("D0312", error.to_string()))?;
    let Beside { places, splits, others } = *beside;
    Ok(rules::Rows { batch, places, splits, others })
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
