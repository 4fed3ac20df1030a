//! Orders that the engine would leave open: ties, nulls, sums of floats, memory and cores.

use arrow::array::AsArray;
use ingot_sql::transform::Limits;
use ingot_tables::dataset::{Dataset, ROW_KEY};
use serde_json::json;

use crate::support::{Bench, sql};

const TIES: &str = "id:int64:id | x:int64?\n1 | 1\n4 | 1\n3 |\n2 | 1\n5 | 0";

#[test]
fn ties_are_broken_by_the_row_key() {
    let bench = Bench::new();
    let inputs = [("data", bench.dataset("data", &[("whole", TIES)]))];
    let rows = Dataset::open(&bench.path("data")).unwrap().read("whole").unwrap();
    let ids = rows.column(0).as_primitive::<arrow::datatypes::Int64Type>();
    let keys = rows.column_by_name(ROW_KEY).unwrap().as_fixed_size_binary();
    let tied = (0..rows.num_rows()).filter(|&row| [1, 2, 4].contains(&ids.value(row)));
    let mut tied: Vec<(&[u8], i64)> = tied.map(|row| (keys.value(row), ids.value(row))).collect();
    tied.sort_unstable();
    let by_key: Vec<i64> = tied.into_iter().map(|(_, id)| id).collect();
    assert_ne!(by_key, [1, 4, 2]);
    for (name, text) in [
        ("sort", "SELECT id FROM data WHERE x = 1 ORDER BY x"),
        ("limit", "SELECT id FROM data ORDER BY x DESC NULLS LAST LIMIT 3"),
        (
            "window",
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY x DESC NULLS LAST) AS n FROM data) AS t WHERE n <= 3 ORDER BY n",
        ),
    ] {
        bench.run(name, json!({ "sql": text }), &inputs, Limits::default()).unwrap();
        let rows = Dataset::open(&bench.path(name).join("data")).unwrap().read("whole").unwrap();
        let ids = rows.column(0).as_primitive::<arrow::datatypes::Int64Type>();
        assert_eq!(ids.values().to_vec(), by_key, "{text}");
    }
}

#[test]
fn nulls_are_last_where_nothing_is_said_and_first_in_descending_orders() {
    let order = |by: &str| {
        let said = sql(&[("data", TIES)], &format!("SELECT x FROM data ORDER BY {by}"));
        said.split('\n')
            .skip(1)
            .map(|line| if line.is_empty() { "null" } else { line })
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(order("x"), "0 1 1 1 null");
    assert_eq!(order("x DESC"), "null 1 1 1 0");
    assert_eq!(order("x NULLS FIRST"), "null 0 1 1 1");
    assert_eq!(order("x DESC NULLS LAST"), "1 1 1 0 null");
}

#[test]
fn floats_are_added_in_the_order_of_the_rows() {
    // 1e16 + 1 is 1e16, so the order shows.
    for (rows, sum) in
        [("1e16\n1\n-1e16", "0.0"), ("1e16\n-1e16\n1", "1.0"), ("1\n1e16\n-1e16", "0.0")]
    {
        let data = format!("x:float64\n{rows}");
        for text in ["SELECT sum(x) AS s FROM data", "SELECT avg(x) * 3 AS s FROM data"] {
            let said = sql(&[("data", &data)], text);
            assert_eq!(said.lines().nth(1), Some(sum), "{text}: {rows}");
        }
        let said = sql(
            &[("data", &data)],
            "SELECT sum(x) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM data",
        );
        assert_eq!(said.lines().last(), Some(sum), "{rows}");
    }
}

#[test]
fn a_join_may_multiply_rows_that_are_grouped_behind_it() {
    let many = "id:int64 | y:int64\n1 | 10\n1 | 20\n4 | 1";
    let said = sql(
        &[("data", TIES), ("many", many)],
        "SELECT id, sum(y) AS s FROM data JOIN many USING (id) GROUP BY id",
    );
    insta::assert_snapshot!(said, @r"
    id:int64:id | s:int64:feature?
    1 | 30
    4 | 1
    ");
    // Of a group that is joined again, each row counts.
    let said = sql(
        &[("data", TIES), ("many", many)],
        "SELECT g.id, y FROM (SELECT id, count(*) AS n FROM data GROUP BY id) AS g JOIN many ON g.id = many.id",
    );
    insta::assert_snapshot!(said, @r"
    Q0404: sql: JOIN .. ON g.id = many.id gives 1 rows more than `data` has for them
      help: make the right side unique in what the join asks, or group it: JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) ..
    ");
}

#[test]
fn a_subquery_in_a_select_list_that_is_not_planned_is_refused() {
    let said = sql(&[("data", TIES)], "SELECT id, x IN (SELECT id FROM data) AS known FROM data");
    insta::assert_snapshot!(said, @r"
    Q0205: sql: IN (SELECT ..) is a value here, and the engine takes it in WHERE alone
      help: join its rows, each once, and ask whether there is one: LEFT JOIN (SELECT DISTINCT id FROM other) AS o ON data.id = o.id, and o.id IS NOT NULL
    ");
    insta::assert_snapshot!(sql(&[("data", TIES)], "SELECT id FROM data WHERE x IN (SELECT id FROM data)"), @r"
    id:int64:id
    1
    4
    2
    ");
}
