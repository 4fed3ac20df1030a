//! What is refused, with its code.

use serde_json::{Value, json};

use super::super::{FittedState, Operations, State};
use super::{fitted, rows, schema};
use crate::dataset::{DataType, Role};

/// Why operations on a table of every role cannot be fitted.
fn told(operations: &Value) -> String {
    let schema = schema(&[
        ("x", DataType::Float64, Role::Feature),
        ("x_missing", DataType::Bool, Role::Feature),
        ("empty", DataType::Int64, Role::Feature),
        ("infinite", DataType::Float64, Role::Feature),
        ("name", DataType::Utf8, Role::Personal),
        ("y", DataType::Utf8, Role::Label),
        ("key", DataType::Int64, Role::Id),
        ("word", DataType::Utf8, Role::Feature),
        ("note", DataType::Utf8, Role::Sensitive),
    ]);
    let batch = rows(
        &schema,
        &[
            json!([1.0, 2.0]),
            json!([false, true]),
            json!([null, null]),
            json!([1.0, "inf"]),
            json!(["Ada", "Bob"]),
            json!(["yes", "no"]),
            json!([1, 2]),
            json!(["a", "key"]),
            json!(["a", "b"]),
        ],
    );
    match fitted(operations, &schema, &batch, 10) {
        Ok(_) => "fitted".to_owned(),
        Err(error) => format!("{} {error}", error.code()),
    }
}

