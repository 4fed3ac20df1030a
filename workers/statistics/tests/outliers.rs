//! The isolation forest against scikit-learn's, by the cases of `tests/reference/outliers.json`;
//! the script beside it wrote them.
#![allow(clippy::unwrap_used)]

use ingot_statistics::outliers::{Forest, IsolationForest};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn scores_are_those_of_scikit_learn_but_for_the_draws() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../tests/reference/outliers.json")).unwrap();
    let trees = cases["trees"].as_u64().unwrap() as usize;
    for case in cases["cases"].as_array().unwrap() {
        let columns: Vec<Vec<f64>> =
            case["columns"].as_array().unwrap().iter().map(numbers).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let rows = case["rows"].as_u64().unwrap() as usize;
        let forest = IsolationForest::grow(&columns, Forest { trees, rows }, 3).unwrap();
        for (row, expected) in numbers(&case["scores"]).into_iter().enumerate() {
            let found = forest.score(|column| columns[column][row]);
            assert!((found - expected).abs() < 0.01, "row {row}: {found}, scikit-learn {expected}");
        }
    }
}
