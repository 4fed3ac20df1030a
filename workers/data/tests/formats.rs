//! The documents of `tests/formats` are what this worker writes, and what differs from them
//! in one place is read or refused as the list there says.

#[path = "../../../tests/formats/mutants.rs"]
mod mutants;

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{Finding, Input, Metric, Severity};
use ingot_tables::dataset::{self, Column, DataType, Dataset, Image, Modality, Role, Schema};
use ingot_tables::fitted::State;
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use ingot_tables::profile::Profile;
use ingot_tables::report::Report;
use ingot_tables::reported::{read_findings, read_metrics, write_findings, write_metrics};
use serde_json::{Value, json};

use crate::support::{Bench, artifact, source};

const TYPES: [&str; 7] =
    ["dataset", "findings", "fitted", "metrics", "predictions", "profile", "report"];

const FLOWERS: &str = r#"
version = 1
[columns.height]
nullable = true
[columns.fresh]
nullable = true
[columns.owner]
role = "personal"
nullable = true
"#;

fn column(name: &str, data_type: DataType, role: Role) -> Column {
    Column { name: name.into(), data_type, role, nullable: role != Role::Label, classes: None }
}

fn table() -> Schema {
    let mut label = column("kind", DataType::Utf8, Role::Label);
    label.classes = Some(vec!["iris".into(), "rose".into()]);
    let columns = vec![column("height", DataType::Float64, Role::Feature), label];
    Schema { version: 1, modality: Modality::Table, image: None, columns, fitted: Vec::new() }
}

fn images() -> Schema {
    let image = Image { column: "scan".into(), height: 8, width: 6, channels: 3 };
    let columns = vec![column("scan", DataType::Binary, Role::Feature)];
    Schema {
        version: 1,
        modality: Modality::Image,
        image: Some(image),
        columns,
        fitted: Vec::new(),
    }
}

/// Predictions of four rows, three of them right.
fn guesses(path: &Path) {
    let classes: Vec<String> = vec!["iris".into(), "rose".into()];
    let test = SplitPredictions::of_classes(
        (0..4).collect(),
        [0, 0, 1, 1].map(|class: usize| Some(classes[class].clone())).to_vec(),
        [0, 0, 0, 1].map(|class: usize| classes[class].clone()).to_vec(),
        [0.875, 0.75, 0.625, 0.25].map(|p| vec![p, 1.0 - p]).to_vec(),
    );
    let about = Predictions::of_classes(classes);
    predictions::write(path, &about, &BTreeMap::from([("test".to_owned(), test)])).unwrap();
}

/// Every operation, fitted on three rows.
fn fitted(bench: &Bench) {
    let rows = bench.write("rows.csv", "height,word,note\n1,a,x\n,b,y\n4,a,z\n");
    let contract = bench.write("contract.toml", "version = 1\n");
    let table = [(
        "data",
        Input { split: Some("train".into()), ..source(&rows, json!({ "type": "csv" })) },
    )];
    bench.run("validate", "checked", json!({ "contract": contract }), &table).unwrap();
    let operations = json!([
        {"impute": {"columns": ["height"], "strategy": "mean"}},
        {"scale": {"columns": ["height"], "method": "min-max"}},
        {"bucket": {"columns": ["height"], "method": "edges", "edges": [0.25, 0.5]}},
        {"encode": {"columns": ["word"], "method": "one-hot"}},
        {"text-statistics": {"columns": ["note"], "statistics": ["length"]}},
        {"hash": {"columns": ["note"], "name": "h", "buckets": 2}},
    ]);
    let data = [("data", artifact("dataset", &bench.path("checked/data")))];
    bench.run("fit", "fit", json!({ "operations": operations }), &data).unwrap();
}

