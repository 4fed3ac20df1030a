//! What `evaluate` says of predictions on which a measure is undefined.

use std::collections::BTreeMap;

use ingot_protocol::Event;
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use serde_json::json;

use crate::support::{Bench, artifact};

/// The findings and the names of the areas, of rows with these labels and three classes.
fn areas(labels: &[&str]) -> (Vec<String>, Vec<String>) {
    let bench = Bench::new();
    let table = SplitPredictions::of_classes(
        (0..labels.len() as i64).collect(),
        labels.iter().map(|label| Some((*label).to_owned())).collect(),
        vec!["a".to_owned(); labels.len()],
        vec![vec![0.5, 0.3, 0.2]; labels.len()],
    );
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let about = Predictions::of_classes(classes);
    let path = bench.path("predictions");
    predictions::write(&path, &about, &BTreeMap::from([("test".into(), table)])).unwrap();
    let inputs = [("predictions", artifact("predictions", &path))];
    let events = bench.run("evaluate", "e", json!({ "resamples": 100 }), &inputs).unwrap();
    let (mut findings, mut names) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Finding(finding) => {
                assert_eq!(finding.metric.as_deref(), Some("roc_auc"));
                findings.push(format!("{}: {}", finding.code, finding.message));
            }
            Event::Metric(metric) if metric.name == "roc_auc" => {
                names.push(metric.slice.get("class").map_or("all", String::as_str).to_owned());
            }
            _ => {}
        }
    }
    (findings, names)
}

#[test]
fn an_area_of_one_class_is_undefined_and_says_so() {
    let (findings, names) = areas(&["b", "b"]);
    assert_eq!(
        findings,
        ["D0711: roc_auc is undefined: every row with a label is of the class `b`"]
    );
    assert_eq!(names, Vec::<String>::new());
}

#[test]
fn a_class_without_rows_has_no_area_and_the_others_have() {
    let (findings, names) = areas(&["a", "b", "b"]);
    assert_eq!(findings, ["D0711: roc_auc for class=c is undefined: no row has that label"]);
    assert_eq!(names, ["all", "a", "b"]);
    let (findings, names) = areas(&["a", "b", "c"]);
    assert_eq!((findings.len(), names.len()), (0, 4));
}

#[test]
fn a_predicted_class_that_nobody_knows_is_its_own_column_of_the_confusion() {
    let bench = Bench::new();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let table = SplitPredictions::of_classes(
        vec![0, 1, 2],
        vec![Some("2".into()), Some("10".into()), Some("10".into())],
        names(&["2", "none", "2"]),
        vec![vec![0.5, 0.5]; 3],
    );
    let about = Predictions::of_classes(names(&["10", "2"]));
    let path = bench.path("predictions");
    predictions::write(&path, &about, &BTreeMap::from([("test".into(), table)])).unwrap();
    let inputs = [("predictions", artifact("predictions", &path))];
    bench.run("evaluate", "e", json!({ "resamples": 100 }), &inputs).unwrap();
    let report = std::fs::read(bench.path("e/report/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["classes"], json!(["2", "10", "none"]));
    assert_eq!(report["confusion"], json!([[1, 0, 0], [1, 0, 1], [0, 0, 0]]));
}

/// Rows with these keys, each predicted by what its key says.
fn of_rows(keys: &[u8]) -> SplitPredictions {
    let name = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let truth = |key: u8| !key.is_multiple_of(3);
    let share = |key: u8| f64::from(u32::from(key) * 37 % 50) / 50.0;
    SplitPredictions::of_classes(
        (0..keys.len() as i64).collect(),
        keys.iter().map(|&key| Some(name(truth(key)))).collect(),
        keys.iter().map(|&key| name(share(key) > 0.5)).collect(),
        keys.iter().map(|&key| vec![1.0 - share(key), share(key)]).collect(),
    )
    .with_keys(Some(keys.iter().map(|&key| [key; 16]).collect()))
}

/// The report's metrics, and what is found.
fn report_of(parts: &[&[u8]]) -> Result<(serde_json::Value, Vec<String>), String> {
    let bench = Bench::new();
    let about = Predictions::of_classes(vec!["no".into(), "yes".into()]);
    let mut inputs = Vec::new();
    for (number, keys) in parts.iter().enumerate() {
        let path = bench.path(&format!("predictions-{number}"));
        predictions::write(&path, &about, &BTreeMap::from([("test".into(), of_rows(keys))]))
            .unwrap();
        inputs.push(("predictions", artifact("predictions", &path)));
    }
    let events = bench.run("evaluate", "e", json!({ "resamples": 100 }), &inputs);
    let events = events.map_err(|failure| failure.code)?;
    let findings = events.into_iter().filter_map(|event| match event {
        Event::Finding(finding) => Some(format!("{}: {}", finding.code, finding.message)),
        _ => None,
    });
    let report = std::fs::read(bench.path("e/report/report.json")).unwrap();
    Ok((serde_json::from_slice(&report).unwrap(), findings.collect()))
}

#[test]
fn predictions_of_folds_are_those_of_the_whole() {
    let whole: Vec<u8> = (0..30).collect();
    let (one, _) = report_of(&[&whole]).unwrap();
    let (folds, findings) =
        report_of(&[&[7, 3, 29, 0, 11], &whole[12..29], &[10, 9, 8, 6, 5, 4, 2, 1]]).unwrap();
    assert_eq!(folds, one);
    assert_eq!(
        findings,
        ["D0713: 3 predictions are pooled: each row of 1 repeat is in one of them"]
    );
    // The folds of two repeats, in any order.
    let (odd, even): (Vec<u8>, Vec<u8>) = whole.iter().partition(|key| *key % 2 == 1);
    let (repeats, _) = report_of(&[&whole[..9], &odd, &whole[9..], &even]).unwrap();
    assert_eq!(repeats["replicates"], 2);
    assert_eq!(repeats["rows"], 30);
    assert_eq!(report_of(&[&whole[..20], &whole[10..]]).unwrap_err(), "D0703");
}
