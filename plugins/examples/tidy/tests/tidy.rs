//! Every kind of `tidy`, natively and, where the environment names it, in the
//! host.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::HashMap;
use std::sync::Arc;

use ingot_plugin::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use ingot_plugin::arrow::schema::Schema;
use ingot_plugin::test::Case;
use ingot_plugin::{Failure, json};
use tidy::{Clip, ClipFit, Filter, Normalise};

/// A batch whose schema says what its columns mean.
fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    let columns = columns.map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let meaning = HashMap::from([("ingot".to_owned(), r#"{"version":1}"#.to_owned())]);
    let schema = Schema::new_with_metadata(batch.schema().fields().clone(), meaning);
    batch.with_schema(Arc::new(schema)).unwrap()
}

fn people() -> RecordBatch {
    table([
        ("name", Arc::new(StringArray::from(vec![Some("Ada"), Some(""), None, Some("Al")]))),
        ("age", Arc::new(Int64Array::from(vec![Some(36), Some(40), Some(50), None]))),
        ("height", Arc::new(Float64Array::from(vec![1.6, f64::NAN, 1.8, 1.7]))),
    ])
}

#[test]
fn filter_keeps_what_passes_every_condition() -> Result<(), Failure> {
    let names = |params| -> Result<Vec<Option<String>>, Failure> {
        let case = Case::new::<Filter>().params(params).input("data", [("train", people())]);
        Ok(case.check()?.texts("data", "train", "name"))
    };
    let (ada, al) = (Some("Ada".to_owned()), Some("Al".to_owned()));
    assert_eq!(names(json!({"numbers": {"age": {"max": 45}}}))?, [ada.clone(), Some("".into())]);
    assert_eq!(names(json!({"texts": {"name": {"non_empty": true}}}))?, [ada.clone(), al.clone()]);
    assert_eq!(names(json!({"texts": {"name": {"contains": "l"}}}))?, std::slice::from_ref(&al));
    assert_eq!(names(json!({"numbers": {"height": {"min": 1.7}}}))?, [None, al]);
    let both = json!({"numbers": {"age": {"min": 36}}, "texts": {"name": {"one_of": ["Ada"]}}});
    assert_eq!(names(both)?, [ada]);
    Ok(())
}

#[test]
fn filter_counts_rows_and_keeps_meaning_and_empty_splits() -> Result<(), Failure> {
    let params = json!({"numbers": {"age": {"min": 100}}});
    let data = [("test", people()), ("train", people())];
    let outcome = Case::new::<Filter>().params(params).input("data", data).check()?;
    assert_eq!((outcome.metric("rows_in"), outcome.metric("rows_out")), (8.0, 0.0));
    assert_eq!(outcome.batch("data", "test").schema(), people().schema());
    Ok(())
}

#[test]
fn filter_says_which_column_is_missing() {
    let params = json!({"numbers": {"aeg": {"min": 1}}});
    let case = Case::new::<Filter>().params(params).input("data", [("train", people())]);
    assert_eq!(case.check().unwrap_err().message, "no column `aeg`");
}

#[test]
fn normalise_does_what_it_is_asked_and_nothing_twice() -> Result<(), Failure> {
    let text = vec![Some("  Total\t\tCost\u{7} "), None, Some("ÄRGER\u{a0}x"), Some("kept")];
    let data = table([("text", Arc::new(StringArray::from(text)) as ArrayRef)]);
    let all = json!({"columns": ["text"], "strip_control": true});
    let once =
        Case::new::<Normalise>().params(all.clone()).input("data", [("train", data.clone())]);
    let once = once.check()?;
    let expected = [Some("total cost"), None, Some("ärger x"), Some("kept")];
    let expected: Vec<_> = expected.iter().map(|text| text.map(str::to_owned)).collect();
    assert_eq!(once.texts("data", "train", "text"), expected);
    assert_eq!(once.metrics[0].value, 2.0);
    let twice = Case::new::<Normalise>().params(all).input_from("data", &once, "data").check()?;
    assert_eq!(twice.bytes("data", "train"), once.bytes("data", "train"));
    let trim = json!({"columns": ["text"], "collapse": false, "lower_case": false});
    let trimmed = Case::new::<Normalise>().params(trim).input("data", [("train", data)]).check()?;
    assert_eq!(trimmed.texts("data", "train", "text")[0].as_deref(), Some("Total\t\tCost\u{7}"));
    Ok(())
}

fn numbers(values: &[f64]) -> RecordBatch {
    let whole = values.iter().map(|value| *value as i64);
    table([
        ("real", Arc::new(Float64Array::from(values.to_vec())) as ArrayRef),
        ("whole", Arc::new(Int64Array::from_iter_values(whole))),
    ])
}

#[test]
fn clip_learns_on_train_alone() -> Result<(), Failure> {
    let params = json!({"columns": ["real", "whole"], "lower": 0.25, "upper": 0.75});
    let data = [("test", numbers(&[-1e6, 5.0, 1e6])), ("train", numbers(&[10.0, 1.0, 3.0, 2.0]))];
    let fit = Case::new::<ClipFit>().params(params.clone()).input("data", data.clone()).check()?;
    let state: serde_json::Value = serde_json::from_str(fit.text("state", "")).unwrap();
    assert_eq!(state["columns"]["real"], json!({"lower": 1.75, "upper": 4.75}));
    let clip = Case::new::<Clip>().params(params).input("data", data);
    let outcome = clip.input_from("state", &fit, "state").check()?;
    assert_eq!(outcome.numbers("data", "test", "real"), [1.75, 4.75, 4.75]);
    assert_eq!(outcome.numbers("data", "test", "whole"), [2.0, 5.0, 5.0]);
    assert_eq!(outcome.numbers("data", "train", "whole"), [5.0, 2.0, 3.0, 2.0]);
    assert_eq!(outcome.metrics[0].value, 5.0);
    Ok(())
}

#[test]
fn clip_refuses_a_state_of_another_version() {
    let case = Case::new::<Clip>().params(json!({"columns": ["real"]}));
    let case = case.input("data", [("train", numbers(&[1.0]))]);
    let case = case.input("state", [("", r#"{"version":2,"columns":{}}"#)]);
    assert_eq!(case.check().unwrap_err().code, "STATE");
}

#[test]
fn clip_fit_refuses_what_it_cannot_learn() {
    let empty = numbers(&[f64::NAN]);
    let case = Case::new::<ClipFit>().params(json!({"columns": ["real"]}));
    assert_eq!(case.input("data", [("train", empty)]).check().unwrap_err().code, "EMPTY");
}
