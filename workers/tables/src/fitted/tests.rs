//! Fitted operations: scikit-learn's numbers, what must always hold, and what is refused.
#![allow(clippy::unwrap_used)]

mod always;
mod reference;
mod refused;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use serde_json::{Value, json};

use super::{Batches, FittedError, Operations, State, fit};
use crate::dataset::{Column, DataType, DatasetError, Modality, Role, SCHEMA_VERSION, Schema};

/// A table of columns that may miss values.
fn schema(columns: &[(&str, DataType, Role)]) -> Schema {
    let column = |(name, data_type, role): &(&str, DataType, Role)| Column {
        name: (*name).to_owned(),
        data_type: *data_type,
        role: *role,
        nullable: true,
        classes: None,
    };
    Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns: columns.iter().map(column).collect(),
        fitted: Vec::new(),
    }
}

/// Rows of a schema: a JSON array a column, null is missing, "NaN" of floats is NaN.
fn rows(schema: &Schema, columns: &[Value]) -> RecordBatch {
    let arrays = schema.columns.iter().zip(columns).map(|(column, values)| {
        let values = values.as_array().unwrap();
        match column.data_type {
            DataType::Int64 => {
                Arc::new(values.iter().map(Value::as_i64).collect::<Int64Array>()) as ArrayRef
            }
            DataType::Float64 => {
                let float = |value: &Value| match value.as_str() {
                    Some(text) => text.parse().ok(),
                    None => value.as_f64(),
                };
                Arc::new(values.iter().map(float).collect::<Float64Array>())
            }
            DataType::Bool => Arc::new(values.iter().map(Value::as_bool).collect::<BooleanArray>()),
            _ => Arc::new(values.iter().map(Value::as_str).collect::<StringArray>()),
        }
    });
    RecordBatch::try_new(Arc::new(schema.arrow()), arrays.collect()).unwrap()
}

/// The state of operations that are fitted on rows, `size` rows a batch.
fn fitted(
    operations: &Value,
    schema: &Schema,
    train: &RecordBatch,
    size: usize,
) -> Result<State, FittedError> {
    let batches = || -> Result<Batches, DatasetError> {
        let starts = (0..train.num_rows()).step_by(size);
        let slice = |start| train.slice(start, size.min(train.num_rows() - start));
        Ok(Box::new(starts.map(slice).map(Ok).collect::<Vec<_>>().into_iter()))
    };
    fit(&Operations::parse(operations)?, schema, &batches)
}

/// The numbers of one column behind one operation that is fitted on the same rows.
fn of_one(data_type: DataType, values: &Value, operation: &Value) -> String {
    let schema = schema(&[("x", data_type, Role::Feature)]);
    let batch = rows(&schema, std::slice::from_ref(values));
    let state = match fitted(&json!([operation]), &schema, &batch, 2) {
        Ok(state) => state,
        Err(error) => return error.to_string(),
    };
    let applied = state.apply(&schema, &batch).unwrap();
    let column = |(field, array): (&Arc<arrow::datatypes::Field>, &ArrayRef)| {
        let values = arrow::util::display::ArrayFormatter::try_new(
            array.as_ref(),
            &arrow::util::display::FormatOptions::default().with_null("-"),
        )
        .unwrap();
        let values: Vec<String> =
            (0..array.len()).map(|row| values.value(row).to_string()).collect();
        let kind = DataType::of_arrow(field.data_type()).unwrap();
        format!("{} {kind}: {}", field.name(), values.join(" "))
    };
    let schema = applied.schema();
    let columns = schema.fields().iter().zip(applied.columns()).map(column);
    columns.collect::<Vec<_>>().join("; ")
}

#[test]
fn by_hand() {
    let numbers = json!([1, null, 2, 6]);
    let of = |operation: Value| of_one(DataType::Int64, &numbers, &operation);
    let words = json!(["b", "a", null, "b"]);
    let text = |operation: Value| of_one(DataType::Utf8, &words, &operation);
    let told = [
        of(json!({"impute": {"columns": ["x"], "strategy": "mean"}})),
        of(json!({"impute": {"columns": ["x"], "strategy": "median", "indicator": true}})),
        of(json!({"impute": {"columns": ["x"], "strategy": "most-frequent"}})),
        of(json!({"impute": {"columns": ["x"], "strategy": "constant", "value": 0}})),
        of(json!({"scale": {"columns": ["@numeric"], "method": "min-max"}})),
        of(json!({"encode": {"columns": ["x"], "method": "ordinal"}})),
        of(json!({"bucket": {"columns": ["x"], "method": "edges", "edges": [2, 6]}})),
        of(json!({"bucket": {"columns": ["x"], "method": "uniform", "bins": 2}})),
        text(json!({"encode": {"columns": ["@text"], "method": "one-hot"}})),
        text(json!({"hash": {"columns": ["x"], "name": "h", "buckets": 2}})),
        text(
            json!({"text-statistics": {"columns": ["x"], "statistics": ["upper_share", "length"]}}),
        ),
        of_one(
            DataType::Float64,
            &json!([1.5, "NaN", null, -0.0]),
            &json!({"scale": {"columns": ["x"], "method": "min-max"}}),
        ),
        of_one(
            DataType::Float64,
            &json!([1.5, "NaN", null, 1.5]),
            &json!({"impute": {"columns": ["x"], "strategy": "most-frequent"}}),
        ),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    x float64: 1.0 3.0 2.0 6.0
    x float64: 1.0 2.0 2.0 6.0; x_missing bool: false true false false
    x int64: 1 1 2 6
    x int64: 1 0 2 6
    x float64: 0.0 - 0.2 1.0
    x int64: 0 - 1 2
    x int64: 0 - 1 2
    x int64: 0 - 0 1
    x_a bool: false true false false; x_b bool: true false false true
    h_0 float64: 0.0 1.0 0.0 0.0; h_1 float64: -1.0 0.0 0.0 -1.0
    x utf8: b a - b; x_length int64: 1 1 - 1; x_upper_share float64: 0.0 0.0 - 0.0
    x float64: 1.0 NaN - 0.0
    x float64: 1.5 1.5 1.5 1.5
    "#);
}
