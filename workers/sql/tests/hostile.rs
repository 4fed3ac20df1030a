//! Queries that nobody means well: each ends, with a result or with a failure of ours.

use ingot_sql::transform::Limits;
use serde_json::json;

use crate::support::{Bench, shown, sql, told};

const DATA: &str = "id:int64:id | x:float64 | t:utf8\n1 | 0 | a\n9223372036854775807 | 2 | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";

/// The code of a failure, or the rows of the result.
fn outcome(text: &str) -> String {
    let said = sql(&[("data", DATA)], text);
    if said.starts_with('Q') { said[..5].to_owned() } else { said }
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |open: &str, close: &str, deep: usize| {
        format!("SELECT {}id{} AS y FROM data", open.repeat(deep), close.repeat(deep))
    };
    for (text, expected) in [
        (nested("(", ")", 10_000), "Q0105"),
        (nested("abs(", ")", 10_000), "Q0105"),
        (nested("- ", "", 10_000), "Q0105"),
        (format!("SELECT 1 AS a -- {}", "x".repeat(1 << 20)), "Q0105"),
        (format!("SELECT {}", "(SELECT ".repeat(10_000)), "Q0105"),
    ] {
        assert_eq!(outcome(&text), expected, "{}", &text[..40]);
    }
    let list = (0..100_000).map(|at| at.to_string()).collect::<Vec<_>>().join(",");
    let found = outcome(&format!("SELECT id FROM data WHERE id IN ({list})"));
    assert_eq!(found, "id:int64:id\n1");
}

#[test]
fn long_chains_of_operators_are_planned() {
    let sum = format!("SELECT x{} AS y FROM data", " + 1.0".repeat(300));
    assert_eq!(outcome(&sum), "y:float64:feature\n300.0\n302.0");
    let chain = format!("SELECT id FROM data WHERE x = 0{}", " OR x = 7".repeat(300));
    assert_eq!(outcome(&chain), "id:int64:id\n1");
    // The time that planning takes grows faster than the chain, and its stack with it.
    for more in [" + 1.0".repeat(351), " + 1".repeat(20_000)] {
        assert_eq!(outcome(&format!("SELECT x{more} AS y FROM data")), "Q0105");
    }
    let or = " OR x = 7".repeat(20_000);
    assert_eq!(outcome(&format!("SELECT id FROM data WHERE x = 0{or}")), "Q0105");
}

