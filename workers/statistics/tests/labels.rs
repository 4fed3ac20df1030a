//! Confident learning against cleanlab, by the cases of `tests/reference/labels.json`; the
//! script beside it wrote them.
#![allow(clippy::unwrap_used)]

use ingot_statistics::labels::{
    Filter, Issues, Judged, Quality, confident_joint, confident_thresholds, label_issues,
    label_quality,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(of).collect()
}

fn index(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn judged(case: &Value) -> Judged {
    let probabilities = list(&case["probabilities"], |row| list(row, number));
    let classes = probabilities[0].len();
    Judged::new(list(&case["given"], index), probabilities.concat(), classes).unwrap()
}

#[test]
fn labels_are_judged_as_by_cleanlab() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../tests/reference/labels.json")).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert!(cases.len() > 10);
    for case in cases {
        let (name, judged) = (&case["name"], judged(case));
        let thresholds = confident_thresholds(&judged);
        for (found, expected) in thresholds.iter().zip(list(&case["thresholds"], number)) {
            assert!((found.unwrap_or(2.0) - expected).abs() < 1e-15, "{name}: {thresholds:?}");
        }
        let joint = confident_joint(&judged);
        assert_eq!(json!(joint.counts), case["counts"], "{name}");
        assert_eq!(json!(joint.off_diagonal), case["off_diagonal"], "{name}");
        assert_eq!(json!(joint.calibrated), case["calibrated"], "{name}");
        assert!((joint.noise() - number(&case["noise"])).abs() < 1e-12, "{name}");
        for expected in case["issues"].as_array().unwrap() {
            let filter = Filter::EVERY.into_iter().find(|it| expected["filter"] == it.name());
            let issues = Issues {
                filter: filter.unwrap(),
                fraction: number(&expected["fraction"]),
                least: expected["least"].as_u64().unwrap(),
            };
            let found = label_issues(&judged, &issues);
            assert_eq!(json!(found), expected["issues"], "{name}: {issues:?}");
        }
        for quality in Quality::EVERY {
            let scores = label_quality(&judged, quality);
            let expected = list(&case["scores"][quality.name()], number);
            assert_eq!(scores.len(), expected.len());
            for (found, expected) in scores.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-12, "{name}: {found} {expected}");
            }
        }
    }
}

/// Rows of up to five classes, their probabilities in tenths so that some tie.
fn rows() -> impl Strategy<Value = (Vec<usize>, Vec<f64>, usize)> {
    (2usize..6, 2usize..40).prop_flat_map(|(classes, rows)| {
        let given = prop::collection::vec(0..classes, rows);
        let tenths =
            prop::collection::vec((0u8..11).prop_map(|n| f64::from(n) / 10.0), rows * classes);
        (given, tenths, Just(classes))
    })
}

proptest! {
    #[test]
    fn what_must_hold_of_any_labels((given, probabilities, classes) in rows()) {
        let Some(judged) = Judged::new(given.clone(), probabilities.clone(), classes) else {
            prop_assert!(given.iter().all(|class| *class == given[0]));
            return Ok(());
        };
        let joint = confident_joint(&judged);
        let sums: Vec<u64> = joint.calibrated.iter().map(|row| row.iter().sum()).collect();
        prop_assert_eq!(sums, judged.counts(), "each class keeps its rows");
        let of = |filter| label_issues(&judged, &Issues { filter, ..Issues::default() });
        let both = of(Filter::Both);
        for filter in Filter::EVERY {
            let issues = of(filter);
            prop_assert!(issues.is_sorted());
            let likely: Vec<usize> = judged.likely().collect();
            prop_assert!(issues.iter().all(|row| likely[*row] != given[*row]));
            if matches!(filter, Filter::PruneByClass | Filter::PruneByNoiseRate) {
                prop_assert!(both.iter().all(|row| issues.contains(row)));
            }
            let part = Issues { filter, fraction: 0.3, ..Issues::default() };
            prop_assert!(label_issues(&judged, &part).iter().all(|row| issues.contains(row)));
        }
        for quality in Quality::EVERY {
            let scores = label_quality(&judged, quality);
            prop_assert!(scores.iter().all(|score| score.is_finite()));
        }
    }
}
