//! [`Bench`]: a folder in which transforms run, on tables that are written as text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ingot_protocol::{Event, Failure, Input, Output, PROTOCOL, Platform, Request};
use ingot_sql::transform::{self, Limits};
use ingot_tables::dataset::{
    self, Column, DataType, Dataset, Modality, Role, SCHEMA_VERSION, Schema,
};
use serde_json::{Map, Value, json};

pub(crate) use crate::artifacts::{artifact, digest};

/// A folder that goes with the test.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a dataset, split by split, and gives it as an input.
    pub(crate) fn dataset(&self, name: &str, splits: &[(&str, &str)]) -> Input {
        let mut schema = None;
        let mut batches = BTreeMap::new();
        for (split, text) in splits {
            let (own, batch) = table(text);
            schema = Some(own);
            batches.insert((*split).to_owned(), batch);
        }
        dataset::write(&self.path(name), &schema.unwrap(), &batches).unwrap();
        artifact("dataset", &self.path(name))
    }

    /// Runs a transform; its output stands in `<name>/data`.
    pub(crate) fn run(
        &self,
        name: &str,
        params: Value,
        inputs: &[(&str, Input)],
        limits: Limits,
    ) -> Result<Vec<Event>, Failure> {
        let request = self.request(name, params, inputs);
        let mut events = Vec::new();
        transform::run_within(&request, limits, &mut |event| events.push(event))?;
        Ok(events)
    }

    /// What the worker is asked for; the folder `<name>` is there.
    pub(crate) fn request(&self, name: &str, params: Value, inputs: &[(&str, Input)]) -> Request {
        let folder = self.path(name);
        std::fs::create_dir(&folder).unwrap();
        let mut given: BTreeMap<String, Vec<Input>> = BTreeMap::new();
        for (port, input) in inputs {
            given.entry((*port).to_owned()).or_default().push(input.clone());
        }
        let kind = transform::kind();
        let output = Output { artifact_type: "dataset".into(), path: folder.join("data") };
        Request {
            protocol: PROTOCOL,
            kind: kind.name,
            revision: kind.revision,
            params: params.as_object().cloned().unwrap_or_else(Map::new),
            seed: None,
            platform: Platform::default(),
            inputs: given,
            outputs: BTreeMap::from([("data".to_owned(), output)]),
            tmp: folder,
            cpus: 1,
            checkpoints: None,
            lineage: None,
            plugin: None,
        }
    }
}

/// What a query gives of tables, each one split: a table as text, or the failure.
pub(crate) fn query(tables: &[(&str, &str)], params: Value) -> String {
    let bench = Bench::new();
    let inputs: Vec<(&str, Input)> = tables
        .iter()
        .map(|(name, text)| (*name, bench.dataset(name, &[("whole", text)])))
        .collect();
    match bench.run("out", params, &inputs, Limits::default()) {
        Ok(_) => shown(&bench.path("out/data"), "whole"),
        Err(failure) => told(&failure),
    }
}

/// The same for SQL without other params.
pub(crate) fn sql(tables: &[(&str, &str)], sql: &str) -> String {
    query(tables, json!({ "sql": sql }))
}

/// A failure as text.
pub(crate) fn told(failure: &Failure) -> String {
    let help = failure.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
    format!("{}: {}{help}", failure.code, failure.message)
}

/// A table of text: the first line names each column, its type and its role
/// (`age:int64:feature?`, with `?` for one that may be null), each other line is a row;
/// cells stand between `|`, and an empty one is null.
pub(crate) fn table(text: &str) -> (Schema, RecordBatch) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    let head: Vec<String> = cells(lines.next().unwrap());
    let rows: Vec<Vec<String>> = lines.map(cells).collect();
    let mut columns = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (at, head) in head.iter().enumerate() {
        let nullable = head.ends_with('?');
        let mut parts = head.trim_end_matches('?').split(':');
        let name = parts.next().unwrap().to_owned();
        let data_type = parts.next().unwrap_or("int64");
        let role = parts.next().unwrap_or("feature");
        let role = *Role::EVERY.iter().find(|known| known.name() == role).unwrap();
        let cell = |row: &Vec<String>| Some(row[at].clone()).filter(|cell| !cell.is_empty());
        let cells: Vec<Option<String>> = rows.iter().map(cell).collect();
        let cells = || cells.iter().map(Option::as_deref);
        let (data_type, array): (DataType, ArrayRef) = match data_type {
            "int64" => {
                let values = cells().map(|cell| cell.map(|cell| cell.parse().unwrap()));
                (DataType::Int64, Arc::new(values.collect::<Int64Array>()))
            }
            "float64" => {
                let values = cells().map(|cell| cell.map(|cell| cell.parse().unwrap()));
                (DataType::Float64, Arc::new(values.collect::<Float64Array>()))
            }
            "bool" => {
                let values = cells().map(|cell| cell.map(|cell| cell == "true"));
                (DataType::Bool, Arc::new(values.collect::<BooleanArray>()))
            }
            "binary" => {
                let values = cells().map(|cell| cell.map(str::as_bytes));
                (DataType::Binary, Arc::new(values.collect::<BinaryArray>()))
            }
            _ => (DataType::Utf8, Arc::new(cells().collect::<StringArray>())),
        };
        columns.push(Column { name, data_type, role, nullable, classes: None });
        arrays.push(array);
    }
    let schema = Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns,
        fitted: Vec::new(),
    };
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays).unwrap();
    (schema, batch)
}

/// A split of a dataset in the form of [`table`].
pub(crate) fn shown(path: &Path, split: &str) -> String {
    let data = Dataset::open(path).unwrap();
    let rows = data.read(split).unwrap();
    let mut text = String::new();
    let heads: Vec<String> = data
        .schema
        .columns
        .iter()
        .map(|column| {
            let null = if column.nullable { "?" } else { "" };
            format!("{}:{}:{}{null}", column.name, column.data_type, column.role)
        })
        .collect();
    text.push_str(&heads.join(" | "));
    let options = FormatOptions::default();
    for row in 0..rows.num_rows() {
        let cells: Vec<String> = (0..heads.len())
            .map(|at| {
                let formatter = ArrayFormatter::try_new(rows.column(at), &options).unwrap();
                formatter.value(row).to_string()
            })
            .collect();
        text.push('\n');
        text.push_str(cells.join(" | ").trim_end());
    }
    text
}
