//! Expressions against the answers of DuckDB; what they are where DuckDB differs.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use serde_json::{Value as Json, json};

use super::*;

/// Rows, and what DuckDB says of expressions over them. Where its SQL is another
/// (`//` divides whole numbers, `cast` rounds), the case has it under `duckdb`.
const CASES: &str = include_str!("duckdb.json");

fn float(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn table(columns: &Json) -> RecordBatch {
    let columns = columns.as_object().unwrap().iter().map(|(name, cells)| {
        let cells = cells.as_array().unwrap();
        let array: ArrayRef = match name.as_str() {
            "a" | "b" | "c" | "p" => {
                Arc::new(cells.iter().map(Json::as_i64).collect::<Int64Array>())
            }
            "x" | "y" | "q" => Arc::new(cells.iter().map(float).collect::<Float64Array>()),
            "k" => Arc::new(cells.iter().map(Json::as_bool).collect::<BooleanArray>()),
            _ => Arc::new(cells.iter().map(Json::as_str).collect::<StringArray>()),
        };
        (name.clone(), array, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// The answers of an expression as DuckDB's are written in the cases.
fn answers(values: &ArrayRef) -> Vec<Json> {
    let float = |float: f64| match float.is_finite() {
        true => json!(float),
        false => json!(float.to_string()),
    };
    let at = |row| match values.data_type() {
        _ if values.is_null(row) => Json::Null,
        ArrowType::Int64 => json!(values.as_primitive::<Int64Type>().value(row)),
        ArrowType::Float64 => float(values.as_primitive::<Float64Type>().value(row)),
        ArrowType::Boolean => json!(values.as_boolean().value(row)),
        _ => json!(values.as_string::<i32>().value(row)),
    };
    (0..values.len()).map(at).collect()
}

/// Whether an answer is the other one; sums of floats may run in another order.
fn agrees(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-12 * other.abs().max(1.0),
        _ => one == other,
    }
}

fn condition(sql: &str) -> Condition {
    Condition::read(sql).unwrap_or_else(|mistake| panic!("{sql}: {}", mistake.what))
}

#[test]
fn expressions_are_what_duckdb_says() {
    let cases: Json = serde_json::from_str(CASES).unwrap();
    let rows = table(&cases["rows"]);
    let others = BTreeMap::from([("orders".to_owned(), table(&cases["orders"]))]);
    for case in cases["cases"].as_array().unwrap() {
        let sql = case["sql"].as_str().unwrap();
        let condition = condition(sql);
        let mut faults = Vec::new();
        let selections: Vec<Value> = condition
            .selections
            .iter()
            .map(|selection| selected(selection, &others, &mut faults).unwrap())
            .collect();
        let scope = Rows { rows: &rows, aggregates: &[], selections: &selections };
        let value = scope.evaluate(&condition.expression).unwrap();
        let value = value.expanded(rows.num_rows()).unwrap();
        assert!(faults.is_empty() && value.faults.is_empty(), "{sql}");
        let expected = case["expected"].as_array().unwrap();
        let found = answers(&value.values);
        assert_eq!(found.len(), expected.len(), "{sql}");
        for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!(agrees(found, expected), "{sql}, row {row}: {found}, and DuckDB {expected}");
        }
    }
}

#[test]
fn aggregates_are_what_duckdb_says_however_the_rows_are_cut() {
    let cases: Json = serde_json::from_str(CASES).unwrap();
    let rows = table(&cases["rows"]);
    let others = BTreeMap::from([("orders".to_owned(), table(&cases["orders"]))]);
    for case in cases["tables"].as_array().unwrap() {
        let sql = case["sql"].as_str().unwrap();
        let condition = condition(sql);
        let mut faults = Vec::new();
        let selections: Vec<Value> = condition
            .selections
            .iter()
            .map(|selection| selected(selection, &others, &mut faults).unwrap())
            .collect();
        let mut values = Vec::new();
        for aggregate in &condition.aggregates {
            let mut accumulator = Accumulator::new(aggregate);
            for first in (0..rows.num_rows()).step_by(7) {
                let slice = rows.slice(first, 7.min(rows.num_rows() - first));
                match &aggregate.argument {
                    None => accumulator.rows(slice.num_rows()),
                    Some(argument) => {
                        let scope = Rows { rows: &slice, aggregates: &[], selections: &[] };
                        let value = scope.evaluate(argument).unwrap();
                        accumulator.take(&value.expanded(slice.num_rows()).unwrap()).unwrap();
                    }
                }
            }
            values.push(accumulator.value());
        }
        let found = alone(&condition.expression, &values, &selections).unwrap();
        let found = &answers(&found.values)[0];
        assert!(agrees(found, &case["expected"]), "{sql}: {found}, not {}", case["expected"]);
    }
}

fn small(a: &[Option<i64>], b: &[Option<i64>]) -> RecordBatch {
    let columns: [(&str, ArrayRef); 2] = [
        ("a", Arc::new(Int64Array::from(a.to_vec()))),
        ("b", Arc::new(Int64Array::from(b.to_vec()))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn a_rule_is_broken_where_it_is_false_and_a_fault_is_of_the_row_that_has_it() {
    let rows = small(
        &[Some(0), Some(2), None, Some(i64::MAX), Some(i64::MIN)],
        &[Some(1), Some(0), Some(3), Some(2), Some(-1)],
    );
    let told: Vec<String> = [
        "a > 0",
        "not (a > 0)",
        "a / b > 0",
        "b <> 0 and a / b >= 0",
        "b = 0 or a / b >= 0",
        "a / b >= 0 and b <> 0",
        "case when b = 0 then true else a / b >= 0 end",
        "coalesce(b, a / 0) > 0",
        "coalesce(a, 1 / b) > 0",
        "a % b = 0",
        "a * b <> 1",
        "-a < 1",
        "abs(a) >= 0",
        "a + 1.0 > a",
        "cast(cast(a as utf8) as int64) = a",
        "cast('x' as int64) = a",
        "cast(a * 1.0 as int64) = a",
        "a = 1 / 0",
        "null",
        "a = null",
        "sum(a) > 0",
        "sum(a) - 1 > sum(b)",
        "sum(a * b) > 0",
        "max(a) / (count(a) - 4) = 1",
        "count(*) = 4",
        "sum(case when b > 100 then a end) > 0",
    ]
    .iter()
    .map(|sql| {
        let judged = judge(&condition(sql), &rows, &BTreeMap::new()).unwrap();
        let fault = |at: &FaultAt| {
            format!("{}: {}", at.row.map_or("table".into(), |row| row.to_string()), at.fault)
        };
        let faults = match judged.faults.as_slice() {
            [] => String::new(),
            [one] => fault(one),
            [first, ..] => format!("{}, of {}", fault(first), judged.faults.len()),
        };
        let broken = match judged.is_broken {
            true => "table".to_owned(),
            false => format!("{:?}", judged.broken),
        };
        format!("{sql} -> {broken} {}", faults).trim_end().to_owned()
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_rule_over_nothing_is_kept_and_what_was_not_checked_is_no_panic() {
    let none = small(&[], &[]);
    for sql in ["a > 0", "sum(a) > 0", "count(*) = 0", "min(a) is null"] {
        let judged = judge(&condition(sql), &none, &BTreeMap::new()).unwrap();
        assert_eq!(judged, Judged::default(), "{sql}");
    }
    let rows = small(&[Some(1)], &[Some(2)]);
    for sql in ["a and b", "a like 'x'", "a = 'x'", "lower(a) = 'x'", "gone = 1", "a + true > 1"] {
        assert!(judge(&condition(sql), &rows, &BTreeMap::new()).is_err(), "{sql}");
    }
    assert!(judge(&condition("a = (select sum(a) from b)"), &rows, &BTreeMap::new()).is_err());
}
