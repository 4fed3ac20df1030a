//! Row keys: which row of the result is which.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ingot_sql::transform::Limits;
use ingot_tables::dataset::{Dataset, ROW_KEY};
use serde_json::json;

use crate::support::{Bench, artifact};

const DATA: &str = "
    id:int64 | name:utf8:personal | shop:utf8? | paid:float64
    1 | ann | a | 0.5
    2 | bob |   | 1.5
    3 | eve | a | 0.25
    4 | ann | b | 4
";
const SHOPS: &str = "shop:utf8 | rank:int64\na | 7\nb | 8";

/// The keys of a query's rows, by the whole numbers in the first column.
fn keys(data: &str, sql: &str) -> BTreeMap<Option<i64>, String> {
    let bench = Bench::new();
    let inputs = [
        ("data", bench.dataset("data", &[("whole", data)])),
        ("shops", bench.dataset("shops", &[("whole", SHOPS)])),
    ];
    bench.run("out", json!({ "sql": sql }), &inputs, Limits::default()).unwrap();
    let rows = Dataset::open(&bench.path("out/data")).unwrap().read("whole").unwrap();
    let names = rows.column(0).as_primitive::<Int64Type>().iter();
    let keys = rows.column_by_name(ROW_KEY).unwrap().as_fixed_size_binary();
    let hex = |key: &[u8]| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let found: BTreeMap<Option<i64>, String> =
        names.zip(keys.iter().map(|key| hex(key.unwrap()))).collect();
    assert_eq!(found.len(), rows.num_rows());
    found
}

#[test]
fn a_row_keeps_its_key_through_every_part_of_a_query() {
    let own = keys(DATA, "SELECT * FROM data");
    assert_eq!(own.len(), 4);
    for sql in [
        "SELECT id, 1 AS x FROM data WHERE paid > 0.3",
        "SELECT id FROM data ORDER BY paid DESC LIMIT 3",
        "SELECT id, rank FROM data LEFT JOIN shops USING (shop)",
        "SELECT id, rank FROM shops JOIN data USING (shop)",
        "SELECT id, sum(paid) OVER (PARTITION BY shop ORDER BY paid) AS s FROM data",
        "SELECT id FROM (SELECT id, paid FROM data) AS d WHERE id IN (SELECT rank - 6 FROM shops)",
        "SELECT a.id FROM data a JOIN data b ON a.id = b.id + 1",
    ] {
        for (id, key) in keys(DATA, sql) {
            assert_eq!(own[&id], key, "{sql}");
        }
    }
}

#[test]
fn the_key_in_sql_is_the_one_of_the_row_in_hex() {
    let own = keys(DATA, "SELECT * FROM data");
    let third = &own[&Some(3)];
    let found = keys(DATA, &format!("SELECT id FROM data WHERE row_key = '{third}'"));
    assert_eq!(found, BTreeMap::from([(Some(3), third.clone())]));
}

#[test]
fn the_key_of_a_group_is_of_its_values_alone() {
    let sql = "SELECT min(id) AS first FROM data GROUP BY shop";
    let all = keys(DATA, sql);
    let fewer = keys(&DATA.replace("    3 | eve | a | 0.25\n", ""), sql);
    assert_eq!(all, fewer);
    let other = keys(&DATA.replace("| b |", "| c |"), sql);
    let moved = all.iter().filter(|(id, key)| other[*id] != **key).count();
    assert_eq!(moved, 1);
    assert_eq!(
        keys(DATA, "SELECT min(id) AS first FROM data"),
        keys(&DATA.replace("ann", "joe"), "SELECT min(id) AS first FROM data")
    );
}

#[test]
fn no_key_of_a_group_says_a_personal_value() {
    for sql in [
        "SELECT min(id) AS first FROM data GROUP BY name",
        "SELECT min(id) AS first FROM data GROUP BY upper(name), shop",
        "SELECT min(id) AS first FROM data GROUP BY shop, name HAVING count(*) > 0",
        "SELECT DISTINCT id, name FROM data",
    ] {
        let own = keys(DATA, sql);
        // The same order of names, so the same groups; each name is another one.
        let renamed = DATA.replace("ann", "aaa").replace("bob", "bbb").replace("eve", "ccc");
        assert_eq!(own, keys(&renamed, sql), "{sql}");
        let different: std::collections::BTreeSet<&String> = own.values().collect();
        assert_eq!(different.len(), own.len(), "{sql}");
    }
}

#[test]
fn rows_of_a_dataset_without_keys_have_some() {
    let bench = Bench::new();
    bench.dataset("data", &[("whole", DATA)]);
    let file = bench.path("data/dataset.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"version\": 2"), "{text}");
    std::fs::write(&file, text.replace("\"version\": 2", "\"version\": 1")).unwrap();
    let inputs = [("data", artifact("dataset", &bench.path("data")))];
    let params = json!({ "sql": "SELECT id, row_key AS k FROM data" });
    bench.run("out", params, &inputs, Limits::default()).unwrap();
    let rows = Dataset::open(&bench.path("out/data")).unwrap().read("whole").unwrap();
    let own = keys(DATA, "SELECT * FROM data");
    let texts = rows.column(1).as_string::<i32>();
    for (row, key) in own.values().enumerate() {
        assert_eq!(texts.value(row), key);
    }
}
