//! Which labels `labels` finds, what it takes out of which split, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Event, Failure, Input};
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{Dataset, labels};
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use ingot_tables::report::Report;
use serde_json::{Value, json};

use crate::support::{Bench, artifact, metric, metrics, source};

const CONTRACT: &str = "[columns.id]\nrole = \"id\"\n[columns.y]\nrole = \"label\"\n\
                        [columns.owner]\nrole = \"personal\"\n";

/// The classes of the flowers, each around a place of its own.
const CLASSES: [(&str, f64, f64); 3] = [("iris", 0.0, 0.0), ("lily", 4.0, 0.0), ("rose", 0.0, 4.0)];

/// Rows `id,x,z,owner,y` from a first id on, a wobble around the place of the class, and of
/// every tenth the label of another class.
fn flowers(first: usize, count: usize) -> String {
    let mut csv = "id,x,z,owner,y\n".to_owned();
    for id in first..first + count {
        let (_, x, z) = CLASSES[id % 3];
        let wobble = |step: usize| (id * step % 97) as f64 / 97.0 * 3.0 - 1.5;
        let label = CLASSES[(id + usize::from(is_noise(id))) % 3].0;
        csv.push_str(&format!(
            "{id},{:.4},{:.4},Zoe{id},{label}\n",
            x + wobble(37),
            z + wobble(61)
        ));
    }
    csv
}

fn is_noise(id: usize) -> bool {
    id % 10 == 4
}

/// A dataset of given splits; of one that is `whole`, of rows that were never split.
fn checked(bench: &Bench, name: &str, splits: &[(&str, &str)], contract: &str) -> Input {
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let inputs: Vec<(&str, Input)> = splits
        .iter()
        .map(|(split, csv)| {
            let path = bench.write(&format!("{name}-{split}.csv"), csv);
            let named = (*split != "whole").then(|| (*split).to_owned());
            ("data", Input { split: named, ..source(&path, json!({ "type": "csv" })) })
        })
        .collect();
    bench.run("validate", name, json!({ "contract": contract }), &inputs).unwrap();
    artifact("dataset", &bench.path(name).join("data"))
}

fn rows_of(data: &Input, split: &str) -> RecordBatch {
    Dataset::open(&data.path).unwrap().read(split).unwrap()
}

fn texts(rows: &RecordBatch, column: &str) -> Vec<Option<String>> {
    labels(rows, column).unwrap()
}