#[test]
fn whole_numbers_overflow_loudly_and_floats_are_what_they_are() {
    insta::assert_snapshot!([
        "SELECT id + 1 AS y FROM data",
        "SELECT id * 2 AS y FROM data",
        "SELECT -2 - id AS y FROM data",
        "SELECT sum(id) AS y FROM data",
        "SELECT 1 / (id - 1) AS y FROM data",
        "SELECT id % 0 AS y FROM data",
        "SELECT CAST(t AS BIGINT) AS y FROM data",
        "SELECT CAST(x / 0 AS TEXT) AS y, TRY_CAST(t AS BIGINT) AS z, 1 / nullif(id - 1, 0) AS w FROM data",
    ].map(|text| format!("{text}\n{}\n", sql(&[("data", DATA)], text))).join("\n"), @r"
    SELECT id + 1 AS y FROM data
    Q0602: sql: the result of +, - or * is beyond int64
      help: compute with floats: CAST(x AS DOUBLE) * y

    SELECT id * 2 AS y FROM data
    Q0602: sql: the result of +, - or * is beyond int64
      help: compute with floats: CAST(x AS DOUBLE) * y

    SELECT -2 - id AS y FROM data
    Q0602: sql: the result of +, - or * is beyond int64
      help: compute with floats: CAST(x AS DOUBLE) * y

    SELECT sum(id) AS y FROM data
    Q0602: sql: a sum overflows int64
      help: sum floats: sum(CAST(column AS DOUBLE))

    SELECT 1 / (id - 1) AS y FROM data
    Q0602: sql: a whole number is divided by zero
      help: let it be null: x / nullif(y, 0); floats give infinity or NaN

    SELECT id % 0 AS y FROM data
    Q0602: sql: a whole number is divided by zero
      help: let it be null: x / nullif(y, 0); floats give infinity or NaN

    SELECT CAST(t AS BIGINT) AS y FROM data
    Q0602: sql: a value cannot be cast to Int64
      help: TRY_CAST gives null instead

    SELECT CAST(x / 0 AS TEXT) AS y, TRY_CAST(t AS BIGINT) AS z, 1 / nullif(id - 1, 0) AS w FROM data
    y:utf8:feature | z:int64:feature? | w:int64:feature?
    NaN |  |
    inf |  | 0
    ");
}

#[test]
fn patterns_are_linear() {
    let bomb = "SELECT regexp_like(t, '^(a+)+$') AS y FROM data";
    assert_eq!(outcome(bomb), "y:bool:feature?\ntrue\nfalse");
    assert_eq!(outcome("SELECT regexp_like(t, '(((a{100}){100}){100})') AS y FROM data"), "Q0603");
}

#[test]
fn a_join_without_a_condition_ends() {
    let bench = Bench::new();
    let rows: String = (0..3_000).map(|row| format!("\n{row}")).collect();
    let data = bench.dataset("data", &[("whole", &format!("x:int64{rows}"))]);
    let limits = Limits { joined: 1_000_000, ..Limits::default() };
    for (name, text) in [
        ("three", "SELECT count(*) AS n FROM data a, data b, data c"),
        ("rows", "SELECT a.x FROM data a, data b, data c"),
        ("condition", "SELECT sum(a.x) AS n FROM data a JOIN data b ON a.x + b.x > -1"),
    ] {
        let inputs = [("data", data.clone())];
        let failure = bench.run(name, json!({ "sql": text }), &inputs, limits).unwrap_err();
        assert_eq!(failure.code, "Q0605", "{}", told(&failure));
    }
    let small = Limits { memory: 1 << 16, ..Limits::default() };
    let text = "SELECT a.x FROM data a JOIN data b ON a.x = b.x";
    let inputs = [("data", data)];
    let failure = bench.run("small", json!({ "sql": text }), &inputs, small).unwrap_err();
    assert_eq!(failure.code, "Q0601", "{}", told(&failure));
}

#[test]
fn no_value_of_a_row_is_in_a_message() {
    let data = "name:utf8:personal\nsecret";
    for text in [
        "SELECT CAST(name AS BIGINT) AS n FROM data",
        "SELECT CAST(name AS DOUBLE) AS n FROM data",
        "SELECT to_timestamp(name) = to_timestamp(name) AS n FROM data",
        "SELECT regexp_like('a', name || '(') AS n FROM data",
        "SELECT CAST(name AS BOOLEAN) AS n FROM data",
    ] {
        let said = sql(&[("data", data)], text);
        assert!(said.starts_with('Q') && !said.contains("secret"), "{text}: {said}");
    }
}

#[test]
fn an_empty_table_gives_an_empty_one() {
    let text = "SELECT x, count(*) AS n FROM data GROUP BY x";
    assert_eq!(sql(&[("data", "x:int64")], text), "x:int64:feature | n:int64:feature");
    let text = "SELECT count(*) AS n, sum(x) AS s FROM data";
    let expected = "n:int64:feature | s:int64:feature?\n0 |";
    assert_eq!(sql(&[("data", "x:int64")], text), expected);
    let bench = Bench::new();
    let data = bench.dataset("data", &[("a", "x:int64"), ("b", "x:int64\n1")]);
    let params = json!({ "sql": "SELECT x FROM data" });
    bench.run("out", params, &[("data", data)], Limits::default()).unwrap();
    assert_eq!(shown(&bench.path("out/data"), "a"), "x:int64:feature");
}
