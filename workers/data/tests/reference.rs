//! Measures against reference values that scikit-learn computed.
//!
//! `INGOT_TEST_REFERENCE` names the folder of the cases; without it the test says
//! that it was skipped.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use serde_json::{Value, json};

use crate::support::{Bench, artifact, metric, metrics};

#[test]
fn binary_measures_agree_with_scikit_learn() {
    let Some(folder) = std::env::var_os("INGOT_TEST_REFERENCE") else {
        eprintln!("skipped: INGOT_TEST_REFERENCE names no folder with reference cases");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join("binary_metrics.json")).unwrap();
    let case: Value = serde_json::from_str(&text).unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        let list = case["inputs"][name].as_array().unwrap();
        list.iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let threshold = case["inputs"]["threshold"].as_f64().unwrap();
    let (mut rows, mut labels, mut predicted, mut probabilities) = (vec![], vec![], vec![], vec![]);
    for (row, (y, p)) in numbers("y").into_iter().zip(numbers("p")).enumerate() {
        rows.push(row as i64);
        labels.push(Some(y.to_string()));
        predicted.push(if p >= threshold { "1" } else { "0" }.into());
        probabilities.push(vec![1.0 - p, p]);
    }
    let bench = Bench::new();
    let about = Predictions::of_classes(vec!["0".into(), "1".into()]);
    let path = bench.path("predictions");
    predictions::write(
        &path,
        &about,
        &BTreeMap::from([(
            "test".into(),
            SplitPredictions::of_classes(rows, labels, predicted, probabilities),
        )]),
    )
    .unwrap();
    let inputs = [("predictions", artifact("predictions", &path))];
    let events = bench.run("evaluate", "evaluate", json!({}), &inputs).unwrap();
    let expected = |name: &str| case["results"][name].as_f64().unwrap();
    for name in ["accuracy", "balanced_accuracy", "roc_auc", "log_loss"] {
        let found = metric(&events, name);
        assert!((found - expected(name)).abs() < 1e-9, "{name}: {found}, not {}", expected(name));
    }
    for name in ["precision", "recall", "f1"] {
        let of_positive = |class: &String| class == "1";
        let found = metrics(&events)
            .find(|m| m.name == name && m.slice.get("class").is_some_and(of_positive))
            .unwrap();
        assert!((found.value - expected(name)).abs() < 1e-9, "{name}: {}", found.value);
    }
    let report = std::fs::read(bench.path("evaluate/report/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["confusion"], case["results"]["confusion_matrix_rows_true"]);
}
