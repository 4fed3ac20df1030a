//! Fitted states: a model carries those of its training rows, and `predict` applies what
//! other rows lack of them.

use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use ingot_tables::dataset::{DatasetError, Schema};
use ingot_tables::fitted::{Batches, Operations, State, fit};
use ingot_torch::model::Predictor;
use ingot_torch::platform::Compute;
use serde_json::{Value, json};

use crate::support::{Bench, answers, table, table_schema, write};

/// The state of one scaling of `first` and `second`, fitted on rows.
fn state(method: &str, schema: &Schema, rows: &RecordBatch) -> State {
    let operations = json!([
        {"impute": {"columns": ["first"], "strategy": "mean"}},
        {"scale": {"columns": ["first", "second"], "method": method}},
        {"encode": {"columns": ["text"], "method": "one-hot"}},
    ]);
    let batches =
        || -> Result<Batches, DatasetError> { Ok(Box::new(vec![Ok(rows.clone())].into_iter())) };
    fit(&Operations::parse(&operations).unwrap(), schema, &batches).unwrap()
}

/// A dataset behind a state.
fn behind(state: &State, path: PathBuf, splits: &[(&str, RecordBatch)]) -> PathBuf {
    let raw = table_schema();
    let splits: Vec<(&str, RecordBatch)> =
        splits.iter().map(|(name, rows)| (*name, state.apply(&raw, rows).unwrap())).collect();
    write(path, &state.schema(&raw).unwrap(), &splits)
}

/// What a model says of the test rows of a dataset, or the failure's code and text.
fn predicted(bench: &Bench, model: &Path, data: &Path, out: &str) -> Result<Vec<Vec<f64>>, String> {
    let inputs = [("data", data), ("model", model)];
    match bench.run("predict", json!({}), &inputs, out) {
        Err(failure) => Err(format!("{} {}", failure.code, failure.message)),
        Ok(_) => {
            let (_, splits) = ingot_tables::predictions::read(&bench.path(out)).unwrap();
            Ok(answers(&splits["test"]).probabilities.clone())
        }
    }
}

#[test]
fn a_model_carries_the_state_and_predict_applies_what_is_missing() {
    let bench = Bench::new();
    let (train, test) = (table(300, 1), table(40, 2));
    let raw = table_schema();
    let standard = state("standard", &raw, &train);
    let data = behind(&standard, bench.path("data"), &[("train", train.clone())]);
    let params = json!({ "family": "mlp", "hidden": [8], "epochs": 3 });
    bench.run("train", params.clone(), &[("data", &data)], "model").unwrap();
    let model = bench.path("model");
    let card: Value =
        serde_json::from_slice(&std::fs::read(model.join("model.json")).unwrap()).unwrap();
    let about: Value =
        serde_json::from_slice(&std::fs::read(data.join("dataset.json")).unwrap()).unwrap();
    assert_eq!(card["fitted"], about["fitted"]);
    assert_eq!(card["fitted"].as_array().unwrap().len(), 1);

    let before = write(bench.path("before"), &raw, &[("test", test.clone())]);
    let after = behind(&standard, bench.path("after"), &[("test", test.clone())]);
    let said = predicted(&bench, &model, &after, "p1").unwrap();
    assert_eq!(predicted(&bench, &model, &before, "p2").unwrap(), said);

    // A request has rows as they are before the state.
    let answer = {
        let _alone = ingot_torch::random::alone();
        let compute = Compute { device: tch::Device::Cpu, bf16: false };
        Predictor::open(&model, compute, 512).unwrap().predict(&test).unwrap()
    };
    assert_eq!(answer.num_rows(), said.len());
    let first = answer.column(1).as_list::<i32>().value(0);
    assert_eq!(first.as_primitive::<Float64Type>().values(), &said[0]);

    // A start that learned behind the state applies it, too.
    let raw_train = write(bench.path("raw"), &raw, &[("train", train.clone())]);
    let inputs = [("data", raw_train.as_path()), ("init", model.as_path())];
    bench.run("fine-tune", params, &inputs, "next").unwrap();
    let next = bench.path("next");
    assert_eq!(predicted(&bench, &next, &before, "p3"), predicted(&bench, &next, &after, "p4"));

    // Another state, and one more than the model has, are refused.
    let other = behind(&state("robust", &raw, &train), bench.path("other"), &[("test", test)]);
    let refused = predicted(&bench, &model, &other, "p5").unwrap_err();
    assert!(refused.starts_with("T0113 the rows went through the fitted state `"), "{refused}");
    let plain = json!({ "family": "mlp", "hidden": [8], "epochs": 1 });
    bench.run("train", plain, &[("data", &raw_train)], "plain").unwrap();
    let refused = predicted(&bench, &bench.path("plain"), &after, "p6").unwrap_err();
    assert!(refused.ends_with("learned behind no fitted state"), "{refused}");
}
