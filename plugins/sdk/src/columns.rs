//! Columns of one batch, by name.
//!
//! Pure. Invariant: a batch that comes out has the schema of the one that went
//! in, with what its columns mean.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::DataType;

use crate::Failure;

/// The column of a name.
///
/// # Errors
/// `COLUMN`, where there is none; the help names those that there are.
pub fn column<'batch>(batch: &'batch RecordBatch, name: &str) -> Result<&'batch ArrayRef, Failure> {
    batch.column_by_name(name).ok_or_else(|| {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        Failure::new("COLUMN", format!("no column `{name}`"))
            .help(format!("the columns are {}", names.join(", ")))
    })
}

/// A column of text.
///
/// # Errors
/// `COLUMN`, where there is none or it is not utf8.
pub fn text<'batch>(
    batch: &'batch RecordBatch,
    name: &str,
) -> Result<&'batch StringArray, Failure> {
    let array = column(batch, name)?;
    array.as_string_opt().ok_or_else(|| wrong_type(name, array, "utf8"))
}

/// A column of numbers as float64; an int64 is rounded to the nearest float64,
/// which is exact up to 2^53.
///
/// # Errors
/// `COLUMN`, where there is none or it is neither int64 nor float64.
pub fn numbers(batch: &RecordBatch, name: &str) -> Result<Float64Array, Failure> {
    let array = column(batch, name)?;
    match array.data_type() {
        DataType::Float64 => Ok(array.as_primitive::<Float64Type>().clone()),
        DataType::Int64 => Ok(array.as_primitive::<Int64Type>().unary(|value| value as f64)),
        _ => Err(wrong_type(name, array, "int64 or float64")),
    }
}

/// The batch with another array in place of a column.
///
/// # Errors
/// `COLUMN`, where there is none; `ARROW`, where type or length differ.
pub fn replace(
    batch: &RecordBatch,
    name: &str,
    array: impl Array + 'static,
) -> Result<RecordBatch, Failure> {
    column(batch, name)?;
    let index = batch.schema().index_of(name)?;
    let mut arrays = batch.columns().to_vec();
    arrays[index] = Arc::new(array);
    Ok(RecordBatch::try_new(batch.schema(), arrays)?)
}

/// The failure of a column that has another type than a step can work with.
pub fn wrong_type(name: &str, array: &dyn Array, wanted: &str) -> Failure {
    Failure::new("COLUMN", format!("column `{name}` is {}, not {wanted}", array.data_type()))
}
