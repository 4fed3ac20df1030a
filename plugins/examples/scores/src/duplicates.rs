//! The kind `duplicates`: rows that stand in the data more than once.
//!
//! Invariant: two rows are the same where every compared value is the same to the
//! bit, nulls among them; nothing is compared by a hash alone. No value is told.

use std::collections::HashSet;
use std::io::BufRead;

use ingot_plugin::arrow::array::cast::AsArray;
use ingot_plugin::arrow::array::types::{Float64Type, Int64Type};
use ingot_plugin::arrow::array::{Array, ArrayRef, RecordBatch};
use ingot_plugin::arrow::schema::DataType;
use ingot_plugin::{
    Failure, Finding, Input, InputPort, Kind, Metric, Run, Severity, Step, columns, json,
};
use serde::Deserialize;

/// The most rows that a finding names.
const EXAMPLES: usize = 5;

/// The kind `duplicates`.
///
/// In each split it counts the rows that are the same as an earlier one, and
/// reports an `error` where there are any: the step's verdict then fails. Of
/// `files`, a row is a line.
pub struct Duplicates;

#[derive(Deserialize)]
struct Params {
    columns: Vec<String>,
}

/// Repeated rows of one stream.
#[derive(Default)]
struct Repeats {
    seen: HashSet<Vec<u8>>,
    row: u64,
    repeated: u64,
    examples: Vec<u64>,
}

impl Step for Duplicates {
    fn kind() -> Kind {
        Kind::new("duplicates", "find rows that stand in the data more than once")
            .params(
                json!({
                    "columns": {
                        "type": "array",
                        "description": "the columns to compare; every one where it is empty",
                        "items": {"type": "string"},
                        "default": [],
                    },
                }),
                &[],
            )
            .port(InputPort::new("data", &["dataset", "files"]))
            .output_file("findings", "findings")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let params: Params = run.params()?;
        let data = run.input("data")?;
        let mut total = 0;
        for stream in data.streams() {
            let repeats = match data.artifact_type().as_str() {
                "files" => of_lines(data, &stream),
                _ => of_rows(data, &stream, &params.columns),
            }?;
            total += repeats.repeated;
            if repeats.repeated > 0 {
                let message =
                    format!("{} rows of `{stream}` repeat an earlier one", repeats.repeated);
                let finding = Finding::new(Severity::Error, "DUPLICATE", message);
                run.finding(finding.rows(repeats.repeated, repeats.examples));
            }
        }
        run.metric(Metric::new("duplicate_rows", total as f64))
    }
}

impl Repeats {
    fn add(&mut self, row: Vec<u8>) {
        if !self.seen.insert(row) {
            self.repeated += 1;
            if self.examples.len() < EXAMPLES {
                self.examples.push(self.row);
            }
        }
        self.row += 1;
    }
}

fn of_lines(data: &Input, stream: &str) -> Result<Repeats, Failure> {
    let mut repeats = Repeats::default();
    for line in data.reader(stream)?.split(b'\n') {
        repeats.add(line?);
    }
    Ok(repeats)
}

fn of_rows(data: &Input, stream: &str, names: &[String]) -> Result<Repeats, Failure> {
    let mut repeats = Repeats::default();
    for batch in data.batches(stream)? {
        let batch = batch?;
        let arrays = compared(&batch, names)?;
        for row in 0..batch.num_rows() {
            let mut key = Vec::new();
            arrays.iter().try_for_each(|(name, array)| append(&mut key, name, array, row))?;
            repeats.add(key);
        }
    }
    Ok(repeats)
}

/// The columns to compare, by name.
fn compared(batch: &RecordBatch, names: &[String]) -> Result<Vec<(String, ArrayRef)>, Failure> {
    if names.is_empty() {
        let schema = batch.schema();
        let fields = schema.fields().iter().map(|field| field.name().clone());
        return Ok(fields.zip(batch.columns().iter().cloned()).collect());
    }
    let array = |name: &String| Ok((name.clone(), columns::column(batch, name)?.clone()));
    names.iter().map(array).collect()
}

/// Adds a value so that different rows have different bytes: a mark for null, and
/// the length before what has one.
fn append(key: &mut Vec<u8>, name: &str, array: &ArrayRef, row: usize) -> Result<(), Failure> {
    key.push(u8::from(array.is_valid(row)));
    if array.is_null(row) {
        return Ok(());
    }
    let mut sized = |bytes: &[u8]| {
        key.extend((bytes.len() as u64).to_le_bytes());
        key.extend(bytes);
    };
    match array.data_type() {
        DataType::Int64 => key.extend(array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
        DataType::Float64 => {
            key.extend(array.as_primitive::<Float64Type>().value(row).to_le_bytes());
        }
        DataType::Boolean => key.push(u8::from(array.as_boolean().value(row))),
        DataType::Utf8 => sized(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary => sized(array.as_binary::<i32>().value(row)),
        _ => return Err(columns::wrong_type(name, array, "a type of a dataset")),
    }
    Ok(())
}
