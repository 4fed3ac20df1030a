//! What `balance` leaves of each class, which weights it finds, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Event, Failure, Input};
use ingot_tables::dataset::{Dataset, labels, row_key, row_parents};
use serde_json::{Value, json};

use crate::support::{Bench, artifact, metric, metrics, source};

/// Datasets of `train` and `test` from CSV files, by one contract.
fn checked(bench: &Bench, name: &str, (train, test): (&str, &str), contract: &str) -> Input {
    let contract = bench.write(&format!("{name}.toml"), &format!("version = 1\n{contract}"));
    let input = |split: &str, csv: &str| {
        let path = bench.write(&format!("{name}-{split}.csv"), csv);
        Input { split: Some(split.to_owned()), ..source(&path, json!({ "type": "csv" })) }
    };
    let inputs = [("data", input("train", train)), ("data", input("test", test))];
    bench.run("validate", name, json!({ "contract": contract }), &inputs).unwrap();
    artifact("dataset", &bench.path(name).join("data"))
}

fn read(bench: &Bench, name: &str, split: &str) -> RecordBatch {
    Dataset::open(&bench.path(name).join("data")).unwrap().with_parents().read(split).unwrap()
}

fn column(rows: &RecordBatch, name: &str) -> Vec<String> {
    labels(rows, name).unwrap().into_iter().flatten().collect()
}

fn counts(values: &[String]) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(value.as_str()).or_default() += 1);
    counts
}

fn cases() -> Value {
    serde_json::from_str(include_str!("../../../tests/reference/balance.json")).unwrap()
}

const LABEL: &str = "[columns.y]\nrole = \"label\"\n";

/// Rows `x,y` with so many of each class.
fn rows(classes: &[(&str, u64)]) -> String {
    let mut csv = "x,y\n".to_owned();
    let mut row = 0;
    for (class, count) in classes {
        for _ in 0..*count {
            csv.push_str(&format!("{row},{class}\n"));
            row += 1;
        }
    }
    csv
}

#[test]
fn the_counts_are_those_of_imbalanced_learn() {
    let bench = Bench::new();
    for (at, case) in cases()["counts"].as_array().unwrap().iter().enumerate() {
        let classes = case["classes"].as_object().unwrap();
        let classes: Vec<(&str, u64)> =
            classes.iter().map(|(name, count)| (name.as_str(), count.as_u64().unwrap())).collect();
        let data = checked(&bench, &format!("c{at}"), (&rows(&classes), "x,y\n0,a\n"), LABEL);
        let mut params = case["params"].clone();
        params["method"] = case["method"].clone();
        let name = format!("b{at}");
        bench.run("balance", &name, params, &[("data", data)]).unwrap();
        let left = column(&read(&bench, &name, "train"), "y");
        assert_eq!(json!(counts(&left)), case["expected"], "{case}");
    }
}

#[test]
fn copies_say_what_they_were_made_of_and_other_splits_stay() {
    let bench = Bench::new();
    let data = checked(&bench, "c", (&rows(&[("a", 3), ("b", 8)]), "x,y\n0,a\n"), LABEL);
    let params = json!({ "method": "over" });
    let events = bench.run("balance", "one", params.clone(), &[("data", data)]).unwrap();
    assert_eq!(["rows", "copied", "left_out"].map(|name| metric(&events, name)), [16.0, 5.0, 0.0]);
    let file = |name: &str, split: &str| {
        let file = format!("data/data/{split}-00000-of-00001.parquet");
        std::fs::read(bench.path(name).join(file)).unwrap()
    };
    assert_eq!(file("one", "test"), file("c", "test"));
    let (before, after) = (read(&bench, "c", "train"), read(&bench, "one", "train"));
    let key = |rows: &RecordBatch| row_key::values(rows).unwrap();
    let (given, keys) = (key(&before), key(&after));
    assert_eq!(keys[..11], given);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 16, "each row has a key of its own");
    let parents = row_parents::values(&after).unwrap();
    assert!(parents[..11].iter().all(Option::is_none));
    let made: Vec<usize> = parents[11..]
        .iter()
        .map(|parents| {
            let parents = parents.as_ref().unwrap();
            assert_eq!(parents.len(), 1);
            given.iter().position(|key| *key == parents[0]).unwrap()
        })
        .collect();
    let times = counts(&made.iter().map(usize::to_string).collect::<Vec<_>>())
        .into_values()
        .collect::<BTreeSet<_>>();
    assert_eq!(times, BTreeSet::from([1, 2]), "each row equally often up to one");
    let copied = column(&after, "x");
    assert!(made.iter().enumerate().all(|(copy, row)| copied[11 + copy] == copied[*row]));
    // A copy of a copy is made of what was read, and has a key of its own.
    let one = || artifact("dataset", &bench.path("one").join("data"));
    let params = json!({ "method": "over", "counts": { "a": 30 } });
    bench.run("balance", "two", params, &[("data", one())]).unwrap();
    let again = read(&bench, "two", "train");
    assert_eq!(key(&again).iter().collect::<BTreeSet<_>>().len(), 38);
    let roots: BTreeSet<row_key::RowKey> =
        row_parents::values(&again).unwrap().into_iter().flatten().flatten().collect();
    assert!(roots.iter().all(|root| given.contains(root)));
    // No deal tears a copy from its original.
    let params = json!({ "fractions": { "train": 0.6, "valid": 0.4 } });
    bench.run("split", "dealt", params, &[("data", one())]).unwrap();
    let of = |split: &str| column(&read(&bench, "dealt", split), "x").into_iter().collect();
    let (train, valid): (BTreeSet<String>, BTreeSet<String>) = (of("train"), of("valid"));
    assert!(train.is_disjoint(&valid) && !valid.is_empty());
}