fn numbers(rows: &RecordBatch, column: &str) -> Vec<f64> {
    let array = rows.column_by_name(column).unwrap();
    array.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// What centroids of the labels of the other folds say of the rows of each fold.
fn folds(bench: &Bench, name: &str, rows: &RecordBatch, count: usize) -> Vec<Input> {
    let (x, z, y) = (numbers(rows, "x"), numbers(rows, "z"), texts(rows, "y"));
    let keys = row_key::values(rows).unwrap();
    let names: Vec<String> = CLASSES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let of_fold = |fold: usize| {
        let learned = |row: &usize| row % count != fold;
        let centroid = |class: &String| {
            let of: Vec<usize> = (0..y.len())
                .filter(learned)
                .filter(|row| y[*row].as_ref() == Some(class))
                .collect();
            let mean =
                |of_row: &[f64]| of.iter().map(|row| of_row[*row]).sum::<f64>() / of.len() as f64;
            (mean(&x), mean(&z))
        };
        let centroids: Vec<(f64, f64)> = names.iter().map(centroid).collect();
        let held: Vec<usize> = (0..y.len()).filter(|row| !learned(row)).collect();
        let spread = |row: &usize| {
            let near =
                |(a, b): &(f64, f64)| (-((x[*row] - a).powi(2) + (z[*row] - b).powi(2))).exp();
            let near: Vec<f64> = centroids.iter().map(near).collect();
            let all: f64 = near.iter().sum();
            near.iter().map(|near| near / all).collect::<Vec<f64>>()
        };
        let probabilities: Vec<Vec<f64>> = held.iter().map(spread).collect();
        let best = |spread: &Vec<f64>| {
            let most = (0..3).max_by(|one, other| spread[*one].total_cmp(&spread[*other]));
            names[most.unwrap()].clone()
        };
        SplitPredictions::of_classes(
            (0..held.len() as i64).collect(),
            held.iter().map(|row| y[*row].clone()).collect(),
            probabilities.iter().map(best).collect(),
            probabilities,
        )
        .with_keys(Some(held.iter().map(|row| keys[*row]).collect()))
    };
    let parts = (0..count).map(|fold| (format!("{name}-{fold}"), of_fold(fold)));
    parts.map(|(name, part)| predicted(bench, &name, "test", part)).collect()
}

fn predicted(bench: &Bench, name: &str, split: &str, part: SplitPredictions) -> Input {
    let about =
        Predictions::of_classes(CLASSES.iter().map(|(name, ..)| (*name).to_owned()).collect());
    let path = bench.path(name);
    predictions::write(&path, &about, &BTreeMap::from([(split.to_owned(), part)])).unwrap();
    artifact("predictions", &path)
}

/// Runs the kind on data and predictions.
fn run(
    bench: &Bench,
    name: &str,
    params: Value,
    (data, predictions): (&Input, &[Input]),
) -> Result<Vec<Event>, Failure> {
    let predictions = predictions.iter().map(|it| ("predictions", it.clone()));
    let inputs: Vec<(&str, Input)> =
        [("data", data.clone())].into_iter().chain(predictions).collect();
    bench.run("labels", name, params, &inputs)
}

fn findings(events: &[Event]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Finding(finding) => {
            Some(format!("{:?} {} {}", finding.severity, finding.code, finding.message))
        }
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The metrics as text, but for those of each class alone.
fn measured(events: &[Event]) -> String {
    let of_class = |name: &str| ["class_rows", "confident_threshold"].contains(&name);
    let lines = metrics(events).filter(|metric| !of_class(&metric.name)).map(|metric| {
        let slice = metric.slice.iter().map(|(key, value)| format!(" {key}={value}"));
        format!("{}{} {:.4}", metric.name, slice.collect::<String>(), metric.value)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines of a split of `suspects` as text, each with the id of its row.
fn suspects(bench: &Bench, name: &str, (data, split): (&Input, &str)) -> Vec<String> {
    let table = rows_of(&artifact("dataset", &bench.path(name).join("suspects")), split);
    let rows = rows_of(data, split);
    let ids: BTreeMap<RowKey, Option<String>> =
        row_key::values(&rows).unwrap().into_iter().zip(texts(&rows, "id")).collect();
    let keys = row_key::values(&table).unwrap();
    let rank = table.column_by_name("rank").unwrap().as_primitive::<Int64Type>();
    let columns = ["given", "suggested", "reason", "quarantined"].map(|name| texts(&table, name));
    let quality = table.column_by_name("quality").unwrap().as_primitive::<Float64Type>();
    (0..table.num_rows())
        .map(|row| {
            let [given, suggested, reason, quarantined] = &columns;
            let text = |of: &Vec<Option<String>>| of[row].clone().unwrap_or("-".into());
            let quality = match quality.is_valid(row) {
                true => format!("{:.3}", quality.value(row)),
                false => "-".into(),
            };
            format!(
                "{} id {}: {} -> {}, {quality}, {}, {}",
                rank.value(row),
                ids[&keys[row]].clone().unwrap(),
                text(given),
                text(suggested),
                text(reason),
                text(quarantined)
            )
        })
        .collect()
}

#[test]
fn labels_that_were_moved_are_found_and_taken_out_of_train_alone() {
    let bench = Bench::new();
    let splits = [("train", flowers(0, 150)), ("test", flowers(150, 60))];
    let given = splits.each_ref().map(|(name, csv)| (*name, csv.as_str()));
    let data = checked(&bench, "data", &given, CONTRACT);
    let mut parts = folds(&bench, "train", &rows_of(&data, "train"), 5);
    parts.extend(folds(&bench, "test", &rows_of(&data, "test"), 4));
    let params = json!({ "quarantine": { "reasons": ["predictions"] } });
    let events = run(&bench, "l", params, (&data, &parts)).unwrap();
    insta::assert_snapshot!(findings(&events), @r"
    Warning D1701 `y`: 6 of 60 labels of `test` are likely wrong, where 10.0 % are estimated to be; the worst is row 4 of `test` (row_key a5d5233dbce0bfa0b5531099aabf485b): given `rose`, likely `lily`
    Warning D1701 `y`: 15 of 150 labels of `train` are likely wrong, where 10.0 % are estimated to be; the worst is row 94 of `train` (row_key d125e43d0b481aead6c8aef96274dc65): given `rose`, likely `lily`
    Warning D1714 15 of 150 rows of `train` are suspects and left out
    ");
    insta::assert_snapshot!(measured(&events), @r"
    rows 210.0000
    labelled 210.0000
    suspects 21.0000
    suspects reason=conflict 0.0000
    suspects reason=predictions 21.0000
    judged 210.0000
    suspect_fraction 0.1000
    conflicting_rows 0.0000
    conflicting_sets 0.0000
    label_noise split=test 0.1000
    mislabelled given=iris likely=rose split=test 2.0000
    mislabelled given=lily likely=iris split=test 2.0000
    mislabelled given=rose likely=lily split=test 2.0000
    label_noise split=train 0.1000
    mislabelled given=iris likely=rose split=train 5.0000
    mislabelled given=lily likely=iris split=train 5.0000
    mislabelled given=rose likely=lily split=train 5.0000
    imbalance_ratio split=test 1.0000
    imbalance_ratio split=train 1.0000
    label_drift split=test 0.0000
    label_drift_p_value split=test 1.0000
    quarantined split=train 15.0000
    quarantined_fraction split=train 0.1000
    ");
    let found = |split| -> BTreeSet<usize> {
        let lines = suspects(&bench, "l", (&data, split));
        let id = |line: &String| line.split(' ').nth(2).unwrap().trim_end_matches(':').parse();
        lines.iter().map(|line| id(line).unwrap()).collect()
    };
    let moved = |ids: std::ops::Range<usize>| ids.filter(|id| is_noise(*id)).collect();
    let (train, test): (BTreeSet<usize>, BTreeSet<usize>) = (moved(0..150), moved(150..210));
    assert_eq!((found("train"), found("test")), (train.clone(), test));
    insta::assert_snapshot!(suspects(&bench, "l", (&data, "test")).join("\n"), @r"
    6 id 154: rose -> lily, 0.000, predictions, false
    10 id 174: lily -> iris, 0.000, predictions, false
    13 id 184: rose -> lily, 0.000, predictions, false
    18 id 204: lily -> iris, 0.002, predictions, false
    19 id 164: iris -> rose, 0.002, predictions, false
    21 id 194: iris -> rose, 0.035, predictions, false
    ");
    // Those of train are gone, every row of test is as it was.
    let left = artifact("dataset", &bench.path("l").join("data"));
    let ids = texts(&rows_of(&left, "train"), "id");
    let ids: BTreeSet<usize> = ids.into_iter().flatten().map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids, (0..150).filter(|id| !train.contains(id)).collect());
    let file = "data/test-00000-of-00001.parquet";
    let bytes = |data: &Input| std::fs::read(data.path.join(file)).unwrap();
    assert_eq!(bytes(&left), bytes(&data));
    // The report is read as every report is; its confusion is by given and likely class.
    let report = Report::read(&bench.path("l/report")).unwrap();
    assert_eq!(report.confusion.iter().flatten().sum::<u64>(), 210);
    // No label of test decides what is left of train.
    let csv = flowers(150, 60).replace(",iris\n", ",\n").replace(",lily\n", ",iris\n");
    let csv = csv.replace(",\n", ",lily\n");
    let other = checked(&bench, "other", &[given[0], ("test", &csv)], CONTRACT);
    let mut parts = parts[..5].to_vec();
    parts.extend(folds(&bench, "other-test", &rows_of(&other, "test"), 4));
    let params = json!({ "quarantine": { "reasons": ["predictions"] } });
    run(&bench, "o", params, (&other, &parts)).unwrap();
    let file = "data/data/train-00000-of-00001.parquet";
    let bytes = |name: &str| std::fs::read(bench.path(name).join(file)).unwrap();
    assert_eq!(bytes("l"), bytes("o"));
}

#[test]
fn filters_and_scores_are_those_that_the_step_names() {
    let bench = Bench::new();
    let csv = flowers(0, 150);
    let data = checked(&bench, "data", &[("whole", &csv)], CONTRACT);
    let parts = folds(&bench, "p", &rows_of(&data, "whole"), 5);
    let mut told = Vec::new();
    for (number, params) in [
        json!({}),
        json!({ "filter": "prune_by_class" }),
        json!({ "filter": "both", "fraction": 0.5 }),
        json!({ "filter": "confident_learning", "quality": "normalized_margin" }),
        json!({ "min_rows_per_class": 50 }),
        json!({ "quality": "confidence_weighted_entropy" }),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("l{number}");
        let events = run(&bench, &name, params.clone(), (&data, &parts)).unwrap();
        let lines = suspects(&bench, &name, (&data, "whole"));
        let first = lines.first().map_or("-", String::as_str);
        told.push(format!("{params}: {}, first {first}", metric(&events, "suspects")));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    {}: 15, first 1 id 94: rose -> lily, 0.000, predictions, false
    {"filter":"prune_by_class"}: 15, first 1 id 94: rose -> lily, 0.000, predictions, false
    {"filter":"both","fraction":0.5}: 6, first 1 id 94: rose -> lily, 0.000, predictions, false
    {"filter":"confident_learning","quality":"normalized_margin"}: 15, first 1 id 34: rose -> lily, 0.000, predictions, false
    {"min_rows_per_class":50}: 0, first -
    {"quality":"confidence_weighted_entropy"}: 15, first 1 id 54: lily -> iris, 0.000, predictions, false
    "#);
    // Repeats of one prediction are the same as it alone, in any parts.
    let again = folds(&bench, "again", &rows_of(&data, "whole"), 5);
    let both: Vec<Input> = parts.iter().chain(&again).cloned().collect();
    let events = run(&bench, "twice", json!({}), (&data, &both)).unwrap();
    assert_eq!(metric(&events, "judged"), 150.0);
    let table = |name: &str| suspects(&bench, name, (&data, "whole"));
    assert_eq!(table("twice"), table("l0"));
    assert_eq!(Report::read(&bench.path("twice/report")).unwrap().replicates, 2);
}

#[test]
fn equal_rows_unequal_classes_and_splits_are_told_without_predictions() {
    let bench = Bench::new();
    let mut train = "id,x,z,owner,y\n".to_owned();
    for id in 0..120 {
        let label = if id % 40 == 3 { "rose" } else { "iris" };
        train.push_str(&format!("{id},{id},0,Zoe{id},{label}\n"));
    }
    // Two of three, one of two, and one of train against one of test.
    train.push_str("120,7,7,Ann,iris\n121,7,7,Zoe,iris\n122,7,7,Bob,rose\n");
    train.push_str("123,8,8,Ann,iris\n124,8,8,Zoe,rose\n125,9,9,Ann,iris\n126,5,5,Ann,\n");
    let mut test = "id,x,z,owner,y\n500,9,9,Bob,lily\n".to_owned();
    for id in 501..560 {
        test.push_str(&format!(
            "{id},{id},0,Zoe{id},{}\n",
            if id % 2 == 0 { "lily" } else { "iris" }
        ));
    }
    let contract = "[columns.id]\nrole = \"id\"\n[columns.owner]\nrole = \"personal\"\n\
                    [columns.y]\nrole = \"label\"\nnullable = true\n\
                    set = [\"iris\", \"lily\", \"rose\"]\n";
    let data = checked(&bench, "data", &[("train", &train), ("test", &test)], contract);
    let params = json!({ "quarantine": { "reasons": ["conflict"], "max_fraction": 0.01 } });
    let events = run(&bench, "l", params, (&data, &[])).unwrap();
    insta::assert_snapshot!(findings(&events), @r"
    Warning D1702 `y`: 7 rows in 3 sets (1 over several splits) are equal and have different labels, such as row 0 of `test` (row_key dba948ae60c7508906d0efb1124bb131)
    Warning D1703 `y`: of `train` 121 rows are `iris` and 5 are `rose`, 24.2 for one
    Warning D1703 `y`: the contract has `lily`, and no row of `train` does
    Warning D1704 `y`: 50.0 % of the labels of `test` would have to change to be as those of `train`, more than 10.0 %
    Error D1715 3 of 127 rows of `train` are suspects and left out, more than 1.0 % of them
    ");
    insta::assert_snapshot!(measured(&events), @r"
    rows 187.0000
    labelled 186.0000
    suspects 3.0000
    suspects reason=conflict 3.0000
    conflicting_rows 7.0000
    conflicting_sets 3.0000
    imbalance_ratio split=test 1.0000
    imbalance_ratio split=train 24.2000
    label_drift split=test 0.5000
    label_drift_p_value split=test 0.0000
    quarantined split=train 3.0000
    quarantined_fraction split=train 0.0236
    ");
    insta::assert_snapshot!(suspects(&bench, "l", (&data, "train")).join("\n"), @r"
    1 id 122: rose -> iris, -, conflict, true
    2 id 123: iris -> -, -, conflict, true
    3 id 124: rose -> -, -, conflict, true
    ");
    assert_eq!(suspects(&bench, "l", (&data, "test")), Vec::<String>::new());
    // A value of a personal column is nowhere.
    let text = findings(&events);
    assert!(["Zoe", "Ann", "Bob"].iter().all(|name| !text.contains(name)));
    let schema = Dataset::open(&bench.path("l/suspects")).unwrap().schema;
    assert!(schema.columns.iter().all(|column| column.name != "owner"));
    // Of a dataset without what could be odd nothing is said.
    let data = checked(
        &bench,
        "usual",
        &[("whole", "id,y\n1,a\n2,b\n")],
        "[columns.id]\nrole = \"id\"\n[columns.y]\nrole = \"label\"\n",
    );
    assert_eq!(findings(&run(&bench, "u", json!({}), (&data, &[])).unwrap()), "");
}

#[test]
fn what_cannot_be_judged_is_refused_or_said() {
    let bench = Bench::new();
    let csv = flowers(0, 60);
    let data = checked(&bench, "data", &[("whole", &csv)], CONTRACT);
    let dealt =
        checked(&bench, "dealt", &[("train", &csv), ("test", &csv.replace(".", "1."))], CONTRACT);
    let rows = rows_of(&data, "whole");
    let parts = folds(&bench, "p", &rows, 3);
    let keys = row_key::values(&rows).unwrap();
    let of = |names: &[&str], keys: Option<Vec<RowKey>>| {
        let count = names.len() as i64;
        let labels = names.iter().map(|name| Some((*name).to_owned())).collect();
        let predicted = names.iter().map(|name| (*name).to_owned()).collect();
        let spread = vec![vec![0.2, 0.3, 0.5]; names.len()];
        SplitPredictions::of_classes((0..count).collect(), labels, predicted, spread)
            .with_keys(keys)
    };
    let of_train = predicted(&bench, "t", "train", of(&["iris"], Some(keys[..1].to_vec())));
    let keyless = predicted(&bench, "k", "test", of(&["iris"], None));
    let others = predicted(&bench, "o", "test", of(&["rose"], Some(keys[..1].to_vec())));
    let strange = predicted(&bench, "s", "test", of(&["rose"], Some(vec![[7; 16]])));
    let one = predicted(&bench, "one", "test", of(&["iris"], Some(keys[..1].to_vec())));
    let none =
        checked(&bench, "none", &[("whole", "id,y\n1,a\n")], "[columns.id]\nrole = \"id\"\n");
    let empty = "[columns.y]\nrole = \"label\"\nnullable = true\ntype = \"utf8\"\n";
    let unlabelled = checked(&bench, "unlabelled", &[("whole", "x,y\n1,\n")], empty);
    let quarantine = |reason: &str| json!({ "quarantine": { "reasons": [reason] } });
    let cases: Vec<(&str, Value, &Input, Vec<Input>)> = vec![
        ("no label", json!({}), &none, vec![]),
        ("no value", json!({}), &unlabelled, vec![]),
        ("filter", json!({ "filter": "both" }), &data, vec![]),
        ("reason", quarantine("predictions"), &dealt, vec![]),
        ("whole", quarantine("conflict"), &data, vec![]),
        ("drift", json!({ "max_drift": 0.2 }), &data, vec![]),
        ("learned", json!({}), &data, vec![of_train.clone()]),
        ("of no train", json!({ "out_of_fold": true }), &data, parts.clone()),
        ("keyless", json!({}), &data, vec![keyless]),
        ("other labels", json!({}), &data, vec![others]),
        ("strangers", json!({}), &data, vec![strange]),
        ("one row", json!({}), &data, vec![one]),
    ];
    let told = cases.into_iter().enumerate().map(|(number, (what, params, data, parts))| {
        let failure = run(&bench, &format!("r{number}"), params, (data, &parts)).unwrap_err();
        format!("{what}: {} {}", failure.code, failure.message)
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    no label: D1705 the dataset has no label
    no value: D1705 no row has a label in `y`
    filter: D1706 `filter` is about predictions, and the step reads none
    reason: D1706 `quarantine` takes out what `predictions` make suspect, and the step reads none
    whole: D1713 `quarantine` takes rows out of `train` alone, and there is only `whole`
    drift: D1706 `max_drift` compares splits, and there is one
    learned: D1709 predictions of `train` are of rows that a model learned from: it repeats their labels, wrong ones too
    of no train: D1706 `out_of_fold` speaks of predictions of `train`, and there are none
    keyless: D1707 the predictions of `test` have no `row_key`
    other labels: D1710 the predictions of `test` and the data have different labels of row_key 62b2a3b2bfa955b2d563f789bdc58d5b
    strangers: D1712 the predictions judge no label
    one row: D1712 the predictions judge no label: 59 labelled rows of `whole` have no prediction, and are not judged
    ");
    // A fold that is missing is said, and so is what a step knows of its own predictions.
    let events = run(&bench, "l", json!({}), (&data, &parts[1..])).unwrap();
    assert!(
        findings(&events).contains("D1711 20 labelled rows of `whole`"),
        "{}",
        findings(&events)
    );
    let mut whole = parts.clone();
    whole.push(of_train);
    run(&bench, "own", json!({ "out_of_fold": true }), (&data, &whole)).unwrap();
}
