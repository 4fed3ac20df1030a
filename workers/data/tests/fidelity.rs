//! What `fidelity` measures of synthetic rows, and what it refuses.

use ingot_protocol::{Event, Failure, Input};
use ingot_tables::reported::read_metrics;
use serde_json::{Value, json};

use crate::support::{Bench, artifact, metrics, source};

const CONTRACT: &str = "version = 1\n[columns.id]\nrole = \"id\"\n[columns.kind]\nrole = \"label\"\n\
                        [columns.owner]\nrole = \"personal\"\n";

/// Rows `id,x,y,kind,owner`, of which y goes with x by a share.
fn rows(first: u32, count: u32, share: f64) -> String {
    let mut csv = "id,x,y,kind,owner\n".to_owned();
    for id in first..first + count {
        let (x, noise) = (f64::from(id * 37 % 101), f64::from(id * 53 % 97));
        let y = share * x + (1.0 - share) * noise;
        let kind = if id % 3 == 0 { "a" } else { "b" };
        csv.push_str(&format!("{id},{x},{y:.3},{kind},Zoe{id}\n"));
    }
    csv
}

fn dataset(bench: &Bench, name: &str, csv: &str) -> Input {
    let contract = bench.write(&format!("{name}.toml"), CONTRACT);
    let rows = bench.write(&format!("{name}.csv"), csv);
    let inputs = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("validate", name, json!({ "contract": contract }), &inputs).unwrap();
    artifact("dataset", &bench.path(name).join("data"))
}

fn run(
    bench: &Bench,
    name: &str,
    params: Value,
    inputs: &[(&str, &Input)],
) -> Result<Vec<Event>, Failure> {
    let inputs: Vec<(&str, Input)> =
        inputs.iter().map(|(port, input)| (*port, (*input).clone())).collect();
    bench.run("fidelity", name, params, &inputs)
}

fn measured(events: &[Event]) -> String {
    let lines = metrics(events).map(|metric| {
        let slice = metric.slice.iter().map(|(key, value)| format!(" {key}={value}"));
        format!("{}{} {:.4}", metric.name, slice.collect::<String>(), metric.value)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_faithful_table_a_shuffled_one_and_a_copy_are_told_apart() {
    let bench = Bench::new();
    let real = dataset(&bench, "real", &rows(0, 200, 0.8));
    let holdout = dataset(&bench, "holdout", &rows(200, 200, 0.8));
    let faithful = dataset(&bench, "faithful", &rows(400, 200, 0.8));
    let shuffled = dataset(&bench, "shuffled", &rows(400, 200, 0.0));
    let of = |name: &str, synthetic: &Input| {
        let inputs = [("real", &real), ("synthetic", synthetic), ("holdout", &holdout)];
        let events = run(&bench, name, json!({ "records": 150 }), &inputs).unwrap();
        let written = read_metrics(&bench.path(name).join("metrics")).unwrap();
        assert_eq!(written, metrics(&events).cloned().collect::<Vec<_>>());
        measured(&events)
    };
    insta::assert_snapshot!(of("one", &faithful), @r"
    real_rows 200.0000
    synthetic_rows 200.0000
    ks_complement column=x 0.9950
    ks_complement column=y 0.9600
    tv_complement column=kind 0.9950
    column_fidelity 0.9833
    correlation_similarity column=x other=y 0.9991
    pair_fidelity 0.9991
    closer_to_train 0.6067
    as_close_to_both 0.0000
    overfitting_protection 0.7867
    ");
    insta::assert_snapshot!(of("two", &shuffled), @r"
    real_rows 200.0000
    synthetic_rows 200.0000
    ks_complement column=x 0.9950
    ks_complement column=y 0.9100
    tv_complement column=kind 0.9950
    column_fidelity 0.9667
    correlation_similarity column=x other=y 0.4621
    pair_fidelity 0.4621
    closer_to_train 0.6267
    as_close_to_both 0.0000
    overfitting_protection 0.7467
    ");
    insta::assert_snapshot!(of("three", &real), @r"
    real_rows 200.0000
    synthetic_rows 200.0000
    ks_complement column=x 1.0000
    ks_complement column=y 1.0000
    tv_complement column=kind 1.0000
    column_fidelity 1.0000
    correlation_similarity column=x other=y 1.0000
    pair_fidelity 1.0000
    closer_to_train 1.0000
    as_close_to_both 0.0000
    overfitting_protection 0.0000
    ");
}

#[test]
fn what_cannot_be_measured_is_refused_or_said() {
    let bench = Bench::new();
    let real = dataset(&bench, "real", &rows(0, 30, 0.5));
    let none = dataset(&bench, "none", "id,x,y,kind,owner\n");
    let texts = dataset(&bench, "texts", "id,x,y,kind,owner\n1,one,2,a,Ann\n");
    let flat = dataset(&bench, "flat", "id,x,y,kind,owner\n1,3,2,a,Ann\n2,3,1,b,Ann\n");
    let both = [("real", &real), ("synthetic", &real)];
    let cases = [
        (json!({ "columns": ["z"] }), both),
        (json!({ "columns": ["owner"] }), both),
        (json!({ "records": 10 }), both),
        (json!({}), [("real", &real), ("synthetic", &texts)]),
        (json!({ "columns": ["kind"] }), [("real", &none), ("synthetic", &none)]),
    ];
    let told = cases.into_iter().enumerate().map(|(number, (params, inputs))| {
        let failure = run(&bench, &format!("r{number}"), params, &inputs).unwrap_err();
        format!("{} {}", failure.code, failure.message)
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    D2001 `real` has no column `z`, only `id`, `x`, `y`, `kind`, `owner`
    D2001 the column `owner` is personal, and is not measured
    D2002 `records` says how many rows are held against a holdout, and there is none
    D2001 the column `x` is of another type in `synthetic` than in `real`
    D2003 `real` has no row
    ");
    let events = run(&bench, "f", json!({}), &[("real", &real), ("synthetic", &flat)]).unwrap();
    let said = events.iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(format!("{} {}", finding.code, finding.message)),
        _ => None,
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @r"D2004 correlation_similarity of `x` and `y` is undefined: one is constant, or they are not correlated");
}
