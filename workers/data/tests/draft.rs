//! A contract drafted from data: the data keep it, and it holds no personal value.

use ingot_data::worker::DataWorker;
use ingot_protocol::draft::{Draft, Question};
use ingot_protocol::{Event, Severity, Worker};
use serde_json::{Value, json};

use crate::support::{Bench, source};

fn drafted(bench: &Bench, name: &str, format: Option<Value>) -> Draft {
    let question = Question { name: name.into(), format, column: None };
    DataWorker.draft("contract", &question, &bench.path(name)).unwrap()
}

/// What the data that a contract was drafted from break.
fn broken(bench: &Bench, draft: &Draft, data: &str, format: Value) -> Vec<String> {
    let contract = bench.write("drafted.toml", &draft.text);
    let inputs = [("data", source(&bench.path(data), format))];
    let events = bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    let found = events.iter().filter_map(|event| match event {
        Event::Finding(finding) if finding.severity > Severity::Info => Some(&finding.message),
        _ => None,
    });
    found.cloned().collect()
}

#[test]
fn a_draft_says_what_the_data_keep_and_no_personal_value() {
    let bench = Bench::new();
    let mut csv = "id,Full Name,contact,age,part,price,when,\"odd \"\"name\"\"\"\n".to_owned();
    for row in 0..100 {
        let part = ["bolt", "nut \"M3\"", "pin"][row % 3];
        let age = if row.is_multiple_of(20) { String::new() } else { (18 + row % 60).to_string() };
        csv.push_str(&format!(
            "{row},Ann {row},ann{row}@example.org,{age},\"{}\",{}.5,2026-11-{:02},{}\n",
            part.replace('"', "\"\""),
            row % 7,
            1 + row % 30,
            row.is_multiple_of(2)
        ));
    }
    bench.write("rows.csv", &csv);
    let draft = drafted(&bench, "rows.csv", None);
    insta::assert_snapshot!(draft.text, @r#"
    # Drafted from rows.csv, 100 rows: it says what these data keep, not what they mean.
    version = 1

    [table]
    min_rows = 50
    unknown_columns = "refuse"

    [columns.id]
    type = "int64"
    unique = true
    # role = "id"   # no value is there twice

    [columns."Full Name"]
    type = "utf8"
    # role = "personal"   # its name is that of something personal: no value of it is written here

    [columns.contact]
    type = "utf8"
    # role = "personal"   # its texts look like e-mail addresses: no value of it is written here

    [columns.age]
    type = "int64"
    nullable = true
    max_null_fraction = 0.075   # 5 of 100
    min = 13
    max = 83

    [columns.part]
    type = "utf8"
    set = ["bolt", "nut \"M3\"", "pin"]

    [columns.price]
    type = "float64"
    min = 0.0
    max = 7.1

    [columns.when]
    type = "utf8"
    # role = "time"   # by its name or its values

    [columns."odd \"name\""]
    type = "bool"
    # role = "personal"   # its name is that of something personal: no value of it is written here
    "#);
    assert_eq!(draft.notes.len(), 3);
    assert!(!draft.text.contains("Ann") && !draft.text.contains('@'));
    assert_eq!(broken(&bench, &draft, "rows.csv", json!({ "type": "csv" })), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_refused_as_a_step_refuses_it() {
    let bench = Bench::new();
    bench.write("rows", "a\n1\n");
    let question = Question { name: "rows".into(), format: None, column: None };
    let refused = DataWorker.draft("contract", &question, &bench.path("rows")).unwrap_err();
    assert_eq!(refused.code, "D0201");
    let refused = DataWorker.draft("poem", &question, &bench.path("rows")).unwrap_err();
    assert_eq!(refused.code, "D0005");
}

#[test]
fn odd_values_give_a_contract_too() {
    for csv in [
        "x\n",
        "x\nNaN\n1.5\n",
        "x\n-1e300\n1e300\n",
        "x\n9223372036854775807\n-9223372036854775808\n",
        "x,y\n\"\u{7f}\t\",\\\n\"\u{7f}\t\",\\\n",
        "x\n5e-324\n0\n",
        "x\n,\n",
    ] {
        let bench = Bench::new();
        bench.write("rows.csv", csv);
        let question = Question { name: "rows.csv".into(), format: None, column: None };
        let Ok(draft) = DataWorker.draft("contract", &question, &bench.path("rows.csv")) else {
            continue;
        };
        let found = broken(&bench, &draft, "rows.csv", json!({ "type": "csv" }));
        assert_eq!(found, [""; 0], "{csv:?} {}", draft.text);
    }
}

#[test]
fn the_census_keeps_what_is_drafted_from_it() {
    let Some(folder) = std::env::var_os("INGOT_TEST_DATA") else {
        eprintln!("skipped: INGOT_TEST_DATA names no folder");
        return;
    };
    let bench = Bench::new();
    let data = std::path::Path::new(&folder).join("adult/adult.data");
    std::fs::copy(data, bench.path("adult.data")).unwrap();
    let format = json!({ "type": "csv", "header": false, "trim": true, "nulls": ["?"],
        "columns": ["age", "workclass", "fnlwgt", "education", "education_num", "marital_status",
            "occupation", "relationship", "race", "sex", "capital_gain", "capital_loss",
            "hours_per_week", "native_country", "income"] });
    let draft = drafted(&bench, "adult.data", Some(format.clone()));
    assert!(draft.text.contains("set = [\"<=50K\", \">50K\"]"), "{}", draft.text);
    assert_eq!(draft.notes, [""; 0]);
    assert_eq!(broken(&bench, &draft, "adult.data", format), [""; 0]);
}
