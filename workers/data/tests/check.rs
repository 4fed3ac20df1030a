//! `inspect check`: what a command wrote and only a later step would have stumbled over.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, ListArray, NullArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Float64Type, Schema};
use arrow::record_batch::RecordBatch;
use ingot_data::worker::DataWorker;
use ingot_protocol::Worker;
use ingot_tables::dataset::Dataset;
use ingot_tables::parquet_file;
use serde_json::{Value, json};

use crate::support::Bench;

/// An artifact of one Parquet file, in which columns may have one name.
fn artifact(path: &Path, name: &str, about: &Value, file: &str, columns: &[(&str, ArrayRef)]) {
    std::fs::create_dir_all(path.join("data")).unwrap();
    std::fs::write(path.join(format!("{name}.json")), about.to_string()).unwrap();
    let field =
        |(name, values): &(&str, ArrayRef)| Field::new(*name, values.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let values = columns.iter().map(|(_, values)| Arc::clone(values)).collect();
    let batch = RecordBatch::try_new(Arc::new(schema), values).unwrap();
    parquet_file::write(&path.join("data").join(file), &batch).unwrap();
}

/// What is said of an artifact, without its place.
fn said(artifact_type: &str, path: &Path) -> String {
    match DataWorker.check(artifact_type, path) {
        Ok(()) => "well".to_owned(),
        Err(failure) => {
            let message = failure.message.replace(&format!("{}", path.display()), "it");
            let help = failure.help.map(|help| format!("\n  {help}")).unwrap_or_default();
            format!("{} {message}{help}", failure.code)
        }
    }
}

#[test]
fn datasets_are_checked_for_what_stops_a_later_step() {
    let bench = Bench::new();
    let one = "all-00000-of-00001.parquet";
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None]));
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0, 1]));
    let scans: ArrayRef = Arc::new(BinaryArray::from(vec![&b"1234"[..], b"123"]));
    let of = |data_type: &str, nullable: bool, image: Value| {
        let modality = if image.is_null() { "table" } else { "image" };
        let column =
            json!({"name": "x", "type": data_type, "role": "feature", "nullable": nullable});
        json!({"version": 1, "modality": modality, "image": image, "columns": [column]})
    };
    let image = json!({"column": "x", "channels": 1, "height": 2, "width": 2});
    let cases = [
        ("stray", of("float64", true, Value::Null), "train.parquet", vec![("x", numbers.clone())]),
        ("whole", of("float64", true, Value::Null), one, vec![("x", whole.clone())]),
        ("floats", of("int64", true, Value::Null), one, vec![("x", numbers.clone())]),
        ("times", of("utf8", true, Value::Null), one, vec![("x", moments)]),
        ("nulls", of("float64", false, Value::Null), one, vec![("x", numbers.clone())]),
        ("twice", of("int64", true, Value::Null), one, vec![("x", whole.clone()), ("x", whole)]),
        ("image", of("binary", true, image), one, vec![("x", scans)]),
    ];
    let mut told = Vec::new();
    for (name, about, file, columns) in cases {
        artifact(&bench.path(name), "dataset", &about, file, &columns);
        told.push(format!("{name}: {}", said("dataset", &bench.path(name))));
    }
    let file = bench.path("nulls").join("data").join(one);
    std::fs::rename(&file, file.with_extension("csv")).unwrap();
    told.push(format!("none: {}", said("dataset", &bench.path("nulls"))));
    insta::assert_snapshot!(told.join("\n"), @r#"
    stray: D0107 it/data/train.parquet: a Parquet file that belongs to no split
      name it `<split>-00000-of-00001.parquet`
    whole: D0109 it/data/all-00000-of-00001.parquet: column `x` holds Int64, and the schema says float64
      write floats, or let the schema say `int64`
    floats: D0109 it/data/all-00000-of-00001.parquet: column `x` holds Float64, and the schema says int64
      pandas makes floats of whole numbers beside missing ones: convert the column to `Int64`, or let the schema say `float64`
    times: D0109 it/data/all-00000-of-00001.parquet: column `x` holds Timestamp(µs), and the schema says utf8
      a dataset holds int64, float64, bool, utf8 and binary: convert the column before it is written (a time or a decimal number to text or a float), or correct the schema
    nulls: D0110 it/data/all-00000-of-00001.parquet: column `x` is not nullable and has 1 nulls
      let the schema say `"nullable": true`; pandas writes NaN as a missing value
    twice: D0117 it/data/all-00000-of-00001.parquet: the column `x` is there twice
      rename one of them
    image: D0118 it: column `x`, row 1 of `all`: 3 bytes, where an image has 4
      images are raw bytes: channel by channel, row by row, one byte a value
    none: D0116 it: the dataset has no split
      write one Parquet file a split, `data/<split>-00000-of-00001.parquet`
    "#);
}

#[test]
fn a_column_in_which_everything_is_missing_has_the_type_that_is_asked_for() {
    let bench = Bench::new();
    let column = json!({"name": "x", "type": "int64", "role": "feature", "nullable": true});
    let about = json!({"version": 1, "modality": "table", "columns": [column]});
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    let path = bench.path("data");
    artifact(&path, "dataset", &about, "all-00000-of-00001.parquet", &[("x", nothing)]);
    assert_eq!(said("dataset", &path), "well");
    let read = Dataset::open(&path).unwrap().read("all").unwrap();
    assert_eq!(read.column(0).as_ref(), &Int64Array::from(vec![None::<i64>; 3]));
}