#[test]
fn a_new_row_moves_rows_at_the_cut() {
    let bench = Bench::new();
    let csv = rows(&[("a", 40), ("b", 400)]);
    let more = format!("{csv}999,b\n");
    let mut left = Vec::new();
    for (name, csv) in [("one", &csv), ("two", &more)] {
        let data = checked(&bench, &format!("{name}-c"), (csv, "x,y\n0,a\n"), LABEL);
        bench.run("balance", name, json!({ "method": "under" }), &[("data", data)]).unwrap();
        let rows = read(&bench, name, "train");
        assert!(rows.column_by_name("row_parents").is_none(), "nothing was made");
        left.push(column(&rows, "x").into_iter().collect::<BTreeSet<_>>());
    }
    assert_eq!((left[0].len(), left[1].len()), (80, 80));
    assert!(left[0].difference(&left[1]).count() <= 1);
}

/// Rows of `raking` of the reference, and the row's weight there.
fn people() -> (String, Vec<f64>) {
    let (mut csv, mut weights) = ("id,sex,age,region\n".to_owned(), Vec::new());
    for cell in cases()["raking"]["cells"].as_array().unwrap() {
        for _ in 0..cell["rows"].as_u64().unwrap() {
            let [sex, age, region] =
                ["sex", "age", "region"].map(|name| cell[name].as_str().unwrap().to_owned());
            csv.push_str(&format!("{},{sex},{age},{region}\n", weights.len()));
            weights.push(cell["weight"].as_f64().unwrap());
        }
    }
    (csv, weights)
}

