//! What `anomalies` finds, where, and whose values it tells.

use ingot_protocol::{Event, Finding, Input, Severity};
use ingot_tables::reported::read_findings;
use serde_json::{Value, json};

use crate::support::{Bench, artifact, metric, source};

/// Rows with everything that is odd.
fn odd() -> String {
    let mut csv = "id,when,height,weight,twice,kind,code,owner,same,empty\n".to_owned();
    for row in 0..200_u32 {
        let when = match row {
            120 => "1970-01-01".to_owned(),
            _ => format!("2026-{:02}-{:02}", 1 + row / 28, 1 + row % 28),
        };
        let height = if row == 77 { 17_300 } else { 150 + row * 7 % 40 };
        let weight = if row == 31 { 120 } else { 40 + row * 7 % 40 };
        let kind = if row == 9 { "rosé" } else { ["rose", "iris"][row as usize % 2] };
        let code = if row == 50 { "n/a".to_owned() } else { format!("0{row}") };
        let owner = if row == 3 { "Zoe" } else { "Ann" };
        csv.push_str(&format!(
            "{row},{when},{height},{weight},{height},{kind},{code},{owner},5,\n"
        ));
    }
    csv
}

fn written(bench: &Bench, name: &str) -> Vec<Finding> {
    read_findings(&bench.path(name).join("findings")).unwrap()
}

fn texts(findings: &[Finding]) -> String {
    let text = |finding: &Finding| format!("{} {}", finding.code, finding.message);
    findings.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn said(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Finding(_))).count()
}

fn dataset(bench: &Bench, csv: &str, contract: &str) -> Input {
    let rows = bench.write("rows.csv", csv);
    let contract = bench.write("c.toml", &format!("version = 1\n{contract}"));
    let inputs = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("validate", "checked", json!({ "contract": contract }), &inputs).unwrap();
    artifact("dataset", &bench.path("checked").join("data"))
}

