//! Synthetic rows against SDMetrics, by the cases of `tests/reference/fidelity.json`; the script
//! beside it wrote them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use ingot_statistics::drift::counts_of_categories;
use ingot_statistics::fidelity::{
    Coefficient, RecordColumn, closeness, correlation_similarity, distances_to_closest,
    kolmogorov_smirnov_complement, total_variation_complement,
};
use serde_json::Value;

fn cases() -> Value {
    serde_json::from_str(include_str!("../../../tests/reference/fidelity.json")).unwrap()
}

fn each<'a>(cases: &'a Value, name: &str) -> &'a [Value] {
    cases[name].as_array().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap_or(f64::NAN)).collect()
}

fn close(found: Option<f64>, expected: &Value, what: &str) {
    match (found, expected.as_f64()) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() < 1e-12, "{what}: {found}, SDMetrics {expected}");
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[test]
fn columns_are_as_faithful_as_sdmetrics_finds_them() {
    let cases = cases();
    for case in each(&cases, "numbers") {
        let found =
            kolmogorov_smirnov_complement(&numbers(&case["real"]), &numbers(&case["synthetic"]));
        close(found, &case["score"], "numbers");
    }
    for case in each(&cases, "categories") {
        let texts = |name: &str| -> Vec<&str> {
            case[name].as_array().unwrap().iter().filter_map(Value::as_str).collect()
        };
        let (real, synthetic) = (texts("real"), texts("synthetic"));
        let counts = counts_of_categories(&real, &synthetic);
        let (real, synthetic): (Vec<u64>, Vec<u64>) =
            counts.into_iter().map(|(_, one, other)| (one, other)).unzip();
        close(total_variation_complement(&real, &synthetic), &case["score"], "categories");
    }
    for case in each(&cases, "pairs") {
        let two = |name: &str| [numbers(&case[name][0]), numbers(&case[name][1])];
        let ([x, y], [a, b]) = (two("real"), two("synthetic"));
        for (name, coefficient) in
            [("pearson", Coefficient::Pearson), ("spearman", Coefficient::Spearman)]
        {
            let found = correlation_similarity((&x, &y), (&a, &b), coefficient);
            close(found, &case[name], name);
        }
    }
}

#[test]
fn records_are_as_close_as_sdmetrics_finds_them() {
    let cases = cases();
    for case in each(&cases, "records") {
        let mut known = BTreeMap::new();
        let mut table = |name: &str| -> Vec<RecordColumn> {
            let columns = case["columns"].as_array().unwrap().iter().enumerate();
            columns
                .map(|(at, form)| match form.as_str() {
                    Some("numerical") => RecordColumn::Numbers(numbers(&case[name][at])),
                    _ => {
                        let values = case[name][at].as_array().unwrap().iter();
                        RecordColumn::Categories(
                            values
                                .map(|value| {
                                    let next = known.len() as u64;
                                    let text = value.as_str()?;
                                    Some(*known.entry(text.to_owned()).or_insert(next))
                                })
                                .collect(),
                        )
                    }
                })
                .collect()
        };
        let (synthetic, train, holdout) = (table("synthetic"), table("train"), table("holdout"));
        let found = closeness(&synthetic, &train, &holdout).unwrap();
        close(Some(found.closer_to_train), &case["closer_to_train"], "closer to train");
        close(Some(found.protection()), &case["protection"], "protection");
        let distances = distances_to_closest(&synthetic, &train).unwrap();
        for (found, expected) in distances.iter().zip(numbers(&case["distances"])) {
            assert!((found - expected).abs() < 1e-12, "{found}, SDMetrics {expected}");
        }
    }
}
