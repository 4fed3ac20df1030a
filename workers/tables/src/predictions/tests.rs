use std::fs;

use ingot_statistics::Task;

use super::*;

fn two_rows() -> (Predictions, BTreeMap<String, SplitPredictions>) {
    let about = Predictions::of_classes(vec!["cat".into(), "dog".into()]);
    let split = SplitPredictions::of_classes(
        vec![0, 1],
        vec![Some("cat".into()), None],
        vec!["cat".into(), "dog".into()],
        vec![vec![0.75, 0.25], vec![0.0, 1.0]],
    );
    (about, BTreeMap::from([("test".to_owned(), split)]))
}

fn probabilities(split: &mut SplitPredictions) -> &mut Vec<Vec<f64>> {
    match &mut split.answers {
        Answers::Classes(answers) => &mut answers.probabilities,
        other => panic!("{other:?}"),
    }
}

/// Two rows of each task but the two of one class.
fn of_each_task() -> Vec<(Predictions, Answers)> {
    let about = |task| Predictions { task, classes: Vec::new() };
    let labels = LabelAnswers {
        labels: vec![Some(vec!["b".into(), "a".into()]), None],
        predicted: vec![vec![], vec!["a".into()]],
        probabilities: vec![vec![0.25, 0.5], vec![1.0, 0.0]],
    };
    let numbers = NumberAnswers { labels: vec![None, Some(-1.5)], predicted: vec![0.5, 2.0] };
    let rankings = RankingAnswers {
        groups: vec!["q".into(), "q".into()],
        labels: vec![Some(1.0), None],
        predicted: vec![0.5, -2.0],
    };
    let tokens = TokenAnswers { tokens: vec![3, 0], losses: vec![2.5, 0.0] };
    let classes = vec!["a".to_owned(), "b".to_owned()];
    vec![
        (Predictions { task: Task::MultiLabel, classes }, Answers::Labels(labels)),
        (about(Task::Regression), Answers::Numbers(numbers)),
        (about(Task::Ranking), Answers::Rankings(rankings)),
        (about(Task::Language), Answers::Tokens(tokens)),
    ]
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (about, splits) = two_rows();
    write(folder.path(), &about, &splits).unwrap();
    assert_eq!(read(folder.path()).unwrap(), (about, splits));
    for (about, answers) in of_each_task() {
        let folder = tempfile::tempdir().unwrap();
        let split = SplitPredictions { rows: vec![0, 1], keys: None, answers };
        let splits = BTreeMap::from([("test".to_owned(), split)]);
        write(folder.path(), &about, &splits).unwrap();
        assert_eq!(read(folder.path()).unwrap(), (about, splits));
    }
}

#[test]
fn values_that_no_model_says_are_refused() {
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let any = Predictions { task: Task::MultiLabel, classes };
    let of_rows = |rows: Vec<i64>, answers: Answers| {
        let split = SplitPredictions { rows, keys: None, answers };
        check(Path::new("p"), "test", &any, &split).unwrap_err().to_string()
    };
    let told = |answers: Answers| of_rows(vec![0, 1], answers);
    for (about, answers) in of_each_task() {
        let split = SplitPredictions { rows: vec![3, 1], keys: None, answers };
        assert!(check(Path::new("p"), "test", &about, &split).is_ok());
    }
    let labels = |label: &[&str], said: &[&str]| LabelAnswers {
        labels: vec![None, Some(label.iter().map(|name| (*name).to_owned()).collect())],
        predicted: vec![Vec::new(), said.iter().map(|name| (*name).to_owned()).collect()],
        probabilities: vec![vec![0.5, 0.5]; 2],
    };
    let numbers = NumberAnswers { labels: vec![None; 2], predicted: vec![0.0, f64::NAN] };
    let tokens = |tokens, loss| TokenAnswers { tokens: vec![1, tokens], losses: vec![0.0, loss] };
    let ranking = RankingAnswers {
        groups: vec![String::new(); 2],
        labels: vec![Some(0.0), Some(-1.0)],
        predicted: vec![0.0; 2],
    };
    let all = [
        told(Answers::Numbers(numbers)),
        told(Answers::Tokens(tokens(-1, 0.0))),
        told(Answers::Tokens(tokens(1, -0.5))),
        told(Answers::Rankings(ranking)),
        told(Answers::Labels(labels(&["a", "a"], &[]))),
        told(Answers::Labels(labels(&["c"], &["z"]))),
        of_rows(vec![0, -1], Answers::Tokens(tokens(1, 0.0))),
        of_rows(vec![4, 4], Answers::Tokens(tokens(1, 0.0))),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    p: column `predicted`: row 1 of `test`: NaN is no finite number
    p: column `tokens`: row 1 of `test`: a count below 0
    p: column `loss`: row 1 of `test`: a loss below 0
    p: column `label`: row 1 of `test`: a relevance below 0
    p: column `label`: row 1 of `test`: `a` is there twice
    p: column `predicted`: row 1 of `test`: `z` is none of the `classes`
    p: column `row`: row 1 of `test`: -1 is below 0
    p: column `row`: row 1 of `test`: 4 stands there twice
    ");
}

#[test]
fn a_row_needs_a_probability_for_every_class() {
    let folder = tempfile::tempdir().unwrap();
    let (about, mut splits) = two_rows();
    probabilities(splits.get_mut("test").unwrap())[1].pop();
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
    all.insert("valid".into(), SplitPredictions::none(about.task).with_keys(None));
    write(&one, &about, &all).unwrap();
    assert_eq!(splits(&one).unwrap(), ["test", "valid"]);
    let copy = Writer::take(&other, &about_text(&one).unwrap()).unwrap();
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
        (r#"{"version": 1, "task": "classification"}"#, "D0131"),
        (r#"{"version": 1, "task": "binary", "classes": ["a"]}"#, "D0131"),
        (r#"{"version": 1, "task": "regression", "classes": ["a"]}"#, "D0131"),
        (r#"{"version": 1, "task": "clairvoyance"}"#, "D0131"),
        (r#"{"version": 2, "task": "classification", "classes": []}"#, "D0124"),
    ] {
        assert_eq!(code(Writer::take(root, text).unwrap_err()), expected);
    }
    let about = r#"{"version": 1, "task": "classification", "classes": ["cat", "dog"]}"#;
    let writer = Writer::take(root, about).unwrap();
    assert_eq!(writer.split("a/b").err().map(code).as_deref(), Some("D0127"));
    assert_eq!(batches(root, "test", 1).err().map(code).as_deref(), Some("D0126"));
    let (about, splits) = two_rows();
    let batch = columns::to_batch(root, &about, &splits["test"]).unwrap();
    let mut rows = writer.split("test").unwrap();
    assert_eq!(code(rows.write(&batch.project(&[0, 1, 2]).unwrap()).unwrap_err()), "D0125");
    let mut three = splits["test"].clone();
    probabilities(&mut three).iter_mut().for_each(|row| row.push(0.0));
    let about = Predictions::of_classes(["cat", "dog", "eel"].map(str::to_owned).to_vec());
    let three = columns::to_batch(root, &about, &three).unwrap();
    assert_eq!(code(rows.write(&three).unwrap_err()), "D0125");
    rows.write(&batch.project(&[3, 2, 1, 0]).unwrap()).unwrap();
    rows.finish().unwrap();
    assert_eq!(read(root).unwrap().1, splits);
}
