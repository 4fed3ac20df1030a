//! Golden outputs of each kind, beside its revision.
//!
//! Every kind here is `bitwise`, so the digests hold on any machine. A change is a
//! decision: whoever changes what a kind writes moves its revision and the value
//! here together.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_data::worker::DataWorker;
use ingot_protocol::Worker;
use ingot_statistics::Task;
use ingot_tables::dataset::{Dataset, labels, row_key};
use ingot_tables::predictions::{self, Predictions, SplitPredictions};
use serde_json::json;

use crate::support::{Bench, artifact, digest, source};

const GOLDEN: [(&str, u32, &str); 17] = [
    ("anomalies", 1, "d6721e2fea5fe268f6b9e22dbc77d0c8"),
    ("augment", 3, "f451d23e4ac4fa42da4bc853337df136"),
    ("balance", 1, "c5448bbbd88f4e8a80f122e482013fdf"),
    ("compare", 1, "c1ffc640db27bfbcf42888a9238d27e6"),
    ("document", 4, "5e1b74276f305a79cf587f594e14ef12"),
    ("evaluate", 4, "e7acc6e26880d0c4a48dd8427d17d125"),
    ("fault", 1, "1c38a4ec627a60879510cae8f0b86072"),
    ("fidelity", 1, "5c0d87776c7d52c405cc916a3c4b7cb2"),
    ("fit", 1, "0a2636ef5014ef62937c271a9c4d4193"),
    ("fixture", 1, "f8fa77a756aa3d35c8293c31f1bc6cf5"),
    ("labels", 1, "920a19379dc7a629ec7ffabc4a7cb5bf"),
    ("leaks", 1, "1ec8da52356379654a2901a174e32559"),
    ("package", 3, "7f7440ecc26e366e14e979ee6ac8518e"),
    ("preprocess", 1, "89edfb8867a5a4afb679a8163c14890b"),
    ("select", 1, "c000dc6020d191ecc68e2ecbacc16dee"),
    ("split", 4, "fc6c4f8d3cdca91e5d05c7b145781fae"),
    ("validate", 6, "90a5362dc4ee6d6b36b884315418778f"),
];

#[test]
fn outputs_are_those_of_the_revision() {
    let bench = Bench::new();
    pipeline(&bench);
    let found: Vec<(String, u32, String)> = DataWorker
        .describe()
        .kinds
        .into_iter()
        .map(|kind| (kind.name.clone(), kind.revision, digest(&bench.path(&kind.name))))
        .collect();
    let golden: Vec<_> = GOLDEN
        .iter()
        .map(|(kind, revision, digest)| ((*kind).to_owned(), *revision, (*digest).to_owned()))
        .collect();
    assert_eq!(found, golden);
}

#[test]
fn two_runs_give_the_same_bytes() {
    let (one, other) = (Bench::new(), Bench::new());
    pipeline(&one);
    pipeline(&other);
    for (kind, ..) in GOLDEN {
        assert_eq!(digest(&one.path(kind)), digest(&other.path(kind)), "{kind}");
    }
}

