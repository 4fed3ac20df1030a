//! Rows that a contract takes out, and tables that it refers to, in whole steps.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use ingot_data::worker::DataWorker;
use ingot_protocol::{Event, Finding, Input, Severity, Worker};
use ingot_tables::dataset::{Dataset, row_key};
use ingot_tables::parquet_file;
use serde_json::json;

use crate::support::{Bench, artifact, metrics, source};

const CONTRACT: &str = r#"
version = 1
[table]
max_quarantine_fraction = 0.6
[columns.id]
role = "id"
[columns.age]
min = { value = 0, severity = "quarantine" }
[columns.name]
role = "personal"
max_length = { value = 3, severity = "quarantine" }
[columns.city]
references = "cities.code"
[[rules]]
name = "grown"
sql = "age < 0 or age >= 18"
severity = "quarantine"
[[rules]]
name = "cities"
sql = "count(distinct city) <= (select count(*) from cities)"
"#;

fn findings(events: &[Event]) -> Vec<&Finding> {
    let found = events.iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(finding),
        _ => None,
    });
    found.collect()
}

fn split(input: Input, split: &str) -> Input {
    Input { split: Some(split.to_owned()), ..input }
}

#[test]
fn rows_in_quarantine_are_not_in_the_data_and_stand_beside_them() {
    let bench = Bench::new();
    let csv = || json!({ "type": "csv" });
    let contract = bench.write("c.toml", CONTRACT);
    let train =
        bench.write("train.csv", "id,age,name,city\n1,20,Ann,B\n2,-1,Bob,B\n3,17,Cornelia,P\n");
    let test = bench.write("test.csv", "id,age,name,city\n4,30,Dora,P\n5,31,Eve,X\n");
    let cities = bench.write("cities.csv", "code\nB\nP\n");
    let inputs = [
        ("data", split(source(&train, csv()), "train")),
        ("data", split(source(&test, csv()), "test")),
        ("cities", source(&cities, csv())),
    ];
    let params = json!({ "contract": contract });
    let events = bench.run("validate", "v", params.clone(), &inputs).unwrap();

    let told: Vec<String> = findings(&events)
        .into_iter()
        .filter(|finding| finding.severity > Severity::Info)
        .map(|finding| format!("{:?} {}: {}", finding.severity, finding.code, finding.message))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Warning D0306: `age`: 1 value below 0, taken into quarantine, such as `-1` in line 3 of the split train
    Warning D0325: `name`: 2 values longer than 3 characters, taken into quarantine, such as in line 2 of the split test
    Error D0329: `city`: 1 value not in `cities.code`, such as `X` in line 3 of the split test
    Warning D0330: rule `grown`: 1 row breaks it, taken into quarantine, such as in line 4 of the split train
    Error D0333: 2 of 3 rows of the split train are in quarantine, more than the share of 0.6 that the contract allows
    ");

    let dataset = Dataset::open(&bench.path("v/data")).unwrap();
    let ids = |split: &str| -> Vec<i64> {
        let rows = dataset.read(split).unwrap();
        let ids = rows.column_by_name("id").unwrap();
        ids.as_primitive::<arrow::datatypes::Int64Type>().values().to_vec()
    };
    assert_eq!((ids("train"), ids("test")), (vec![1], vec![5]));

    let apart = parquet_file::read(&bench.path("v/quarantine")).unwrap();
    let origin = parquet_file::read(&bench.path("v/origin")).unwrap();
    let keys = row_key::read(&origin).unwrap();
    let keys: BTreeMap<Vec<u8>, usize> =
        (0..keys.len()).map(|row| (keys.as_fixed_size_binary().value(row).to_vec(), row)).collect();
    let text = |name: &str, row: usize| -> String {
        let column = apart.column_by_name(name).unwrap().as_string::<i32>();
        if column.is_null(row) { "-".to_owned() } else { column.value(row).to_owned() }
    };
    let lines: Vec<String> = (0..apart.num_rows())
        .map(|row| {
            let key = row_key::read(&apart).unwrap();
            let place = keys[key.as_fixed_size_binary().value(row)];
            let texts = ["split", "rule", "column", "value"].map(|name| text(name, row));
            format!("row {place}: {}", texts.join(" "))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    row 0: test max_length name -
    row 3: train min age -1
    row 4: train grown - -
    row 4: train max_length name -
    ");

    let measured: Vec<String> = metrics(&events)
        .filter(|metric| metric.name.starts_with("quarantined"))
        .map(|metric| format!("{} {:?} {}", metric.name, metric.slice, metric.value))
        .collect();
    insta::assert_snapshot!(measured.join("\n"), @r#"
    quarantined {"split": "test"} 1
    quarantined_fraction {"split": "test"} 0.5
    quarantined {"split": "train"} 2
    quarantined_fraction {"split": "train"} 0.6666666666666666
    "#);

    let shown = DataWorker.show("quarantine", &bench.path("v/quarantine")).unwrap();
    assert_eq!(shown.summary, "4 broken promises of rows that are left out");
    assert_eq!(shown.tables["rules"][1], ["test", "max_length", "name", "1"]);

    let none = bench.run("validate", "w", params, &inputs[..2]).unwrap_err();
    assert_eq!(none.code, "D0332");
}

#[test]
fn a_dataset_is_referred_to_as_a_source_is() {
    let bench = Bench::new();
    let csv = || json!({ "type": "csv" });
    let empty = bench.write("empty.toml", "version = 1\n");
    let contract = bench.write(
        "c.toml",
        "version = 1\n[columns.city]\nreferences = { value = \"cities.code\", \
         severity = \"warning\" }\n",
    );
    let cities = bench.write("cities.csv", "code\n1\n2\n");
    let rows = bench.write("rows.csv", "city\n1\n3\n");
    let inputs = [("data", source(&cities, csv()))];
    bench.run("validate", "cities", json!({ "contract": empty }), &inputs).unwrap();
    let inputs = [
        ("data", source(&rows, csv())),
        ("cities", artifact("dataset", &bench.path("cities/data"))),
    ];
    let events = bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    let told: Vec<&str> =
        findings(&events).into_iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(told, ["`city`: 1 value not in `cities.code`, such as `3` in line 3"]);
    let apart = parquet_file::read(&bench.path("v/quarantine")).unwrap();
    assert_eq!((apart.num_rows(), apart.num_columns()), (0, 5));
}
