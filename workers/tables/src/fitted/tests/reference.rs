//! Each operation against scikit-learn, by the cases of `tests/reference/fitted.json`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use serde_json::Value;

use super::{fitted, rows, schema};
use crate::dataset::{DataType, Role};

/// How far a number may be from scikit-learn's, of itself or of 1.
const TOLERANCE: f64 = 1e-9;

#[test]
fn every_case_has_scikit_learns_numbers() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../../../tests/reference/fitted.json")).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let columns = case["columns"].as_object().unwrap();
        // A map of JSON is sorted, and the table is in the order of the results.
        let mut names: Vec<&String> = columns.keys().collect();
        let result = case["result"].as_array().unwrap();
        names.sort_by_key(|name| {
            result.iter().position(|of| of[0].as_str().unwrap().starts_with(name.as_str()))
        });
        let types: Vec<(&str, DataType, Role)> = names
            .iter()
            .map(|name| {
                let data_type = serde_json::from_value(columns[*name]["type"].clone()).unwrap();
                (name.as_str(), data_type, Role::Feature)
            })
            .collect();
        let schema = schema(&types);
        // Columns of one case may have different lengths: what is short misses values.
        let of = |split: &str| {
            let values: Vec<Vec<Value>> = names
                .iter()
                .map(|name| columns[*name][split].as_array().unwrap().clone())
                .collect();
            let length = values.iter().map(Vec::len).max().unwrap();
            let padded = values.into_iter().map(|mut values| {
                values.resize(length, Value::Null);
                Value::Array(values)
            });
            padded.collect::<Vec<Value>>()
        };
        let state = fitted(&case["operations"], &schema, &rows(&schema, &of("train")), 7);
        let applied = state.unwrap().apply(&schema, &rows(&schema, &of("test"))).unwrap();
        let found: Vec<String> =
            applied.schema().fields().iter().map(|field| field.name().clone()).collect();
        let wanted: Vec<&str> = result.iter().map(|of| of[0].as_str().unwrap()).collect();
        assert_eq!(found, wanted, "{name}");
        for (wanted, found) in result.iter().zip(applied.columns()) {
            for (row, wanted_value) in wanted[1].as_array().unwrap().iter().enumerate() {
                let at = format!("{name}: {} row {row}", wanted[0]);
                compare(found, row, wanted_value, &at);
            }
        }
    }
}

fn compare(found: &ArrayRef, row: usize, wanted: &Value, at: &str) {
    if wanted.is_null() {
        assert!(found.is_null(row), "{at}: a value, and it is missing there");
        return;
    }
    assert!(found.is_valid(row), "{at}: missing, and it is {wanted} there");
    if let Some(found) = found.as_string_opt::<i32>() {
        assert_eq!(found.value(row), wanted.as_str().unwrap(), "{at}");
        return;
    }
    let number = match found.as_boolean_opt() {
        Some(found) => f64::from(u8::from(found.value(row))),
        None => match found.as_primitive_opt::<Int64Type>() {
            Some(found) => found.value(row) as f64,
            None => found.as_primitive::<Float64Type>().value(row),
        },
    };
    let wanted = wanted.as_bool().map(|truth| f64::from(u8::from(truth))).or(wanted.as_f64());
    let wanted = wanted.unwrap();
    assert!(
        (number - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0),
        "{at}: {number}, and {wanted} there"
    );
}
