//! Every metric against scikit-learn, by the cases of `tests/reference/metrics.json`; the
//! script beside it wrote them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use ingot_statistics::sample::{Classes, Labels, Numbers, Rankings};
use ingot_statistics::{METRICS, Sample, Task, find};
use serde_json::Value;

fn cases() -> Value {
    serde_json::from_str(include_str!("../../../tests/reference/metrics.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn rows<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(of).collect()
}

fn index(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn close(name: &str, found: Option<f64>, expected: &Value) {
    let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() < 1e-9, "{name}: {found}, scikit-learn says {expected}");
}

/// Checks each result of a case, and returns the names.
fn check(case: &Value, sample: &Sample) -> Vec<String> {
    let weights = numbers(&case["weights"]);
    let results = case["results"].as_object().unwrap();
    for (name, expected) in results {
        close(name, find(name).unwrap().value(sample, &weights), expected);
    }
    results.keys().cloned().collect()
}

#[test]
fn metrics_agree_with_scikit_learn() {
    let cases = cases();
    let mut checked = BTreeSet::new();
    for name in ["binary", "multiclass"] {
        let case = &cases[name];
        let classes = index(&case["classes"]);
        let sample = Classes::new(
            (classes, classes - 1),
            rows(&case["truth"], index),
            rows(&case["predicted"], index),
            &rows(&case["probabilities"], numbers),
        );
        let weights = numbers(&case["weights"]);
        for (name, expected) in case["of_class"].as_object().unwrap() {
            let of_class = find(name).unwrap().of_class.unwrap();
            for (class, expected) in expected.as_array().unwrap().iter().enumerate() {
                close(name, of_class(&sample, class, &weights), expected);
            }
            checked.insert(name.clone());
        }
        checked.extend(check(case, &Sample::Classes(sample)));
    }
    let case = &cases["labels"];
    let flags = |row: &Value| rows(row, |flag| flag.as_bool().unwrap());
    let (truth, predicted) = (rows(&case["truth"], flags), rows(&case["predicted"], flags));
    checked.extend(check(case, &Sample::Labels(Labels::new(4, truth, predicted))));
    let case = &cases["numbers"];
    let sample = Numbers::new(numbers(&case["truth"]), numbers(&case["predicted"]));
    checked.extend(check(case, &Sample::Numbers(sample)));
    let case = &cases["rankings"];
    let (relevance, scores) = (rows(&case["truth"], numbers), rows(&case["predicted"], numbers));
    let groups: Vec<String> = relevance
        .iter()
        .enumerate()
        .flat_map(|(at, group)| vec![at.to_string(); group.len()])
        .collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let sample = Rankings::new(&groups, &relevance.concat(), &scores.concat());
    checked.extend(check(case, &Sample::Rankings(sample)));
    // scikit-learn has no word for these: a count, and the losses of tokens.
    let others = ["support", "cross_entropy", "perplexity"];
    let unchecked: Vec<&str> = METRICS
        .iter()
        .map(|metric| metric.name)
        .filter(|name| !checked.contains(*name) && !others.contains(name))
        .collect();
    assert_eq!(unchecked, Vec::<&str>::new());
    assert!(Task::EVERY.iter().all(|task| Task::of_name(task.name()) == Some(*task)));
}
