//! Drift, bins, corrections and weights against SciPy, NumPy, statsmodels and Evidently, by
//! the cases of `tests/reference/drift.json`; the script beside it wrote them.
#![allow(clippy::unwrap_used)]

mod bins;
mod categories;
mod functions;
mod given;
mod pairs;
mod properties;

use ingot_statistics::drift::Test;
use serde_json::Value;

/// What a closed form may differ by, of its size or of 1.
const CLOSED: f64 = 1e-9;

fn cases() -> Value {
    serde_json::from_str(include_str!("../../../../tests/reference/drift.json")).unwrap()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().unwrap().iter()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// A number; "inf" is infinity.
fn number(value: &Value) -> f64 {
    if value == "inf" { f64::INFINITY } else { value.as_f64().unwrap() }
}

/// A sample: its numbers, or the formula that the script states.
fn sample(value: &Value) -> Vec<f64> {
    if value.is_array() {
        return numbers(value);
    }
    let whole = |key: &str| value[key].as_u64().unwrap();
    let shift = value["s"].as_f64().unwrap();
    (0..whole("n"))
        .map(|i| (whole("a") * i * i + whole("b") * i) % whole("m"))
        .map(|raw| raw as f64 / whole("d") as f64 + shift)
        .collect()
}

/// Compares within a tolerance of the size, or of 1 for small numbers.
fn near(name: &str, found: f64, expected: f64, tolerance: f64) {
    let gap = (found - expected).abs();
    let near = found == expected || gap <= tolerance * expected.abs().max(1.0);
    assert!(near, "{name}: {found}, the reference says {expected}");
}

/// Compares a number that may be undefined.
fn close(name: &str, found: Option<f64>, expected: &Value) {
    match found {
        None => assert!(expected.is_null(), "{name}: nothing, the reference says {expected}"),
        Some(found) => {
            assert!(!expected.is_null(), "{name}: {found}, the reference says nothing");
            near(name, found, number(expected), CLOSED);
        }
    }
}

/// Compares numbers one by one.
fn all_close(name: &str, found: &[f64], expected: &Value) {
    assert_eq!(found.len(), expected.as_array().unwrap().len(), "{name}");
    for (found, expected) in found.iter().zip(numbers(expected)) {
        near(name, *found, expected, CLOSED);
    }
}

/// Compares a statistic and its p-value: the latter within a tolerance, and its tail within
/// a millionth of itself where it is small.
fn test_close(name: &str, found: Option<Test>, expected: &Value, tolerance: f64) {
    close(name, found.map(|test| test.statistic), &expected[0]);
    if let Some(Test { p_value, .. }) = found {
        near(name, p_value, number(&expected[1]), tolerance);
        if tolerance < 1e-8 && number(&expected[1]) > 1e-290 {
            near(name, p_value / number(&expected[1]), 1.0, 1e-6);
        }
    }
}
