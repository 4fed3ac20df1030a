//! Every bad input ends as a failure with a code, a place and a fix; none panics.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{BinaryArray, Float64Array, StringArray};
use ingot_protocol::Failure;
use ingot_tables::dataset::{DataType, Role};
use ingot_torch::worker::Hooks;
use serde_json::{Value, json};

use crate::support::{
    Bench, bars, bars_dataset, batch, column, image_schema, run_request, table, table_schema, write,
};

fn small() -> Value {
    json!({ "family": "cnn", "width": 4, "epochs": 1 })
}

fn mlp() -> Value {
    json!({ "family": "mlp", "hidden": [4], "epochs": 1 })
}

fn refused(bench: &Bench, kind: &str, params: Value, inputs: &[(&str, &Path)]) -> Failure {
    let failure = bench.run(kind, params, inputs, "refused").unwrap_err();
    assert!(!bench.path("refused").exists(), "nothing is written: {failure:?}");
    failure
}

/// A table dataset whose training split is changed.
fn spoiled(bench: &Bench, name: &str, value: f64) -> PathBuf {
    let rows = batch(vec![
        ("first", Arc::new(Float64Array::from(vec![1.0, value]))),
        ("second", Arc::new(Float64Array::from(vec![1.0, 2.0]))),
        ("text", Arc::new(StringArray::from(vec!["a", "b"]))),
        ("label", Arc::new(StringArray::from(vec!["no", "yes"]))),
    ]);
    write(bench.path(name), &table_schema(), &[("train", rows)])
}

#[test]
fn bad_data_is_refused_with_a_fix() {
    let bench = Bench::new();
    let path = |name: &str| bench.path(name);
    let schema = image_schema();
    let labels = |label: fn(usize) -> bool| bars(16, 1, label);
    let unlabelled = write(path("unlabelled"), &schema, &[("train", labels(|_| false))]);
    let one = write(path("one"), &schema, &[("train", labels(|row| row % 4 == 1))]);
    let no_train = write(path("no-train"), &schema, &[("test", labels(|_| true))]);
    let empty = write(path("empty"), &schema, &[("train", bars(0, 1, |_| true))]);
    let mut no_label = schema.clone();
    no_label.columns[1].role = Role::Ignore;
    let no_label = write(path("no-label"), &no_label, &[("train", labels(|_| true))]);
    let mut no_feature = table_schema();
    no_feature.columns.iter_mut().take(3).for_each(|column| column.role = Role::Personal);
    let no_feature = write(path("no-feature"), &no_feature, &[("train", table(9, 1))]);
    let short = batch(vec![
        ("image", Arc::new(BinaryArray::from_vec(vec![&[0; 64], &[0; 63]]))),
        ("label", Arc::new(StringArray::from(vec!["up", "down"]))),
    ]);
    let short = write(path("short"), &schema, &[("train", short)]);
    let missing = batch(vec![
        ("image", Arc::new(BinaryArray::from_opt_vec(vec![Some(&[0; 64]), None]))),
        ("label", Arc::new(StringArray::from(vec!["up", "down"]))),
    ]);
    let missing = write(path("missing"), &schema, &[("train", missing)]);
    let mut tiny = schema.clone();
    tiny.image.iter_mut().for_each(|image| (image.height, image.width) = (1, 1));
    let pixel = batch(vec![
        ("image", Arc::new(BinaryArray::from_vec(vec![&[0], &[9]]))),
        ("label", Arc::new(StringArray::from(vec!["up", "down"]))),
    ]);
    let tiny = write(path("tiny"), &tiny, &[("train", pixel)]);
    let stranger = batch(vec![
        ("image", Arc::new(BinaryArray::from_vec(vec![&[0; 64]]))),
        ("label", Arc::new(StringArray::from(vec!["sideways"]))),
    ]);
    let splits = [("train", labels(|_| true)), ("valid", stranger)];
    let stranger = write(path("stranger"), &schema, &splits);
    let nan = spoiled(&bench, "nan", f64::NAN);
    let infinite = spoiled(&bench, "infinite", f64::INFINITY);
    let vast = spoiled(&bench, "vast", 1e160);
    let rows = [
        (unlabelled.clone(), small(), "T0105", "label"),
        (one, small(), "T0106", "left"),
        (no_train, small(), "T0102", "`train`"),
        (empty, small(), "T0103", "no rows"),
        (no_label, small(), "T0104", "label"),
        (no_feature, mlp(), "T0109", "feature"),
        (short, small(), "T0108", "row 1: 63 bytes"),
        (missing, small(), "T0108", "row 1: the image is null"),
        (tiny, small(), "T0111", "1x1"),
        (stranger, small(), "T0107", "sideways"),
        (nan, mlp(), "T0108", "column `first`, row 1"),
        (vast, mlp(), "T0108", "column `first`, row 1: it is so large"),
        (infinite, mlp(), "T0108", "NaN or infinite"),
        (unlabelled, mlp(), "T0110", "images"),
        (write(path("t"), &table_schema(), &[("train", table(9, 1))]), small(), "T0110", "tables"),
    ];
    for (data, params, code, says) in rows {
        let failure = refused(&bench, "train", params, &[("data", &data)]);
        assert_eq!(failure.code, code, "{failure:?}");
        assert!(failure.message.contains(says), "{failure:?}");
        assert!(failure.help.is_some(), "{failure:?}");
    }
    let failure = refused(&bench, "train", small(), &[("data", &path("nowhere"))]);
    assert_eq!(failure.code, "T0101", "{failure:?}");
}

