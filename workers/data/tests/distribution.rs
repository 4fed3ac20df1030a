//! Distributions that a contract promises, in whole steps: against a table, a dataset and a
//! profile.

use std::path::Path;

use ingot_protocol::{Event, Input, Severity};
use serde_json::json;

use crate::support::{Bench, artifact, metrics, source};

/// Rows whose numbers follow one another in a fixed mixed order, moved and stretched.
fn table(rows: u64, (stretch, shift): (f64, f64), odd: u64) -> String {
    let mut csv = "size,kind,name\n".to_owned();
    for row in 0..rows {
        let place = (row * 7_919 % rows) as f64 / rows as f64;
        let kind = if row % 10 < odd { "odd" } else { ["a", "b", "c"][row as usize % 3] };
        csv.push_str(&format!("{:.6},{kind},Ann {row}\n", place * stretch + shift));
    }
    csv
}

fn csv(path: &Path) -> Input {
    source(path, json!({ "type": "csv" }))
}

fn contract(size: &str, kind: &str) -> String {
    format!(
        "version = 1\n[columns.size]\ndistribution = {{ reference = \"before\", {size} }}\n\
         [columns.kind]\ndistribution = {{ reference = \"before\", {kind} }}\n\
         [columns.name]\nrole = \"personal\"\n"
    )
}

fn told(events: &[Event]) -> String {
    let found = events.iter().filter_map(|event| match event {
        Event::Finding(finding) if finding.severity > Severity::Info => {
            Some(format!("{:?} {}: {}", finding.severity, finding.code, finding.message))
        }
        _ => None,
    });
    found.collect::<Vec<_>>().join("\n")
}

/// What each reference says of the same current table.
fn against(bench: &Bench, contract: &str, current: &str) -> [String; 3] {
    let empty = bench.write("empty.toml", "version = 1\n[columns.name]\nrole = \"personal\"\n");
    let contract = bench.write("c.toml", contract);
    let before = bench.write("before.csv", &table(900, (1.0, 0.0), 1));
    let now = bench.write("now.csv", current);
    if !bench.path("before").exists() {
        let inputs = [("data", csv(&before))];
        bench.run("validate", "before", json!({ "contract": empty }), &inputs).unwrap();
    }
    let references = [
        csv(&before),
        artifact("dataset", &bench.path("before/data")),
        artifact("files", &bench.path("before/profile/profile.json")),
    ];
    let mut at = 0;
    references.map(|reference| {
        at += 1;
        let inputs = [("data", csv(&now)), ("before", reference)];
        let name = format!("{at} {}", std::fs::read_dir(bench.path("")).unwrap().count());
        told(&bench.run("validate", &name, json!({ "contract": contract }), &inputs).unwrap())
    })
}