fn weights(rows: &RecordBatch, name: &str) -> Vec<f64> {
    rows.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

#[test]
fn raked_weights_are_those_of_another_program() {
    let bench = Bench::new();
    let (csv, expected) = people();
    let contract = "[columns.id]\nrole = \"id\"\n";
    let data = checked(&bench, "c", (&csv, "id,sex,age,region\n9,f,old,north\n"), contract);
    let margins = cases()["raking"]["margins"].clone();
    let params = json!({ "method": "rake", "margins": margins, "tolerance": 1e-12 });
    let events = bench.run("balance", "w", params, &[("data", data)]).unwrap();
    let found = weights(&read(&bench, "w", "train"), "weight");
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    }
    assert!((found.iter().sum::<f64>() - found.len() as f64).abs() < 1e-8);
    assert_eq!(weights(&read(&bench, "w", "test"), "weight"), [1.0], "nobody weighed it");
    assert!(metric(&events, "largest_difference") < 1e-12);
    let kish = found.iter().sum::<f64>().powi(2) / found.iter().map(|w| w * w).sum::<f64>();
    assert!((metric(&events, "effective_rows") - kish).abs() < 1e-9);
    let shares: Vec<String> = metrics(&events)
        .filter(|metric| metric.name.starts_with("share") && metric.slice["column"] == "sex")
        .map(|metric| format!("{} {} {:.4}", metric.name, metric.slice["value"], metric.value))
        .collect();
    insta::assert_snapshot!(shares.join("\n"), @r"
    share_before f 0.5854
    share_before m 0.4146
    share f 0.5100
    share m 0.4900
    ");
    // Raked again to other margins, the weights begin with those that are there.
    let before = artifact("dataset", &bench.path("w").join("data"));
    let params = json!({ "method": "rake", "margins": { "sex": { "f": 0.5, "m": 0.5 } } });
    bench.run("balance", "again", params, &[("data", before.clone())]).unwrap();
    let again = read(&bench, "again", "train");
    let sexes = column(&again, "sex");
    for ((before, after), sex) in found.iter().zip(weights(&again, "weight")).zip(&sexes) {
        let factor = if sex == "f" { 0.5 / 0.51 } else { 0.5 / 0.49 };
        assert!((after / before - factor).abs() < 1e-9);
    }
    // Drawn by them, rows have the margins without a weight.
    let params = json!({ "method": "rake", "margins": margins, "draw": 1000 });
    let events = bench.run("balance", "d", params, &[("data", before)]).unwrap();
    let drawn = read(&bench, "d", "train");
    assert_eq!(drawn.num_rows(), 1000);
    let females = column(&drawn, "sex").iter().filter(|sex| *sex == "f").count();
    assert!((504..=516).contains(&females), "{females}");
    assert!(metric(&events, "largest_difference") < 0.006);
    let weights: BTreeSet<String> = weights(&drawn, "weight").iter().map(f64::to_string).collect();
    assert_eq!(weights.len(), 1, "all weigh the same");
}

fn refused(failure: Failure) -> String {
    assert!(failure.help.is_some(), "{failure:?}");
    format!("{} {}", failure.code, failure.message)
}

#[test]
fn what_cannot_be_balanced_is_refused_with_a_fix() {
    let bench = Bench::new();
    let csv = "sex,name,w,y\nf,Ann,1,a\nf,Eva,1,a\nm,Bob,-1,b\n,Tim,1,b\n";
    let contract = "[columns.name]\nrole = \"personal\"\n[columns.sex]\nnullable = true\n";
    let data = checked(&bench, "c", (csv, "sex,name,w,y\nf,Ann,1,a\n"), contract);
    let weighed = "[columns.w]\nrole = \"weight\"\nseverity = \"warning\"\n";
    let weighed = format!("{contract}{weighed}");
    let weighed = checked(&bench, "w", (csv, "sex,name,w,y\nf,Ann,1,a\n"), &weighed);
    let two = "a,b\nx,p\ny,q\n";
    let two = checked(&bench, "t", (two, two), "");
    let whole = bench.write("whole.csv", csv);
    let plain = bench.path("c.toml");
    let inputs = [("data", source(&whole, json!({ "type": "csv" })))];
    bench.run("validate", "whole", json!({ "contract": plain }), &inputs).unwrap();
    let whole = artifact("dataset", &bench.path("whole").join("data"));
    let mut at = 0;
    let mut of = |data: &Input, params: Value| {
        at += 1;
        let name = format!("r{at}");
        refused(bench.run("balance", &name, params, &[("data", data.clone())]).unwrap_err())
    };
    let over = |column: &str| json!({ "method": "over", "column": column });
    let rake = |margins: Value| json!({ "method": "rake", "margins": margins });
    let told = [
        of(&whole, over("y")),
        of(&data, over("z")),
        of(&data, over("@label")),
        of(&data, over("@feature")),
        of(&data, over("name")),
        of(&data, rake(json!({ "name": { "Ann": 1.0 } }))),
        of(&data, over("sex")),
        of(&data, json!({ "method": "under", "column": "y", "counts": { "c": 1 } })),
        of(&data, rake(json!({ "y": { "a": 0.5, "b": 0.3, "c": 0.2 } }))),
        of(&data, json!({ "method": "under", "column": "y", "counts": { "b": 3 } })),
        of(&data, rake(json!({ "y": { "a": 1.0 } }))),
        of(&two, rake(json!({ "a": { "x": 0.5, "y": 0.5 }, "b": { "p": 0.4, "q": 0.6 } }))),
        of(
            &data,
            json!({ "method": "rake", "weight": "w", "margins": { "y": { "a": 0.5, "b": 0.5 } } }),
        ),
        of(&weighed, rake(json!({ "y": { "a": 0.5, "b": 0.5 } }))),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    D1501 the dataset has no split `train`, only `whole`: a copy could stand in another split than its original
    D1502 the dataset has no column `z`, only `sex`, `name`, `w`, `y`
    D1502 the dataset has no column `@label`, only `sex`, `name`, `w`, `y`
    D1502 `sex`, `w`, `y` have the role `@feature`
    D1503 `name` is personal, and the shares of its values would stand in the metrics
    D1503 `name` is personal, and the shares of its values would stand in the metrics
    D1504 1 of 4 rows of `train` have no `sex`, the first is row 3
    D1505 `counts` names the value `c` of `y`, and no row of `train` has it, only `a`, `b`
    D1505 `margins.y` names the value `c` of `y`, and no row of `train` has it, only `a`, `b`
    D1506 the class `b` of `y` has 2 rows and is to have 3: `under` draws no row twice
    D1507 `margins.y` says nothing of `b`, which rows of `train` have
    D1508 after 1000 rounds `x` of `a` is 0.100000 from its share: no weights of these rows have all margins, or the rounds were too few
    D1509 the dataset has a column `w` of the role `feature`
    D1509 row 2 of `train` has the weight -1 in `w`
    ");
}

#[test]
fn a_draw_is_of_the_seed_and_the_rows_alone() {
    let bench = Bench::new();
    let data = checked(&bench, "c", (&rows(&[("a", 9), ("b", 20)]), "x,y\n0,a\n"), LABEL);
    let run = |name: &str| -> Vec<Event> {
        let params = json!({
            "method": "rake", "draw": 12, "margins": { "y": { "a": 0.25, "b": 0.75 } }
        });
        bench.run("balance", name, params, &[("data", data.clone())]).unwrap()
    };
    assert_eq!(run("one"), run("two"));
    assert_eq!(read(&bench, "one", "train"), read(&bench, "two", "train"));
    let drawn = column(&read(&bench, "one", "train"), "y");
    assert_eq!(counts(&drawn), BTreeMap::from([("a", 3), ("b", 9)]));
}
