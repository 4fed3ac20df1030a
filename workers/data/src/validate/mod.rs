//! The kind `validate`: a table read, typed and held against a contract.
//!
//! A broken promise is a finding, not a failure: the result is recorded, its
//! verdict fails, and what consumes it is blocked. Values of `personal` columns
//! are in no finding. What other kinds found, listed by `checks` or put on the port of
//! that name, is taken up: the verdict on the data is one.

mod columns;
mod contract;
mod image;
mod others;
mod promises;
mod quarantine;
mod rules;
mod splits;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema as ArrowSchema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::{ColumnPromises, Contract, FORM, Unknown};
use ingot_protocol::worker::{output, single};
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request,
    Severity,
};
use ingot_tables::dataset::{self, ALL, Column, DataType, Modality, Role, SCHEMA_VERSION, Schema};
use ingot_tables::source::typed::key;
use ingot_tables::source::{self, Table};
use ingot_tables::{class_order, reported};
use serde_json::{Value, json};

use columns::{Beside, Checked, check};
use contract::role;
use others::Others;
use quarantine::Quarantine;
use splits::Splits;
use told::finding;

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
                ..InputPort::default()
            },
            InputPort {
                name: "checks".into(),
                types: vec!["findings".into()],
                many: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "dataset".into(),
            file: false,
        }],
        // Tables that the contract refers to.
        further: Some(InputPort {
            types: vec!["dataset".into(), "files".into()],
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
    let table = source::read(single(request, "data")?)?;
    let others = Others::read(&contract, request)?;
    let splits = [(ALL.to_owned(), table.rows())];
    let mut validated = validate(&contract, &table, (&splits, &others))?;
    for reported in request.inputs.get("checks").into_iter().flatten() {
        validated.findings.extend(reported::read_findings(&reported.path)?);
    }
    validated.metrics.push(Metric::new("findings", validated.findings.len() as f64));
    // What is only said is no finding that a gate would count.
    validated.findings.extend(validated.said);
    validated.findings.extend(validated.schema.columns.iter().filter_map(said));
    let batch = without(&validated.batch, &validated.quarantine)?;
    let split = BTreeMap::from([(ALL.to_owned(), batch)]);
    dataset::write(&output(request, "data")?, &validated.schema, &split)?;
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

/// The slice of a metric of one split, where there are several.
fn of_split(splits: &Splits, split: &str) -> BTreeMap<String, String> {
    match splits {
        [(only, _)] if only == ALL => BTreeMap::new(),
        _ => BTreeMap::from([("split".to_owned(), split.to_owned())]),
    }
}

/// The rows that are not in quarantine.
fn without(batch: &RecordBatch, quarantine: &Quarantine) -> Result<RecordBatch, Failure> {
    if quarantine.rows.is_empty() {
        return Ok(batch.clone());
    }
    let kept: BooleanArray =
        (0..batch.num_rows()).map(|row| Some(!quarantine.rows.contains(&row))).collect();
    filter_record_batch(batch, &kept).map_err(|error| Failure::new("D0312", error.to_string()))
}

fn validate(
    contract: &Contract,
    table: &Table,
    (splits, others): (&Splits, &Others),
) -> Result<Validated, Failure> {
    let mut of_columns = Vec::new();
    let (mut allowed, mut out) = (Vec::new(), Vec::new());
    let beside = Beside { places: &table.places, splits, others };
    let mut typed: BTreeMap<&str, ArrayRef> = BTreeMap::new();
    let mut metrics = vec![
        Metric::new("rows", table.rows() as f64),
        Metric::new("columns", table.columns.len() as f64),
    ];
    let mut kept: Vec<(Column, ArrayRef)> = Vec::new();
    let mut pixels: Vec<(String, ArrayRef)> = Vec::new();
    let unnamed = ColumnPromises::unnamed();
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
        metrics.push(Metric {
            slice: BTreeMap::from([("column".to_owned(), column.name.clone())]),
            ..Metric::new("null_fraction", nulls.len() as f64 / table.rows().max(1) as f64)
        });
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
    };
    let mut findings = table_findings(contract, table, &typed);
    findings.extend(of_columns);
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

/// Most columns that a message lists.
const LISTED: usize = 20;

/// The columns that are there, for one that is not.
fn listed(names: &BTreeSet<&str>) -> String {
    let first: Vec<String> = names.iter().take(LISTED).map(|&name| name.to_owned()).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => dataset::list(&first),
        Some(more) => format!("{} and {more} more", dataset::list(&first)),
    }
}

/// Promises about the table as a whole, judged on the columns that are typed.
fn table_findings(
    contract: &Contract,
    table: &Table,
    typed: &BTreeMap<&str, ArrayRef>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |severity, code: &str, message: String| {
        findings.push(Finding {
            severity,
            code: code.to_owned(),
            message,
            column: None,
            metric: None,
            rows: None,
            examples: Vec::new(),
        });
    };
    let rows = table.rows() as u64;
    let least = contract.table.min_rows.as_ref().map(|least| *least.get_ref());
    if least.is_some_and(|least| rows < least)
        || contract.table.max_rows.is_some_and(|most| rows > most)
    {
        let message = format!("the table has {rows} rows, which the contract does not allow");
        tell(Severity::Error, "D0313", message);
    }
    let there: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let named = contract.columns.keys();
    let together = contract.table.unique.iter().flat_map(|names| names.get_ref());
    let named: BTreeSet<&String> = named.chain(together).collect();
    for name in named.into_iter().filter(|name| !there.contains(name.as_str())) {
        let columns = listed(&there);
        let message = format!("the column `{name}` is not there, only {columns}");
        tell(Severity::Error, "D0314", message);
    }
    for column in &table.columns {
        if contract.table.unknown_columns == Unknown::Refuse
            && !is_pixel(contract, &column.name)
            && !contract.columns.contains_key(&column.name)
        {
            let message = format!("the column `{}` is not in the contract", column.name);
            tell(Severity::Error, "D0315", message);
        }
    }
    for file in &table.passed_over {
        let message = format!("the file `{file}` is passed over: its name begins with `_` or `.`");
        tell(Severity::Warning, "D0320", message);
    }
    for names in contract.table.unique.iter().map(|names| names.get_ref()) {
        let twice = repeated(names, table, typed);
        if let Some(&first) = twice.first() {
            let count = twice.len();
            let rows = if count == 1 { "row repeats" } else { "rows repeat" };
            let place = table.places.of(first).map(|place| format!(", such as in {place}"));
            let (names, place) = (names.join(", "), place.unwrap_or_default());
            let message = format!("{count} {rows} the values of {names}{place}");
            findings.push(finding("D0316", Severity::Error, Some(&names), message, &twice));
        }
    }
    findings
}

/// Rows whose values in these columns, together, stand in an earlier row.
fn repeated(names: &[String], table: &Table, typed: &BTreeMap<&str, ArrayRef>) -> Vec<usize> {
    let columns: Vec<ArrayRef> = table
        .columns
        .iter()
        .filter(|column| names.contains(&column.name))
        .map(|column| match typed.get(column.name.as_str()) {
            Some(array) => Arc::clone(array),
            // A column that is left out has no type, and its text is its value.
            None => {
                Arc::new(StringArray::from(column.cells.texts().unwrap_or_default())) as ArrayRef
            }
        })
        .collect();
    let mut seen = BTreeSet::new();
    let mut repeats = |row: usize| {
        let values: Vec<_> = columns.iter().map(|column| key(column, row)).collect();
        !seen.insert(values)
    };
    let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    (0..rows).filter(|&row| repeats(row)).collect()
}

#[cfg(test)]
mod tests;