#[test]
fn what_is_odd_in_files_is_told_by_its_line_and_without_its_value() {
    let bench = Bench::new();
    let rows = bench.write("odd.csv", &odd());
    let data = || [("data", source(&rows, json!({ "type": "csv" })))];
    let every = json!([
        "constant",
        "duplicate_columns",
        "fences",
        "isolation_forest",
        "mixed_types",
        "modified_z",
        "rare_categories",
        "time_order"
    ]);
    let events = bench.run("anomalies", "a", json!({ "detectors": every }), &data()).unwrap();
    assert_eq!(said(&events), 0, "validate says them");
    let found = written(&bench, "a");
    assert_eq!(metric(&events, "findings"), found.len() as f64);
    insta::assert_snapshot!(texts(&found), @r"
    D1605 `same`: every row has the same value
    D1605 `empty`: every value is missing
    D1606 `height`: it is equal to `twice` in every row
    D1602 `height`: 1 value is beyond the quartiles by more than 3 interquartile ranges, such as in line 79
    D1602 `twice`: 1 value is beyond the quartiles by more than 3 interquartile ranges, such as in line 79
    D1604 2 rows have an isolation score above 0.7 over 5 columns of numbers, such as in line 79
    D1607 `code`: of 200 texts 1 is no number, and the others are, such as in line 52
    D1601 `height`: 1 value has a modified z score beyond 3.5, such as in line 79
    D1601 `weight`: 1 value has a modified z score beyond 3.5, such as in line 33
    D1601 `twice`: 1 value has a modified z score beyond 3.5, such as in line 79
    D1603 `kind`: 1 category has fewer than 0.01 of the rows, such as in line 11
    D1603 `owner`: 1 category has fewer than 0.01 of the rows, such as in line 5
    D1608 `when`: 1 time is out of order, such as in line 122
    ");
    assert!(found.iter().all(|finding| finding.severity == Severity::Warning));
    let text = texts(&found);
    assert!(["17300", "rosé", "Zoe", "1970", "n/a"].iter().all(|value| !text.contains(value)));
    // As a check of validate, its findings decide.
    let contract = bench.write("c.toml", "version = 1\n");
    bench
        .run("anomalies", "b", json!({ "severity": "error", "detectors": ["constant"] }), &data())
        .unwrap();
    let checks = artifact("findings", &bench.path("b").join("findings"));
    let [data] = data();
    let params = json!({ "contract": contract });
    let events = bench.run("validate", "v", params, &[data, ("checks", checks)]).unwrap();
    let worst = events.iter().filter_map(|event| match event {
        Event::Finding(finding) => Some((finding.severity, finding.code.as_str())),
        _ => None,
    });
    assert_eq!(worst.max(), Some((Severity::Error, "D1605")));
}

#[test]
fn of_a_dataset_rows_have_keys_and_what_is_not_personal_is_named() {
    let bench = Bench::new();
    let contract = "[columns.id]\nrole = \"id\"\n[columns.owner]\nrole = \"personal\"\n\
                    [columns.when]\nrole = \"time\"\n[columns.empty]\nnullable = true\n";
    let data = dataset(&bench, &odd(), contract);
    let events = bench.run("anomalies", "a", json!({}), &[("data", data.clone())]).unwrap();
    let found = written(&bench, "a");
    assert_eq!(said(&events), found.len());
    insta::assert_snapshot!(texts(&found), @r"
    D1605 `same`: every row has the same value
    D1605 `empty`: every value is missing
    D1606 `height`: it is equal to `twice` in every row
    D1604 2 rows have an isolation score above 0.7 over 4 columns of numbers, such as in row 77 of `whole` (row_key db83efba16d2db2a4d49d9e95da04479)
    D1607 `code`: of 200 texts 1 is no number, and the others are, such as in row 50 of `whole` (row_key 1afb601fd40070342a2c4f671091d7ec)
    D1601 `height`: 1 value has a modified z score beyond 3.5, such as in row 77 of `whole` (row_key db83efba16d2db2a4d49d9e95da04479)
    D1601 `weight`: 1 value has a modified z score beyond 3.5, such as in row 31 of `whole` (row_key 41754d636eade4b869344f6030d88dfd)
    D1601 `twice`: 1 value has a modified z score beyond 3.5, such as in row 77 of `whole` (row_key db83efba16d2db2a4d49d9e95da04479)
    D1603 `kind`: 1 category (`rosé`) has fewer than 0.01 of the rows, such as in row 9 of `whole` (row_key da96272d9d90ba5a745ee159c3b4f8cb)
    D1603 `owner`: 1 category has fewer than 0.01 of the rows, such as in row 3 of `whole` (row_key 36e6c29cde083585fc0371929f967d89)
    D1608 `when`: 1 time is out of order, such as in row 120 of `whole` (row_key a7939dcaebb63afc9a998f6a24a7d923)
    ");
    assert!(!texts(&found).contains("Zoe"));
    let params = json!({ "columns": ["height"], "modified_z": { "threshold": 1e6 } });
    bench.run("anomalies", "b", params, &[("data", data.clone())]).unwrap();
    assert_eq!(texts(&written(&bench, "b")), "");
    let params = json!({ "columns": ["height", "Weight"] });
    let refused = bench.run("anomalies", "c", params, &[("data", data)]).unwrap_err();
    assert_eq!(refused.code, "D1609");
    assert!(refused.message.starts_with("`columns` names `Weight`"), "{}", refused.message);
}

#[test]
fn rows_that_are_as_usual_and_tables_of_nothing_have_no_findings() {
    let bench = Bench::new();
    let mut usual = "a,b,kind,note\n".to_owned();
    for row in 0..300_u32 {
        let (a, b) = (row * 37 % 101, row * 53 % 97);
        usual.push_str(&format!("{a},{b},{},note {row}\n", ["x", "y", "z"][row as usize % 3]));
    }
    for (name, csv) in [("usual", usual.as_str()), ("none", "a,b\n"), ("one", "a,b\n1,1\n")] {
        let rows = bench.write(&format!("{name}.csv"), csv);
        let data = [("data", source(&rows, json!({ "type": "csv" })))];
        bench.run("anomalies", name, json!({}), &data).unwrap();
        assert_eq!(texts(&written(&bench, name)), "", "{name}");
    }
    // Whole numbers that are one float, and columns of other types, are not equal.
    let big = "a,b,c,d\n9007199254740992,9007199254740993,1,true\n1,1,0,false\n";
    let rows = bench.write("big.csv", big);
    let data = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("anomalies", "big", json!({}), &data).unwrap();
    assert_eq!(texts(&written(&bench, "big")), "");
}

#[test]
fn every_param_of_a_detector_has_a_default() {
    let kind = ingot_data::anomalies::kind();
    for (name, property) in kind.params["properties"].as_object().unwrap() {
        for (inner, property) in property["properties"].as_object().into_iter().flatten() {
            assert_ne!(property["default"], Value::Null, "{name}.{inner}");
        }
    }
}
