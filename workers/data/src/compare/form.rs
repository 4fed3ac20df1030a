//! A dataset in the form of a test's files, so that it can be written there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::Schema;
use ingot_tables::parquet_file;
use ingot_tables::source::Cells;
use serde_json::{Map, Value};

/// Writes one file a split, without the row keys.
pub(super) fn write(
    folder: &Path,
    request: &Request,
    schema: &Schema,
    splits: &BTreeMap<String, RecordBatch>,
) -> Result<(), Failure> {
    let form = request.params.get("form").and_then(Value::as_str).unwrap_or("csv");
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for (split, batch) in splits {
        let names = schema.columns.iter().map(|column| column.name.as_str());
        let columns: Vec<(&str, &ArrayRef)> =
            names.filter_map(|name| Some((name, batch.column_by_name(name)?))).collect();
        let path = folder.join(format!("{split}.{form}"));
        match form {
            "parquet" => {
                let arrow = Arc::new(schema.arrow());
                let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
                let batch = RecordBatch::try_new(Arc::clone(&arrow), arrays)
                    .map_err(|error| failed(&path, &error))?;
                parquet_file::Writer::create(&path, arrow)
                    .and_then(|mut writer| writer.write(&batch).and_then(|()| writer.finish()))
                    .map_err(|error| failed(&path, &error))?;
            }
            "json_lines" => {
                let odd = columns.iter().find(|(_, array)| endless(array));
                if let Some((name, _)) = odd {
                    let message = format!("`{name}` has a float that JSON has no word for");
                    return Err(Failure::new("D1304", message)
                        .help("expect a .csv or .parquet file instead"));
                }
                let text = lines(&columns, batch.num_rows());
                fs::write(&path, text).map_err(|error| failed(&path, &error))?;
            }
            other => {
                let delimiter = if other == "tsv" { b'\t' } else { b',' };
                let bytes = separated(&columns, batch.num_rows(), delimiter);
                let bytes = bytes.map_err(|error| failed(&path, &error))?;
                fs::write(&path, bytes).map_err(|error| failed(&path, &error))?;
            }
        }
    }
    Ok(())
}

fn failed(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new("D1304", format!("{}: {error}", path.display()))
}

fn separated(
    columns: &[(&str, &ArrayRef)],
    rows: usize,
    delimiter: u8,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|(name, _)| *name))?;
    for row in 0..rows {
        writer.write_record(columns.iter().map(|(_, array)| match value(array, row) {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        }))?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

fn lines(columns: &[(&str, &ArrayRef)], rows: usize) -> String {
    let line = |row: usize| {
        let cells = columns.iter().map(|(name, array)| ((*name).to_owned(), value(array, row)));
        format!("{}\n", Value::from(cells.collect::<Map<_, _>>()))
    };
    (0..rows).map(line).collect()
}

/// Whether a column has a float that is none, or without end.
fn endless(array: &ArrayRef) -> bool {
    *array.data_type() == DataType::Float64
        && array.as_primitive::<Float64Type>().iter().flatten().any(|float| !float.is_finite())
}

/// A cell as JSON has it; what it has no word for is its text.
fn value(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Int64 => Value::from(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let float = array.as_primitive::<Float64Type>().value(row);
            match float.is_finite() {
                true => Value::from(float),
                false => Value::from(float.to_string()),
            }
        }
        DataType::Boolean => Value::from(array.as_boolean().value(row)),
        DataType::Utf8 => Value::from(array.as_string::<i32>().value(row)),
        _ => Cells::Typed(Arc::clone(array)).text(row).map_or(Value::Null, Value::from),
    }
}
