//! The SQL of contracts is judged by Arrow kernels without an engine: what it says is what
//! the engine says of the same words.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use datafusion::prelude::SessionContext;
use ingot_protocol::contract::sql::Condition;
use ingot_tables::rules::judge;

/// Conditions of rows: operators, functions, types side by side, and what is missing.
const OF_ROWS: [&str; 36] = [
    "a > b",
    "a <= 3",
    "a = 3 or b <> 3",
    "not (a < b and x > 0)",
    "a between -1 and 4",
    "a not between b and 9",
    "a in (1, 2, 3)",
    "t in ('a', 'B')",
    "t not in ('a', 'ab')",
    "a is null",
    "x is not null and x > 0.5",
    "t like 'a%'",
    "t like '_b%'",
    "t not like '%b'",
    "p",
    "not p or a > 2",
    "p = (a > 2)",
    "a + b > 3",
    "a - b * 2 <= x",
    "-a < b",
    "a % 3 = 1",
    "x / 2.0 < 1.5",
    "a * 1.5 > b",
    "abs(b) >= 3",
    "length(t) > 1",
    "lower(t) = 'b'",
    "upper(t) >= 'B'",
    "trim(t) = t",
    "coalesce(a, b, 0) > 1",
    "case when a > 2 then b > 0 when p then x > 0 else t = 'a' end",
    "case when t is null then 1 else 2 end = 1",
    "cast(a as double) > x",
    "cast(b as varchar) = '3'",
    "round(x) >= 1",
    "t < 'b'",
    "x > a or x <= a or a is null",
];

/// Conditions of the table, with their sums.
const OF_TABLES: [&str; 14] = [
    "count(*) = 8",
    "count(a) < count(*)",
    "count(distinct b) = 5",
    "sum(a) > 10",
    "sum(x) > sum(a)",
    "avg(a) between 1 and 3",
    "min(t) = 'B'",
    "max(x) >= 2.5",
    "min(b) = -3 and max(b) = 7",
    "sum(a) + count(*) > 5 * avg(b)",
    "sum(case when p then 1 else 0 end) = 4",
    "count(t) * 2 > 10 or max(a) is null",
    "avg(x) < 1",
    "max(length(t)) = 2",
];

fn rows() -> RecordBatch {
    let whole = |values: [Option<i64>; 8]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let texts = [Some("a"), Some("ab"), None, Some("B"), Some(" b"), Some("b"), None, Some("a")];
    RecordBatch::try_from_iter([
        ("a", whole([Some(1), Some(2), None, Some(3), Some(4), Some(-1), Some(5), None])),
        ("b", whole([Some(3), Some(3), Some(0), None, Some(7), Some(-3), Some(2), None])),
        (
            "x",
            Arc::new(Float64Array::from(vec![
                Some(0.5),
                Some(2.5),
                Some(-1.0),
                None,
                Some(4.0),
                Some(1e-9),
                Some(5.0),
                Some(0.25),
            ])) as ArrayRef,
        ),
        (
            "p",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(false),
                Some(true),
                Some(true),
                None,
            ])) as ArrayRef,
        ),
        ("t", Arc::new(StringArray::from(texts.to_vec())) as ArrayRef),
    ])
    .unwrap()
}

/// What the engine says of a condition: the rows, or the table as its only row, of which it
/// is false.
fn by_the_engine(rows: &RecordBatch, sql: &str) -> Vec<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let context = SessionContext::new();
        context.register_batch("data", rows.clone()).unwrap();
        let query = format!("select ({sql}) as kept from data");
        let batches = context.sql(&query).await.unwrap().collect().await.unwrap();
        let kept = batches.iter().flat_map(|batch| {
            let kept = batch.column(0);
            let kept = arrow::compute::cast(kept, &arrow::datatypes::DataType::Boolean).unwrap();
            let kept = kept.as_boolean().clone();
            (0..kept.len()).map(move |row| kept.is_valid(row).then(|| kept.value(row)))
        });
        let broken = kept.enumerate().filter(|(_, kept)| *kept == Some(false));
        broken.map(|(row, _)| row).collect()
    })
}

#[test]
fn a_rule_breaks_where_the_engine_says_so() {
    let rows = rows();
    for sql in OF_ROWS.iter().chain(&OF_TABLES) {
        let condition = Condition::read(sql).unwrap_or_else(|mistake| {
            panic!("{sql}: {}", mistake.what);
        });
        let judged = judge(&condition, &rows, &BTreeMap::new()).unwrap();
        assert!(judged.faults.is_empty(), "{sql}: {:?}", judged.faults);
        let found = match condition.is_of_table() {
            true => judged.is_broken.then_some(0).into_iter().collect(),
            false => judged.broken,
        };
        assert_eq!(found, by_the_engine(&rows, sql), "{sql}");
    }
}