#[test]
fn predictions_are_checked_for_what_stops_a_later_step() {
    let bench = Bench::new();
    let one = "test-00000-of-00001.parquet";
    let about =
        |task: &str, classes: Value| json!({"version": 1, "task": task, "classes": classes});
    let columns = |label: ArrayRef, probabilities: [f64; 2]| -> Vec<(&'static str, ArrayRef)> {
        let lists = [Some(probabilities.map(Some))];
        vec![
            ("row", Arc::new(Int64Array::from(vec![0]))),
            ("label", label),
            ("predicted", Arc::new(StringArray::from(vec!["a"]))),
            ("probabilities", Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists))),
        ]
    };
    let text = || -> ArrayRef { Arc::new(StringArray::from(vec!["a"])) };
    let number: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    let two = || json!(["a", "b"]);
    let task = "classification";
    let cases: BTreeMap<&str, _> = [
        ("logits", (about(task, two()), one, columns(text(), [2.5, -1.0]))),
        ("nan", (about(task, two()), one, columns(text(), [f64::NAN, 1.0]))),
        ("rounded", (about(task, two()), one, columns(text(), [1.0 + 1e-7, -1e-9]))),
        ("number", (about(task, two()), one, columns(number, [0.5, 0.5]))),
        ("width", (about(task, json!(["a"])), one, columns(text(), [0.5, 0.5]))),
        ("classes", (about(task, json!(["a", "a"])), one, columns(text(), [0.5, 0.5]))),
        ("task", (about("regression", two()), one, columns(text(), [0.5, 0.5]))),
        ("stray", (about(task, two()), "test.parquet", columns(text(), [0.5, 0.5]))),
        ("none", (about(task, two()), "test.txt", columns(text(), [0.5, 0.5]))),
    ]
    .into();
    let mut told = Vec::new();
    for (name, (about, file, columns)) in &cases {
        artifact(&bench.path(name), "predictions", about, file, columns);
        told.push(format!("{name}: {}", said("predictions", &bench.path(name))));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    classes: D0131 it/predictions.json: two classes are named `a`
    logits: D0125 it: column `probabilities`: row 0 of `test`: 2.5 is no probability
      each task has its columns: docs/reference/formats.md lists them with their types
    nan: D0125 it: column `probabilities`: row 0 of `test`: NaN is no probability
      each task has its columns: docs/reference/formats.md lists them with their types
    none: D0130 it: the predictions have no split
      write one Parquet file a split, `data/<split>-00000-of-00001.parquet`
    number: D0125 it/data/test-00000-of-00001.parquet: column `label`: holds Int64, where utf8 is read
      each task has its columns: docs/reference/formats.md lists them with their types
    rounded: well
    stray: D0127 it/data/test.parquet: a Parquet file that belongs to no split
      name it `<split>-00000-of-00001.parquet`
    task: D0131 it/predictions.json: 2 classes, where `regression` has none
    width: D0125 it/data/test-00000-of-00001.parquet: column `probabilities`: 2 probabilities for 1 classes
      each task has its columns: docs/reference/formats.md lists them with their types
    "#);
}

#[test]
fn reports_are_checked_for_what_stops_a_later_step() {
    let bench = Bench::new();
    let path = bench.path("report");
    std::fs::create_dir(&path).unwrap();
    let report = |classes: Value, confusion: Value, metrics: Value| {
        json!({"version": 1, "rows": 2, "replicates": 1, "baseline_replicates": 0,
               "classes": classes, "confusion": confusion, "metrics": metrics})
    };
    let metric = json!({"name": "x", "value": 1});
    let documents = [
        report(json!(["a", "b"]), json!([[1, 0], [0, 1]]), json!([metric])).to_string(),
        report(json!(["a", "b"]), json!([[2]]), json!([])).to_string(),
        report(json!(["a", "a"]), json!([[1, 0], [0, 1]]), json!([])).to_string(),
        report(json!([]), json!([]), json!([metric, metric])).to_string(),
        report(json!([]), json!([]), json!([metric]))
            .to_string()
            .replace("\"value\":1", "\"value\":NaN"),
    ];
    let mut told = Vec::new();
    for document in documents {
        std::fs::write(path.join("report.json"), document).unwrap();
        told.push(said("report", &path));
    }
    std::fs::write(path.join("report.json"), report(json!([]), json!([]), json!([])).to_string())
        .unwrap();
    std::fs::write(path.join("selection.json"), "{}").unwrap();
    told.push(said("report", &path));
    insta::assert_snapshot!(told.join("\n"), @r#"
    well
    D0706 it/report.json: `confusion` is not 2 rows of 2, one for each class
    D0706 it/report.json: two classes are named `a`
    D0706 it/report.json: the metric `x` is there twice
    D0706 it/report.json: expected value at line 1 column 85: JSON has no NaN and no infinity
    D1007 it/selection.json: missing field `version` at line 1 column 2
    "#);
}
