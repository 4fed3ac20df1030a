//! `gap` and `duplicates`, natively and, where the environment names it, in the
//! host.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use ingot_plugin::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use ingot_plugin::test::Case;
use ingot_plugin::{Failure, Severity, json};
use scores::{Duplicates, Gap};

fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, it)| (name, it, true))).unwrap()
}

fn predictions(labels: Vec<Option<&str>>, predicted: Vec<&str>) -> RecordBatch {
    table([
        ("row", Arc::new(Int64Array::from_iter_values(0..labels.len() as i64))),
        ("label", Arc::new(StringArray::from(labels))),
        ("predicted", Arc::new(StringArray::from(predicted))),
    ])
}

#[test]
fn the_gap_is_between_the_best_and_the_worst_class() -> Result<(), Failure> {
    let labels = "aabbbb".chars().map(|label| if label == 'a' { "a" } else { "b" });
    let labels = labels.map(Some).chain([None]).collect();
    let batch = predictions(labels, vec!["a", "b", "b", "b", "b", "a", "a"]);
    let outcome = Case::new::<Gap>().input("predictions", [("test", batch)]).check()?;
    assert_eq!(outcome.metric("accuracy_gap"), 0.25);
    assert_eq!(outcome.metric("worst_class_recall"), 0.5);
    let recalls: Vec<_> =
        outcome.metrics[2..].iter().map(|it| (&it.slice[0].1, it.value)).collect();
    assert_eq!(recalls, [(&"a".to_owned(), 0.5), (&"b".to_owned(), 0.75)]);
    Ok(())
}

#[test]
fn predictions_without_labels_are_refused() {
    let batch = predictions(vec![None], vec!["a"]);
    let failure = Case::new::<Gap>().input("predictions", [("test", batch)]).check().unwrap_err();
    assert_eq!(failure.code, "LABELS");
}

fn people() -> RecordBatch {
    table([
        ("name", Arc::new(StringArray::from(vec![Some("Ada"), None, Some("Ada"), None]))),
        ("age", Arc::new(Int64Array::from(vec![36, 1, 36, 2]))),
    ])
}

#[test]
fn repeated_rows_are_an_error_with_examples() -> Result<(), Failure> {
    let data = [("test", vec![people()]), ("train", vec![people(), people()])];
    let outcome = Case::new::<Duplicates>().input("data", data).check()?;
    assert_eq!(outcome.metric("duplicate_rows"), 6.0);
    let train = &outcome.findings[1];
    assert_eq!((train.severity, train.rows), (Severity::Error, Some(5)));
    assert_eq!(train.examples, [2, 4, 5, 6, 7]);
    Ok(())
}

#[test]
fn only_named_columns_are_compared() -> Result<(), Failure> {
    let case = Case::new::<Duplicates>().params(json!({"columns": ["name"]}));
    let outcome = case.input("data", [("train", people())]).check()?;
    assert_eq!(outcome.findings[0].examples, [2, 3], "a null is the same as a null");
    Ok(())
}

#[test]
fn a_row_of_files_is_a_line() -> Result<(), Failure> {
    let case = Case::new::<Duplicates>().input_of("data", "files", [("", "a\nb\na\n")]);
    assert_eq!(case.check()?.findings[0].examples, [2]);
    Ok(())
}

#[test]
fn an_unknown_column_is_named() {
    let case = Case::new::<Duplicates>().params(json!({"columns": ["nmae"]}));
    let failure = case.input("data", [("train", people())]).check().unwrap_err();
    assert_eq!(failure.message, "no column `nmae`");
    assert_eq!(failure.help.as_deref(), Some("the columns are name, age"));
}
