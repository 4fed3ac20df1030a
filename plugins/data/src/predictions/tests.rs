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