#[test]
fn what_has_moved_is_told_alike_of_a_table_a_dataset_and_a_profile() {
    let bench = Bench::new();
    let now = table(500, (1.2, 0.1), 3);
    let [table, dataset, profile] =
        against(&bench, &contract("test = \"ks\"", "alpha = 0.01"), &now);
    insta::assert_snapshot!(table, @r"
    Error D0334: `kind`: its distribution is not that of `before`: chi_square is 90.52; p is 3.386e-19 (alpha 0.01), adjusted for 2 columns
    Error D0334: `size`: its distribution is not that of `before`: ks is 0.2500; p is 3.944e-18 (alpha 0.05), adjusted for 2 columns
    ");
    assert_eq!((&dataset, &profile), (&table, &table));
    let contract = contract(
        "test = \"psi\", max = 0.1, severity = \"warning\"",
        "test = \"total_variation\", max = 0.1, alpha = 0.05",
    );
    let [table, dataset, profile] = against(&bench, &contract, &now);
    let [kind, size] = table.lines().collect::<Vec<_>>()[..] else { panic!("{table}") };
    for (line, parts) in [
        (
            kind,
            ["Error D0334: `kind`", "total_variation is 0.2000, above 0.1, where", "(alpha 0.05)"],
        ),
        (size, ["Warning D0334: `size`", "psi is ", "above 0.1, where chance alone gives at most"]),
    ] {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!((&dataset, &profile), (&table, &table));
}

#[test]
fn what_has_not_moved_is_not_told() {
    let bench = Bench::new();
    let now = table(500, (1.0, 0.0), 1);
    for (size, kind) in [
        ("test = \"ks\"", "test = \"chi_square\""),
        ("test = \"wasserstein\"", "test = \"psi\""),
        ("test = \"jensen_shannon\"", "test = \"jensen_shannon\""),
        ("test = \"hellinger\", max = 0.2", "test = \"hellinger\", max = 0.2"),
    ] {
        for said in against(&bench, &contract(size, kind), &now) {
            assert_eq!(said, "", "{size} {kind}");
        }
    }
}

#[test]
fn the_statistics_are_metrics_of_the_column() {
    let bench = Bench::new();
    let contract = bench.write("c.toml", &contract("test = \"ks\"", "test = \"psi\""));
    let before = bench.write("before.csv", &table(900, (1.0, 0.0), 1));
    let now = bench.write("now.csv", &table(500, (1.0, 0.25), 1));
    let inputs = [("data", csv(&now)), ("before", csv(&before))];
    let events = bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    let ks = metrics(&events).find(|metric| metric.name == "ks").unwrap();
    assert_eq!(ks.slice.get("column").map(String::as_str), Some("size"));
    // A quarter of the reference lies below every current value.
    assert!((ks.value - 0.25).abs() < 0.005, "{}", ks.value);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let bench = Bench::new();
    let contract = bench.write("c.toml", &contract("test = \"chi_square\"", "alpha = 0.01"));
    let before = bench.write("before.csv", "size,other\n1,a\n");
    let now = bench.write("now.csv", &table(50, (1.0, 0.0), 1));
    let inputs = [("data", csv(&now)), ("before", csv(&before))];
    let events = bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    insta::assert_snapshot!(told(&events), @r"
    Error D0335: `kind`: its distribution cannot be compared with `before`: it has no column `kind`
    Error D0335: `size`: its distribution cannot be compared with `before`: `chi_square` compares categories, and the column is `Float64`
    ");
    let none = bench.write("p.json", "{}");
    let inputs = [("data", csv(&now)), ("before", artifact("files", &none))];
    let refused = bench.run("validate", "w", json!({ "contract": contract }), &inputs).unwrap_err();
    assert_eq!(refused.code, "D1106");
}

#[test]
fn a_promise_that_no_data_keep_or_break_is_refused() {
    let bench = Bench::new();
    let now = bench.write("now.csv", "size,kind,name\n1,a,b\n");
    for (at, (promises, expected)) in [
        ("role = \"personal\"\ndistribution = { reference = \"b\" }", "of a personal column"),
        ("distribution = { reference = \"b\", severity = \"quarantine\" }", "no row breaks it"),
        ("distribution = { reference = \"b\", alpha = 1.0 }", "`alpha` is 1"),
        ("distribution = { reference = \"b\", max = -1.0 }", "no statistic is below 0"),
        ("distribution = { reference = \"b\", test = \"ks\", max = 1.0 }", "never above 1"),
        (
            "type = \"float64\"\ndistribution = { reference = \"b\", test = \"chi_square\" }",
            "the column has numbers",
        ),
        (
            "pattern = 'a'\ndistribution = { reference = \"b\", test = \"wasserstein\" }",
            "the column has none",
        ),
        ("type = \"binary\"\ndistribution = { reference = \"b\" }", "the type is `binary`"),
        ("distribution = { reference = \"b\", test = \"t\" }", "unknown variant `t`"),
        ("distribution = { test = \"ks\" }", "missing field `reference`"),
    ]
    .into_iter()
    .enumerate()
    {
        let contract = bench.write("c.toml", &format!("version = 1\n[columns.kind]\n{promises}\n"));
        let inputs = [("data", csv(&now)), ("b", csv(&now))];
        let params = json!({ "contract": contract });
        let refused = bench.run("validate", &format!("v{at}"), params, &inputs).unwrap_err();
        assert!(refused.message.contains(expected), "{promises}: {refused:?}");
    }
}
