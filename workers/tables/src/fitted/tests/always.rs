//! What holds whatever the rows are.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{FittedState, apply, missing};
use super::{fitted, rows, schema};
use crate::dataset::{DataType, Role, Schema};

/// Some of every operation.
fn operations() -> Value {
    json!([
        {"impute": {"columns": ["x"], "strategy": "median", "indicator": true}},
        {"impute": {"columns": ["n"], "strategy": "mean"}},
        {"impute": {"columns": ["w"], "strategy": "most-frequent"}},
        {"scale": {"columns": ["x"], "method": "standard"}},
        {"scale": {"columns": ["n"], "method": "robust"}},
        {"bucket": {"columns": ["n"], "method": "quantile", "bins": 3}},
        {"text-statistics": {"columns": ["w"], "statistics": ["length"]}},
        {"encode": {"columns": ["w"], "method": "one-hot"}},
        {"hash": {"columns": ["v"], "name": "h", "buckets": 3}},
    ])
}

fn table() -> Schema {
    schema(&[
        ("x", DataType::Float64, Role::Feature),
        ("n", DataType::Int64, Role::Feature),
        ("w", DataType::Utf8, Role::Feature),
        ("v", DataType::Utf8, Role::Feature),
        ("y", DataType::Utf8, Role::Label),
    ])
}

type Row = (Option<f64>, Option<i64>, Option<String>, Option<String>, Option<String>);

fn columns(rows: &[Row]) -> Vec<Value> {
    let column = |cell: &dyn Fn(&Row) -> Value| rows.iter().map(cell).collect::<Value>();
    vec![
        column(&|row| json!(row.0)),
        column(&|row| json!(row.1)),
        column(&|row| json!(row.2)),
        column(&|row| json!(row.3)),
        column(&|row| json!(row.4)),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    (
        prop::option::weighted(0.8, -1e6..1e6_f64),
        prop::option::weighted(0.8, -50..50_i64),
        prop::option::weighted(0.8, "[a-c]{1,2}"),
        prop::option::weighted(0.8, ".{0,6}"),
        prop::option::of("[yn]"),
    )
}

/// Rows to fit on: one of them lacks nothing.
fn train() -> impl Strategy<Value = Vec<Row>> {
    let whole = (Some(1.5), Some(2), Some("a".to_owned()), None, None);
    prop::collection::vec(row(), 0..30).prop_map(move |mut rows| {
        rows.push(whole.clone());
        rows
    })
}

proptest! {
    /// How rows stand in batches changes no bit of a state, nor of what it makes; a row
    /// becomes the same alone and among others.
    #[test]
    fn batches_are_nothing(train in train(), test in prop::collection::vec(row(), 1..9), size in 1..9_usize) {
        let schema = table();
        let (train, test) = (rows(&schema, &columns(&train)), rows(&schema, &columns(&test)));
        let state = fitted(&operations(), &schema, &train, 1_000).unwrap();
        prop_assert_eq!(&state, &fitted(&operations(), &schema, &train, size).unwrap());
        let whole = state.apply(&schema, &test).unwrap();
        prop_assert_eq!(whole.schema().as_ref().clone(), state.schema(&schema).unwrap().arrow());
        for row in 0..test.num_rows() {
            let alone = state.apply(&schema, &test.slice(row, 1)).unwrap();
            prop_assert_eq!(alone, whole.slice(row, 1));
        }
    }

    /// A state that is written and read again is the same, to its digest.
    #[test]
    fn a_state_is_read_as_it_was_written(train in train()) {
        let schema = table();
        let state = fitted(&operations(), &schema, &rows(&schema, &columns(&train)), 8).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fitted.json");
        state.write(&path).unwrap();
        let read = super::State::read(&path).unwrap();
        prop_assert_eq!(&read, &state);
        let bytes = std::fs::read(&path).unwrap();
        let of = FittedState::of(read).unwrap();
        prop_assert_eq!(&of.digest, &blake3::hash(&bytes).to_hex().to_string());
        of.check().unwrap();
    }

    /// Several states one behind the other: what rows lack of them is what is applied.
    #[test]
    fn what_is_missing_is_applied(train in train()) {
        let first = table();
        let train = rows(&first, &columns(&train));
        let scale = json!([{"scale": {"columns": ["x"], "method": "min-max"}}]);
        let one = fitted(&scale, &first, &train, 8).unwrap();
        let (second, behind) = (one.schema(&first).unwrap(), one.apply(&first, &train).unwrap());
        let fill = json!([{"impute": {"columns": ["x"], "strategy": "mean"}}]);
        let other = fitted(&fill, &second, &behind, 8).unwrap();
        let third = other.schema(&second).unwrap();
        let whole = other.apply(&second, &behind).unwrap();
        for (schema, batch, lacks) in [(&first, &train, 2), (&second, &behind, 1), (&third, &whole, 0)] {
            let rest = missing(&schema.fitted, &third.fitted).unwrap();
            prop_assert_eq!(rest.len(), lacks);
            let (schema, batch) = apply(rest, schema, batch.clone()).unwrap();
            prop_assert_eq!((&schema, &batch), (&third, &whole));
        }
        prop_assert!(missing(&third.fitted, &second.fitted).is_err());
    }
}
