use std::fs;

use super::*;

fn two_rows() -> (Predictions, BTreeMap<String, SplitPredictions>) {
    let about =
        Predictions { task: "classification".into(), classes: vec!["cat".into(), "dog".into()] };
    let split = SplitPredictions {
        rows: vec![0, 1],
        labels: vec![Some("cat".into()), None],
        predicted: vec!["cat".into(), "dog".into()],
        probabilities: vec![vec![0.75, 0.25], vec![0.0, 1.0]],
    };
    (about, BTreeMap::from([("test".to_owned(), split)]))
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (about, splits) = two_rows();
    write(folder.path(), &about, &splits).unwrap();
    assert_eq!(read(folder.path()).unwrap(), (about, splits));
}

#[test]
fn a_row_needs_a_probability_for_every_class() {
    let folder = tempfile::tempdir().unwrap();
    let (about, mut splits) = two_rows();
    splits.get_mut("test").unwrap().probabilities[1].pop();
    let error = write(folder.path(), &about, &splits).unwrap_err().to_string();
    assert!(error.ends_with("column `probabilities`: 1 probabilities for 2 classes"), "{error}");
}

#[test]
fn another_version_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (about, splits) = two_rows();
    write(folder.path(), &about, &splits).unwrap();
    let file = folder.path().join("predictions.json");
    let text = fs::read_to_string(&file).unwrap().replace("\"version\": 1", "\"version\": 9");
    fs::write(&file, text).unwrap();
    assert!(matches!(
        read(folder.path()).unwrap_err(),
        PredictionsError::Version { found: 9, expected: 1, .. }
    ));
}

#[test]
fn what_is_copied_a_batch_at_a_time_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let (about, mut all) = two_rows();
    all.insert("valid".into(), SplitPredictions::default());
    write(&one, &about, &all).unwrap();
    assert_eq!(splits(&one).unwrap(), ["test", "valid"]);
    let copy = Writer::begin(&other, &about_text(&one).unwrap()).unwrap();
    for split in splits(&one).unwrap() {
        let mut rows = copy.split(&split).unwrap();
        for batch in batches(&one, &split, 1).unwrap() {
            rows.write(&batch.unwrap()).unwrap();
        }
        rows.finish().unwrap();
    }
    let files = ["predictions.json", "data/test-00000-of-00001.parquet"];
    for name in files.into_iter().chain(["data/valid-00000-of-00001.parquet"]) {
        let bytes = |root: &Path| fs::read(root.join(name)).unwrap();
        assert!(bytes(&one) == bytes(&other), "{name}");
    }
    assert_eq!(read(&other).unwrap(), (about, all));
}

#[test]
fn rows_that_are_no_predictions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let code = |error: PredictionsError| ingot_protocol::Failure::from(error).code;
    for (text, expected) in [
        ("{", "D0123"),
        (r#"{"version": 1, "task": "classification"}"#, "D0123"),
        (r#"{"version": 2, "task": "classification", "classes": []}"#, "D0124"),
    ] {
        assert_eq!(code(Writer::begin(root, text).unwrap_err()), expected);
    }
    let about = r#"{"version": 1, "task": "classification", "classes": ["cat", "dog"]}"#;
    let writer = Writer::begin(root, about).unwrap();
    assert_eq!(writer.split("a/b").err().map(code).as_deref(), Some("D0127"));
    assert_eq!(batches(root, "test", 1).err().map(code).as_deref(), Some("D0126"));
    let (_, splits) = two_rows();
    let batch = columns::to_batch(root, 2, &splits["test"]).unwrap();
    let mut rows = writer.split("test").unwrap();
    assert_eq!(code(rows.write(&batch.project(&[0, 1, 2]).unwrap()).unwrap_err()), "D0125");
    let mut three = splits["test"].clone();
    three.probabilities.iter_mut().for_each(|row| row.push(0.0));
    let three = columns::to_batch(root, 3, &three).unwrap();
    assert_eq!(code(rows.write(&three).unwrap_err()), "D0125");
    rows.write(&batch.project(&[3, 2, 1, 0]).unwrap()).unwrap();
    rows.finish().unwrap();
    assert_eq!(read(root).unwrap().1, splits);
}