#[test]
fn the_documents_are_what_is_written() {
    let bench = Bench::new();
    for (name, schema) in [("table", table()), ("image", images())] {
        dataset::write(&bench.path(name), &schema, &BTreeMap::new()).unwrap();
    }
    guesses(&bench.path("guesses"));
    let inputs = [("predictions", artifact("predictions", &bench.path("guesses")))];
    bench.run("evaluate", "judged", json!({ "resamples": 100 }), &inputs).unwrap();
    let finding = Finding {
        column: Some("height".into()),
        metric: Some("gini".into()),
        rows: Some(2),
        examples: vec![4, 17],
        ..Finding::new(Severity::Warning, "F1", "2 flowers are taller than a tree")
    };
    let plain = Finding::new(Severity::Info, "F2", "all is well");
    write_findings(&bench.path("found"), &[finding, plain]).unwrap();
    let metric = Metric {
        low: Some(0.125),
        high: Some(0.5),
        confidence: Some(0.95),
        slice: BTreeMap::from([("class".to_owned(), "rose".to_owned())]),
        than: Some("baseline".into()),
        ..Metric::new("gini", 0.25)
    };
    write_metrics(&bench.path("measured"), &[metric, Metric::new("gini", 0.5)]).unwrap();
    fitted(&bench);
    let contract = bench.write("flowers.toml", FLOWERS);
    let flowers = bench.write(
        "flowers.csv",
        "height,kind,fresh,owner\n1.5,rose,true,Ann\n,iris,,Bob\n3,rose,false,\n",
    );
    let inputs = [("data", source(&flowers, json!({ "type": "csv" })))];
    bench.run("validate", "flowers", json!({ "contract": contract }), &inputs).unwrap();
    let written: BTreeMap<String, String> = [
        ("dataset.table", "table/dataset.json"),
        ("dataset.image", "image/dataset.json"),
        ("predictions", "guesses/predictions.json"),
        ("report", "judged/report/report.json"),
        ("profile", "flowers/profile/profile.json"),
        ("findings", "found"),
        ("fitted", "fit/state"),
        ("metrics", "measured"),
    ]
    .map(|(name, path)| (name.to_owned(), std::fs::read_to_string(bench.path(path)).unwrap()))
    .into();
    let folder = mutants::folder(env!("CARGO_MANIFEST_DIR"), "../..");
    if std::env::var_os("INGOT_TEST_WRITE").is_some() {
        for (name, text) in &written {
            std::fs::write(folder.join(format!("{name}.json")), text).unwrap();
        }
    }
    let documents: BTreeMap<String, String> =
        mutants::documents(&folder, &TYPES).into_iter().collect();
    assert_eq!(documents, written, "`INGOT_TEST_WRITE=1` writes them anew");
}

#[test]
fn a_document_that_differs_in_one_place_is_read_or_refused_as_listed() {
    let folder = mutants::folder(env!("CARGO_MANIFEST_DIR"), "../..");
    let documents = mutants::documents(&folder, &TYPES);
    let bench = Bench::new();
    guesses(&bench.path("predictions"));
    for name in ["dataset", "profile", "report"] {
        std::fs::create_dir(bench.path(name)).unwrap();
    }
    let found = mutants::judged(&documents, |name, document: &Value| {
        let name = mutants::type_of(name);
        let path = bench.path(name);
        let file = if path.is_dir() { path.join(format!("{name}.json")) } else { path.clone() };
        std::fs::write(file, document.to_string()).unwrap();
        match name {
            "dataset" => Dataset::open(&path).is_ok(),
            "predictions" => predictions::about_text(&path).is_ok(),
            "profile" => Profile::read(&path).is_ok(),
            "report" => Report::read(&path).is_ok(),
            "findings" => read_findings(&path).is_ok(),
            "fitted" => State::read(&path).is_ok(),
            _ => read_metrics(&path).is_ok(),
        }
    });
    let listed = mutants::accepted(&folder, &["both"], &documents);
    let more: Vec<_> = found.difference(&listed).collect();
    let less: Vec<_> = listed.difference(&found).collect();
    assert!(more.is_empty() && less.is_empty(), "read {more:#?}, refused {less:#?}");
}
