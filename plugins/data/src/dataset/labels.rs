//! A column's values as the names of classes.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::DatasetError;

/// A column as text: whole numbers in decimal, truth values as `true` and `false`,
/// other numbers in the shortest form that reads back as the same number. A null,
/// which is an unlabelled row, stays one.
pub fn labels(batch: &RecordBatch, column: &str) -> Result<Vec<Option<String>>, DatasetError> {
    let wrong = |found: String| DatasetError::Labels { column: column.to_owned(), found };
    let array = batch.column_by_name(column).ok_or_else(|| wrong("nothing".into()))?;
    Ok(match array.data_type() {
        DataType::Int64 => text(array.as_primitive::<Int64Type>()),
        DataType::Float64 => text(array.as_primitive::<Float64Type>()),
        DataType::Boolean => text(array.as_boolean()),
        DataType::Utf8 => text(array.as_string::<i32>()),
        other => return Err(wrong(other.to_string())),
    })
}

fn text<T: ToString>(values: impl IntoIterator<Item = Option<T>>) -> Vec<Option<String>> {
    values.into_iter().map(|value| value.map(|value| value.to_string())).collect()
}