/// Every kind once, each in a folder of its name, on forty small images; what is fitted on
/// their table.
fn pipeline(bench: &Bench) {
    let mut csv = "id,label,p_0,p_1,p_2,p_3\n".to_owned();
    for row in 0..40u32 {
        let pixel = |at: u32| (row * 7 + at * 5) % 17;
        csv.push_str(&format!(
            "{row},{},{},{},{},{}\n",
            if row % 3 == 0 { "yes" } else { "no" },
            pixel(0),
            pixel(1),
            pixel(2),
            pixel(3)
        ));
    }
    let rows = bench.write("rows.csv", &csv);
    let contract = bench.write(
        "contract.toml",
        "version = 1\n[columns.id]\nrole = \"id\"\nunique = true\n\
         [columns.label]\nrole = \"label\"\nset = [\"no\", \"yes\"]\n\
         [image]\ncolumns = \"p_*\"\nheight = 2\nwidth = 2\nmax = 16\n",
    );
    let run = |kind: &str, params, inputs: &[_]| bench.run(kind, kind, params, inputs).unwrap();
    let table = [("data", source(&rows, json!({ "type": "csv" })))];
    run("validate", json!({ "contract": contract }), &table);
    let dataset = |step: &str| artifact("dataset", &bench.path(step).join("data"));
    let params = json!({
        "fractions": { "train": 0.5, "valid": 0.25, "test": 0.25 },
        "stratify": "@label", "labels_per_class": 3,
    });
    run("split", params, &[("data", dataset("validate"))]);
    let params =
        json!({ "rotation": 20.0, "translation": 0.5, "scale": 0.1, "noise": 0.1, "copies": 2 });
    run("augment", params, &[("data", dataset("split"))]);
    let table = bench.write("fixture.csv", "id,label\n1,yes\n2,\n");
    let files = |port| (port, artifact("files", &table));
    run("fixture", json!({}), &[files("data")]);
    let both = [("actual", dataset("fixture")), files("expected")];
    run("compare", json!({}), &both);
    preprocess(bench, &rows);
    let params = json!({
        "detectors": ["fences", "isolation_forest", "modified_z"],
        "fences": { "factor": 0.1 }, "isolation_forest": { "threshold": 0.5 },
        "modified_z": { "threshold": 1.0 },
    });
    run("anomalies", params, &[("data", dataset("dealt"))]);
    let params = json!({ "method": "rake", "margins": { "label": { "no": 0.4, "yes": 0.6 } } });
    bench.run("balance", "weighed", params, &[("data", dataset("dealt"))]).unwrap();
    run("leaks", json!({ "rounded": { "digits": 1 } }), &[("data", dataset("dealt"))]);
    let like = [("data", source(&rows, json!({ "type": "csv" }))), ("like", dataset("validate"))];
    run("fault", json!({ "fault": "unit" }), &like);
    let margins = json!({ "label": { "no": 0.25, "yes": 0.75 } });
    let params = json!({ "method": "rake", "margins": margins, "draw": 30 });
    run("balance", params, &[("data", dataset("weighed"))]);
    out_of_fold(bench, &dataset("split").path);
    let inputs = [
        ("data", dataset("split")),
        ("predictions", artifact("predictions", &bench.path("out-of-fold"))),
    ];
    let quarantine = json!({ "reasons": ["predictions", "conflict"], "max_fraction": 0.5 });
    run("labels", json!({ "quality": "normalized_margin", "quarantine": quarantine }), &inputs);
    let inputs = [("real", "dealt"), ("synthetic", "balance"), ("holdout", "dealt")]
        .map(|(port, step)| (port, dataset(step)));
    run("fidelity", json!({ "records": 10 }), &inputs);
    let guesses = |name: &str, lean: f64| {
        write_guesses(bench, name, lean);
        artifact("predictions", &bench.path(name))
    };
    let inputs = [
        ("predictions", guesses("one", 0.3)),
        ("predictions", guesses("two", 0.25)),
        ("baseline_predictions", guesses("base", 0.05)),
    ];
    run("evaluate", json!({ "resamples": 200, "positive": "yes" }), &inputs);
    std::fs::create_dir(bench.path("model")).unwrap();
    bench.write("model/model.json", r#"{"runtime":"torch","family":"cnn","classes":["no","yes"]}"#);
    bench.write("model/weights.safetensors", "weights");
    let model = || ("model", artifact("model", &bench.path("model")));
    let report = artifact("report", &bench.path("evaluate").join("report"));
    let inputs = [model(), ("data", dataset("split")), ("report", report)];
    run("package", json!({ "name": "golden" }), &inputs);
    run("document", json!({ "title": "Golden" }), &[model()]);
    let report = || ("reports", artifact("report", &bench.path("evaluate").join("report")));
    let models = || ("models", artifact("model", &bench.path("model")));
    let inputs = [models(), models(), report(), report()];
    run("select", json!({ "rule": "one-standard-error" }), &inputs);
}

/// Every operation, fitted on the rows of `train` and applied.
fn preprocess(bench: &Bench, rows: &Path) {
    let contract = bench.write(
        "table.toml",
        "version = 1\n[columns.id]\nrole = \"id\"\n[columns.label]\ntype = \"utf8\"\n",
    );
    let run = |kind: &str, name: &str, params, inputs: &[_]| {
        bench.run(kind, name, params, inputs).unwrap();
    };
    let table = [("data", source(rows, json!({ "type": "csv" })))];
    run("validate", "table", json!({ "contract": contract }), &table);
    let fractions = json!({ "fractions": { "train": 0.5, "test": 0.5 } });
    let dataset = |step: &str| ("data", artifact("dataset", &bench.path(step).join("data")));
    run("split", "dealt", fractions, &[dataset("table")]);
    let operations = json!([
        {"text-statistics": {"columns": ["label"], "statistics": ["length"]}},
        {"impute": {"columns": ["p_0"], "strategy": "median", "indicator": true}},
        {"scale": {"columns": ["p_0", "p_1"], "method": "standard"}},
        {"bucket": {"columns": ["p_2"], "method": "quantile", "bins": 3}},
        {"encode": {"columns": ["p_2"], "method": "one-hot"}},
        {"hash": {"columns": ["label"], "name": "h", "buckets": 2}},
    ]);
    run("fit", "fit", json!({ "operations": operations }), &[dataset("dealt")]);
    let state = ("fitted", artifact("fitted", &bench.path("fit").join("state")));
    run("preprocess", "preprocess", json!({}), &[dataset("dealt"), state]);
}

/// Predictions of every row of a dataset, which find some of its labels unlikely.
fn out_of_fold(bench: &Bench, data: &Path) {
    let data = Dataset::open(data).unwrap();
    let mut whole = SplitPredictions::none(Task::Binary);
    for rows in data.splits().unwrap().iter().map(|split| data.read(split).unwrap()) {
        let truth = labels(&rows, "label").unwrap();
        let yes: Vec<f64> = (0..truth.len())
            .map(|row| {
                let wobble = (row * 7 % 10) as f64 * 0.05;
                if truth[row].as_deref() == Some("yes") { 0.9 - wobble } else { 0.1 + wobble }
            })
            .collect();
        let part = SplitPredictions::of_classes(
            (0..truth.len() as i64).collect(),
            truth,
            yes.iter().map(|yes| if *yes > 0.5 { "yes" } else { "no" }.to_owned()).collect(),
            yes.iter().map(|yes| vec![1.0 - yes, *yes]).collect(),
        );
        whole.extend(part.with_keys(row_key::values(&rows)));
    }
    whole.sort_by_key();
    let about = Predictions::of_classes(vec!["no".into(), "yes".into()]);
    let splits = BTreeMap::from([("test".to_owned(), whole)]);
    predictions::write(&bench.path("out-of-fold"), &about, &splits).unwrap();
}

/// Predictions of ten rows; `lean` is how far they lean towards the truth.
fn write_guesses(bench: &Bench, name: &str, lean: f64) {
    let (mut rows, mut labels, mut predicted, mut probabilities) = (vec![], vec![], vec![], vec![]);
    for row in 0..10i32 {
        let truth = row % 3 == 0;
        let wobble = f64::from((row * 3) % 10 - 5) * 0.06;
        let yes = 0.5 + wobble + if truth { lean } else { -lean };
        rows.push(row.into());
        labels.push(Some(if truth { "yes" } else { "no" }.into()));
        predicted.push(if yes > 0.5 { "yes" } else { "no" }.into());
        probabilities.push(vec![1.0 - yes, yes]);
    }
    let about = Predictions::of_classes(vec!["no".into(), "yes".into()]);
    predictions::write(
        &bench.path(name),
        &about,
        &BTreeMap::from([(
            "test".into(),
            SplitPredictions::of_classes(rows, labels, predicted, probabilities),
        )]),
    )
    .unwrap();
}