#[test]
fn a_model_that_does_not_fit_is_refused_with_a_fix() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    bench.run("train", small(), &[("data", &data)], "model").unwrap();
    let pretrain = json!({ "family": "simclr", "width": 4, "epochs": 1 });
    bench.run("pretrain", pretrain.clone(), &[("data", &data)], "encoder").unwrap();
    let (model, encoder) = (bench.path("model"), bench.path("encoder"));

    let wider = json!({ "family": "cnn", "width": 8, "epochs": 1 });
    let failure = refused(&bench, "fine-tune", wider, &[("data", &data), ("init", &encoder)]);
    assert_eq!(failure.code, "T0202");
    assert!(failure.message.contains("cnn of width = 4, and this step trains cnn of width = 8"));
    let other = json!({ "family": "resnet", "width": 4, "epochs": 1 });
    let failure = refused(&bench, "fine-tune", other, &[("data", &data), ("init", &encoder)]);
    assert_eq!(failure.code, "T0202");

    let failure = refused(&bench, "predict", json!({}), &[("data", &data), ("model", &encoder)]);
    assert_eq!(failure.code, "T0203");
    let tables = write(bench.path("tables"), &table_schema(), &[("test", table(9, 1))]);
    let failure = refused(&bench, "predict", json!({}), &[("data", &tables), ("model", &model)]);
    assert_eq!(failure.code, "T0204");
    let failure = refused(&bench, "pretrain", pretrain, &[("data", &tables)]);
    assert_eq!(failure.code, "T0102", "{failure:?}");

    let frozen = json!({ "family": "cnn", "width": 4, "epochs": 1, "freeze": true });
    let failure = refused(&bench, "fine-tune", frozen, &[("data", &data)]);
    assert_eq!(failure.code, "T0301");
    assert!(failure.message.contains("inputs.init"));

    let weights = model.join("weights.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    for spoiled in [&bytes[..bytes.len() - 1], b"", b"not tensors at all"] {
        std::fs::write(&weights, spoiled).unwrap();
        let inputs = [("data", data.as_path()), ("model", model.as_path())];
        let failure = refused(&bench, "predict", json!({}), &inputs);
        assert_eq!(failure.code, "T0201", "{failure:?}");
    }
    std::fs::copy(encoder.join("weights.safetensors"), &weights).unwrap();
    let failure = refused(&bench, "predict", json!({}), &[("data", &data), ("model", &model)]);
    assert!(failure.message.contains("`head.bias` is missing"), "{failure:?}");
    let card = std::fs::read_to_string(model.join("model.json")).unwrap();
    for (from, to) in [("\"torch\"", "\"onnx\""), ("\"version\": 1", "\"version\": 2")] {
        std::fs::write(model.join("model.json"), card.replace(from, to)).unwrap();
        let failure = refused(&bench, "predict", json!({}), &[("data", &data), ("model", &model)]);
        assert_eq!(failure.code, "T0201", "{failure:?}");
    }
}