#[test]
fn operations_that_cannot_be_fitted() {
    let impute = |column: &str, strategy: &str| {
        told(&json!([{"impute": {"columns": [column], "strategy": strategy}}]))
    };
    let cases = [
        told(&json!([])),
        told(&json!([{"smooth": {}}])),
        told(&json!([{"scale": {"columns": ["x"], "method": "standard", "clip": true}}])),
        told(&json!([{"impute": {"columns": ["x"], "strategy": "constant"}}])),
        told(&json!([{"impute": {"columns": ["x"], "strategy": "mean", "value": 1}}])),
        told(&json!([{"impute": {"columns": ["x"], "strategy": "constant", "value": "one"}}])),
        told(&json!([{"bucket": {"columns": ["x"], "method": "edges", "edges": [2, 1]}}])),
        told(&json!([{"bucket": {"columns": ["x"], "method": "quantile"}}])),
        told(&json!([{"hash": {"columns": ["word", "note"], "name": "h", "buckets": 2}}])),
        impute("z", "mean"),
        impute("name", "most-frequent"),
        impute("y", "most-frequent"),
        impute("key", "mean"),
        impute("word", "mean"),
        impute("@text", "mean"),
        impute("empty", "mean"),
        impute("infinite", "median"),
        told(&json!([{"impute": {"columns": ["x"], "strategy": "mean", "indicator": true}}])),
        told(&json!([
            {"encode": {"columns": ["word"], "method": "one-hot"}},
            {"encode": {"columns": ["word"], "method": "one-hot"}}
        ])),
        told(&json!([{"hash": {"columns": ["word"], "name": "h", "buckets": 5000}}])),
        // What a personal column holds is in no message.
        impute("note", "most-frequent"),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    D1211 operations: there are 0, and not from 1 to 100
    D1211 operations: unknown variant `smooth`, expected one of `bucket`, `encode`, `hash`, `impute`, `scale`, `text-statistics`
    D1211 operations: unknown field `clip`, expected `columns` or `method`
    D1211 operations: `impute` with a constant needs a `value`
    D1211 operations: `impute` takes a `value` with the strategy constant alone
    D1211 operations: `impute` puts `one` into `x`, which is float64
    D1211 operations: the `edges` of `bucket` do not ascend
    D1211 operations: `bucket` takes `bins`, from 2 to 10000, and no `edges` here
    D1211 operations: the columns of `hash` have different roles: {"feature", "sensitive"}
    D1204 `impute` is given `z`, and the rows have `x`, `x_missing`, `empty`, `infinite`, `name`, `y`, `key`, `word`, `note`
    D1205 `impute` is given `name`, which has the role `personal`
    D1205 `impute` is given `y`, which has the role `label`
    D1205 `impute` is given `key`, which has the role `id`
    D1206 `impute` is given `word`, which is utf8, and takes int64 or float64
    D1206 `impute` is given `word`, which is utf8, and takes int64 or float64
    D1207 `impute` learns from `empty`, which has no value in `train`
    D1210 `impute` learns from `infinite`, which is infinite in row 1 of `train`
    D1209 `impute` makes the column `x_missing`, and there is one of that name
    D1204 `encode` is given `word`, and the rows have `x`, `x_missing`, `empty`, `infinite`, `name`, `y`, `key`, `word_a`, `word_key`, `note`
    D1211 operations: `hash` makes 5000 columns, and not from 1 to 4096
    fitted
    "#);
}

#[test]
fn too_many_categories_are_refused() {
    let schema = schema(&[("w", DataType::Utf8, Role::Feature)]);
    let words: Value = (0..1_001).map(|word| Value::from(word.to_string())).collect();
    let batch = rows(&schema, &[words]);
    let encode = |method: &str| {
        let encode = json!([{"encode": {"columns": ["w"], "method": method}}]);
        fitted(&encode, &schema, &batch, 100).map_err(|error| error.to_string())
    };
    assert_eq!(encode("one-hot").unwrap_err(), "`encode` of `w` has more than 1000 categories");
    encode("ordinal").unwrap();
}

#[test]
fn a_state_that_somebody_wrote_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fitted.json");
    let told = |state: Value| {
        std::fs::write(&path, state.to_string()).unwrap();
        match State::read(&path) {
            Ok(_) => "read".to_owned(),
            Err(error) => {
                let text = error.to_string().replace(&folder.path().display().to_string(), "");
                format!("{} {text}", error.code())
            }
        }
    };
    let of = |operation: Value| json!({"version": 1, "inputs": [], "operations": [operation]});
    let cases = [
        told(json!({"version": 2, "inputs": [], "operations": []})),
        told(json!({"version": 1, "inputs": [], "operations": [], "more": 1})),
        told(of(json!({"smooth": {}}))),
        told(of(json!({"scale": {"columns": [{"name": "x", "center": 0.0, "scale": 0.0}]}}))),
        told(of(json!({"bucket": {"columns": [{"name": "x", "edges": [1.0, 1.0]}]}}))),
        told(of(
            json!({"encode": {"method": "ordinal", "columns": [{"name": "x", "categories": ["b", "a"]}]}}),
        )),
        told(of(json!({"hash": {"name": "h", "buckets": 0, "columns": ["x"]}}))),
        told(of(
            json!({"impute": {"indicator": false, "columns": [{"name": "x", "type": "int64", "value": 0.5}]}}),
        )),
        told(of(json!({"scale": {"columns": [{"name": "x", "center": 0, "scale": 2}]}}))),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    D1202 a fitted state of version 2, where version 1 is read
    D1201 /fitted.json: no fitted state: unknown field `more`, expected one of `version`, `inputs`, `operations` at line 1 column 19
    D1201 /fitted.json: no fitted state: unknown variant `smooth`, expected one of `bucket`, `encode`, `hash`, `impute`, `scale`, `text-statistics` at line 1 column 36
    D1203 a fitted state: `scale` divides `x` by 0
    D1203 a fitted state: the edges of `x` do not ascend
    D1203 a fitted state: the categories of `x` are not sorted, each once
    D1203 a fitted state: `hash` makes 0 columns, and not from 1 to 4096
    D1203 a fitted state: `impute` puts something else than int64 into `x`
    read
    "#);
    let state = State::read(&path).unwrap();
    let of = FittedState { digest: "0".repeat(64), ..FittedState::of(state).unwrap() };
    assert_eq!(of.check().unwrap_err().code(), "D1203");
}

#[test]
fn rows_of_another_form_are_refused() {
    let schema_of = |data_type| schema(&[("x", data_type, Role::Feature)]);
    let (whole, float) = (schema_of(DataType::Int64), schema_of(DataType::Float64));
    let scale = json!([{"scale": {"columns": ["x"], "method": "standard"}}]);
    let state = fitted(&scale, &whole, &rows(&whole, &[json!([1, 2])]), 2).unwrap();
    let error = state.schema(&float).unwrap_err();
    assert_eq!(error.to_string(), "`scale` is given `x`, which is float64, and takes int64");
    let other = schema(&[("z", DataType::Int64, Role::Feature)]);
    assert_eq!(state.schema(&other).unwrap_err().code(), "D1204");
}

#[test]
fn the_schema_and_the_reader_take_the_same_keys() {
    let properties = &Operations::schema()["items"]["properties"];
    for (name, operation) in properties.as_object().unwrap() {
        assert_eq!(operation["additionalProperties"], false, "{name}");
        let told = |key: &str| {
            Operations::parse(&json!([{ name.as_str(): { key: null } }])).unwrap_err().to_string()
        };
        for key in operation["properties"].as_object().unwrap().keys() {
            assert!(!told(key).contains("unknown field"), "{name}: {}", told(key));
        }
        assert!(told("no_such_key").contains("unknown field"), "{name}");
        for key in operation["required"].as_array().unwrap() {
            let key = key.as_str().unwrap();
            assert!(operation["properties"].get(key).is_some(), "{name}: {key}");
        }
    }
}
