//! What other kinds report, taken up by `validate` and `evaluate`.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_data::worker::DataWorker;
use ingot_protocol::{Event, Failure, Finding, Input, Metric, Severity, Worker};
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use ingot_tables::report::Report;
use ingot_tables::reported::{write_findings, write_metrics};
use serde_json::json;

use crate::support::{Bench, artifact, metric, metrics, source};

fn finding(code: &str, severity: Severity) -> Finding {
    Finding::new(severity, code, format!("{code} was found"))
}

fn checks(bench: &Bench, name: &str, findings: &[Finding]) -> (&'static str, Input) {
    write_findings(&bench.path(name), findings).unwrap();
    ("checks", artifact("findings", &bench.path(name)))
}

#[test]
fn findings_of_checks_stand_behind_its_own_and_are_counted() {
    let bench = Bench::new();
    let rows = bench.write("rows.csv", "id\n1\nx\n");
    let contract = bench.write("c.toml", "version = 1\n[columns.id]\ntype = \"int64\"\n");
    let inputs = [
        ("data", source(&rows, json!({ "type": "csv" }))),
        checks(&bench, "one", &[finding("P1", Severity::Warning)]),
        checks(&bench, "two", &[finding("P2", Severity::Error), finding("P3", Severity::Info)]),
    ];
    let events = bench.run("validate", "v", json!({ "contract": contract }), &inputs).unwrap();
    let codes: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finding(finding) => Some(finding.code.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(codes, ["D0303", "P1", "P2", "P3"]);
    assert_eq!(metric(&events, "findings"), 4.0);

    let alone = bench.run("validate", "w", json!({ "contract": contract }), &inputs[..1]).unwrap();
    assert_eq!(metric(&alone, "findings"), 1.0);
    let bytes = |name: &str| {
        std::fs::read(bench.path(name).join("data/data/whole-00000-of-00001.parquet")).unwrap()
    };
    assert_eq!(bytes("v"), bytes("w"), "checks change nothing in the data");
}

#[test]
fn findings_that_cannot_be_read_fail_the_step() {
    let bench = Bench::new();
    let rows = bench.write("rows.csv", "id\n1\n");
    let contract = bench.write("c.toml", "version = 1\n");
    let broken = bench.write("broken", "{}");
    let inputs = [
        ("data", source(&rows, json!({ "type": "csv" }))),
        ("checks", artifact("findings", &broken)),
    ];
    let failure = bench.run("validate", "v", json!({ "contract": contract }), &inputs);
    assert_eq!(failure.unwrap_err().code, "D1102");
}

/// Predictions of six rows that are right two times of three.
fn guesses(path: &Path) -> Input {
    let rows = 0..6i64;
    let name = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let table = SplitPredictions::of_classes(
        rows.clone().collect(),
        rows.clone().map(|row| Some(name(row % 2 == 0))).collect(),
        rows.clone().map(|row| name((row % 2 == 0) != (row % 3 == 0))).collect(),
        rows.map(|row| vec![0.1 * row as f64, 1.0 - 0.1 * row as f64]).collect(),
    );
    let about = Predictions::of_classes(vec![name(false), name(true)]);
    predictions::write(path, &about, &BTreeMap::from([("test".into(), table)])).unwrap();
    artifact("predictions", path)
}

fn sliced(name: &str, value: f64, group: &str) -> Metric {
    let slice = BTreeMap::from([("group".to_owned(), group.to_owned())]);
    Metric { slice, ..Metric::new(name, value) }
}

fn evaluated(bench: &Bench, name: &str, files: &[&[Metric]]) -> Result<Vec<Event>, Failure> {
    let mut inputs = vec![("predictions", guesses(&bench.path("guesses")))];
    for (at, content) in files.iter().enumerate() {
        let path = bench.path(&format!("{name}-{at}"));
        write_metrics(&path, content).unwrap();
        inputs.push(("metrics", artifact("metrics", &path)));
    }
    bench.run("evaluate", name, json!({ "resamples": 100 }), &inputs)
}

#[test]
fn metrics_of_replicates_are_averaged_and_stand_in_the_report() {
    let bench = Bench::new();
    let gini = Metric { low: Some(0.25), high: Some(0.75), ..Metric::new("gini", 0.5) };
    let events = evaluated(
        &bench,
        "several",
        &[
            &[sliced("gini", 0.5, "b"), gini.clone(), sliced("gini", 0.25, "a")],
            &[Metric::new("gini", 0.75), sliced("gini", 1.0, "a"), Metric::new("depth", 3.0)],
        ],
    )
    .unwrap();
    let told = |events: &[Event]| -> Vec<Metric> {
        let others = |metric: &&Metric| ["gini", "depth"].contains(&metric.name.as_str());
        metrics(events).filter(others).cloned().collect()
    };
    let expected = [
        Metric::new("depth", 3.0),
        Metric::new("gini", 0.625),
        sliced("gini", 0.625, "a"),
        sliced("gini", 0.5, "b"),
    ];
    assert_eq!(told(&events), expected);
    let report = Report::read(&bench.path("several").join("report")).unwrap();
    let kept = report.metrics.iter().filter(|metric| metric.name == "gini");
    assert_eq!(kept.map(|metric| metric.value).collect::<Vec<_>>(), [0.625, 0.625, 0.5]);

    let events = evaluated(&bench, "single", &[std::slice::from_ref(&gini)]).unwrap();
    assert_eq!(told(&events), [gini], "one artifact keeps its interval");
}

#[test]
fn a_name_that_evaluate_measures_is_refused() {
    let bench = Bench::new();
    let own = evaluated(&bench, "none", &[]).unwrap();
    for (at, metric) in metrics(&own).enumerate() {
        let theirs = Metric::new(metric.name.clone(), 1.0);
        let failure = evaluated(&bench, &format!("own-{at}"), &[&[theirs]]).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.help.is_some()), ("D0707", true));
        assert!(failure.message.contains(&format!("`{}`", metric.name)), "{}", failure.message);
    }
}

#[test]
fn what_was_reported_can_be_shown() {
    let bench = Bench::new();
    let path = bench.path("reported");
    let show = |artifact_type| {
        let shown = DataWorker.show(artifact_type, &path).unwrap();
        (shown.artifact_type, shown.summary, shown.tables.into_values().next().unwrap_or_default())
    };
    write_findings(&path, &[finding("P1", Severity::Warning)]).unwrap();
    let (artifact_type, summary, table) = show("findings");
    assert_eq!((artifact_type.as_str(), summary.as_str()), ("findings", "1 findings"));
    assert_eq!(table[1], ["warning", "P1", "P1 was found"]);
    write_metrics(&path, &[sliced("gini", 0.5, "a")]).unwrap();
    let (artifact_type, summary, table) = show("metrics");
    assert_eq!((artifact_type.as_str(), summary.as_str()), ("metrics", "1 metrics"));
    assert_eq!(table[1], ["gini group=a", "0.5000", "", ""]);
    bench.write("reported", "{\n  \"metrics\": 7\n}\n");
    assert_eq!(show("files").1, "19 bytes", "nobody says that it is anything else");
    let error = DataWorker.show("metrics", &path).unwrap_err();
    assert_eq!(error.code, "D1102");
}