#[test]
fn a_table_of_other_columns_is_refused() {
    let bench = Bench::new();
    let data = write(bench.path("data"), &table_schema(), &[("train", table(40, 1))]);
    bench.run("train", mlp(), &[("data", &data)], "model").unwrap();
    let mut renamed = table_schema();
    renamed.columns[0].role = Role::Ignore;
    let renamed = write(bench.path("renamed"), &renamed, &[("test", table(9, 1))]);
    let mut retyped = table_schema();
    retyped.columns[0] = column("first", DataType::Utf8, Role::Feature);
    let text = StringArray::from(vec!["1"]);
    let rows = batch(vec![
        ("first", Arc::new(text.clone())),
        ("second", Arc::new(Float64Array::from(vec![1.0]))),
        ("text", Arc::new(text.clone())),
        ("label", Arc::new(text)),
    ]);
    let retyped = write(bench.path("retyped"), &retyped, &[("test", rows)]);
    for (data, says) in [(renamed, "`first` is missing"), (retyped, "`first` is utf8")] {
        let model = bench.path("model");
        let failure = refused(&bench, "predict", json!({}), &[("data", &data), ("model", &model)]);
        assert_eq!(failure.code, "T0204");
        assert!(failure.message.contains(says), "{failure:?}");
    }
}

#[test]
fn a_row_for_which_a_network_gives_no_number_is_refused() {
    let bench = Bench::new();
    let data = write(bench.path("data"), &table_schema(), &[("train", table(40, 1))]);
    bench.run("train", mlp(), &[("data", &data)], "model").unwrap();
    // Of one sign all weights of the first layer may make a zero.
    let failures: Vec<Failure> = [("above", 1e60), ("below", -1e60)]
        .into_iter()
        .filter_map(|(name, value)| {
            let data = spoiled(&bench, name, value);
            let inputs = [("data", data.as_path()), ("model", &bench.path("model"))];
            bench.run("predict", json!({}), &inputs, &format!("{name}-predicted")).err()
        })
        .collect();
    assert!(!failures.is_empty());
    for failure in failures {
        assert_eq!(failure.code, "T0112", "{failure:?}");
        assert!(failure.message.contains("row 1: the network gives no number"), "{failure:?}");
    }
}

#[test]
fn a_model_that_is_no_regular_file_is_not_read() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    for name in ["model.json", "weights.safetensors"] {
        let model = bench.path(name);
        bench.run("train", small(), &[("data", &data)], name).unwrap();
        std::fs::remove_file(model.join(name)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", model.join(name)).unwrap();
        let failure = refused(&bench, "predict", json!({}), &[("data", &data), ("model", &model)]);
        assert!(failure.message.contains("no regular file"), "{failure:?}");
    }
}

#[test]
fn params_that_no_schema_has_seen_are_refused() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    for (name, value) in [
        ("batch_size", json!(0)),
        ("lr", json!(0)),
        ("lr", json!("fast")),
        ("betas", json!([0.9, 1.0])),
        ("dropout", json!(1.0)),
        ("width", json!(0)),
        ("width", json!(-3)),
        ("momentum", json!(-0.1)),
        ("augmentation", json!({ "rotation": -1 })),
        ("augmentation", json!({ "blur": 1 })),
        ("family", json!("transformer")),
        ("epochs", json!(null)),
    ] {
        let mut request = bench.request("train", small(), &[("data", &data)], "refused");
        request.params[name] = value;
        let failure = run_request(&request, Hooks::default()).unwrap_err();
        assert_eq!(failure.code, "T0301", "{name}: {failure:?}");
        assert!(failure.help.is_some());
    }
}

#[test]
fn a_loss_that_leaves_the_numbers_is_said() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({
        "family": "cnn", "width": 4, "epochs": 30, "optimizer": "sgd", "lr": 100.0,
        "weight_decay": 10.0, "scheduler": "constant",
    });
    let failure = refused(&bench, "train", params, &[("data", &data)]);
    assert_eq!(failure.code, "T0302", "{failure:?}");
    assert!(failure.help.unwrap().contains("lr"));
}
