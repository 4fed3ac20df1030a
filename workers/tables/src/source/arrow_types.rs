//! What a column of a file with types may be, and its values in the types of a table. Pure.
//!
//! Whole numbers of any width that `int64` holds become that, floats of any width
//! `float64`; text and truth values are themselves, and a dictionary is what its keys stand
//! for. Other types (`uint64`, decimals, dates, times) come through unchanged: what becomes
//! of them is the contract's business.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use ingot_protocol::Failure;

use super::Cells;
use super::reader::FileColumn;

/// The columns of a file, each of which can be a table's.
pub(super) fn fields(path: &Path, schema: &Schema) -> Result<Vec<Arc<Field>>, Failure> {
    let fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    if let Some(field) = fields.iter().find(|field| is_no_cell(&wide(field.data_type()))) {
        return Err(wrong(path, field));
    }
    let mut names = BTreeSet::new();
    if let Some(field) = fields.iter().find(|field| !names.insert(field.name())) {
        let message = format!("{}: the column `{}` is there twice", path.display(), field.name());
        return Err(Failure::new("D0205", message).help("rename one of them"));
    }
    Ok(fields)
}

/// The same as the columns of a table.
pub(super) fn columns(fields: &[Arc<Field>]) -> Vec<FileColumn> {
    let columns = fields.iter().map(|field| FileColumn {
        name: field.name().clone(),
        data_type: Some(wide(field.data_type())),
    });
    columns.collect()
}

/// The values of the columns, in the types of a table.
pub(super) fn cells(
    path: &Path,
    fields: &[Arc<Field>],
    arrays: &[ArrayRef],
) -> Result<Vec<Cells>, Failure> {
    let columns = fields.iter().zip(arrays);
    columns
        .map(|(field, values)| Ok(Cells::Typed(plain(values).ok_or_else(|| wrong(path, field))?)))
        .collect()
}

fn is_no_cell(data_type: &DataType) -> bool {
    match data_type {
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::RunEndEncoded(..) => true,
        data_type => data_type.is_nested(),
    }
}

fn wrong(path: &Path, field: &Field) -> Failure {
    let (path, name) = (path.display(), field.name());
    let message = format!("{path}: the column `{name}` is `{}`", field.data_type());
    Failure::new("D0207", message).help(
        "a table's columns are numbers, truth values, dates or text; text must be marked as \
         such in the file",
    )
}

/// The values in the type that holds each of them unchanged.
fn plain(values: &ArrayRef) -> Option<ArrayRef> {
    match wide(values.data_type()) {
        found if found == *values.data_type() => Some(Arc::clone(values)),
        wide => cast(values, &wide).ok(),
    }
}

fn wide(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, values) => wide(values),
        // The values are in UTC whatever zone they are shown in.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        other => other.clone(),
    }
}
