//! Training learns what there is to learn, and predictions say so.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Float64Type;
use ingot_protocol::Event;
use ingot_statistics::metrics::{accuracy::accuracy, log_loss::log_loss};
use ingot_statistics::sample::Classes;
use ingot_tables::dataset::Dataset;
use ingot_tables::predictions;
use ingot_torch::model::Predictor;
use ingot_torch::platform::Compute;
use serde_json::json;

use crate::support::{Bench, answers, bars, bars_dataset, image_schema, metric, write};

#[test]
fn every_image_family_fits_a_small_problem() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    for family in ["cnn", "resnet"] {
        for optimizer in
            [json!({ "optimizer": "adamw" }), json!({ "optimizer": "sgd", "lr": 0.05 })]
        {
            let mut params = json!({ "family": family, "width": 4, "epochs": 40, "dropout": 0.0 });
            params.as_object_mut().unwrap().extend(optimizer.as_object().cloned().unwrap());
            let name = format!("{family}-{}", optimizer["optimizer"]);
            let events = bench.run("train", params, &[("data", &data)], &name).unwrap();
            assert!(metric(&events, "train_loss") < 0.3, "{name}: {events:?}");
            assert_eq!(metric(&events, "valid_accuracy"), 1.0, "{name}");
        }
    }
}

#[test]
fn predictions_are_probabilities_of_the_rows_in_order() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 30 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let model = bench.path("model");
    bench.run("predict", json!({}), &[("data", &data), ("model", &model)], "out").unwrap();
    let (about, splits) = predictions::read(&bench.path("out")).unwrap();
    assert_eq!(about.classes, ["down", "left", "right", "up"]);
    let names: Vec<&String> = splits.keys().collect();
    assert_eq!(names, ["test", "train", "valid"], "every split that is there");
    assert_eq!(splits["test"].rows, (0..40).collect::<Vec<i64>>());
    let test = answers(&splits["test"]);
    for (probabilities, predicted) in test.probabilities.iter().zip(&test.predicted) {
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let best = probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let by_class: BTreeMap<_, _> = about.classes.iter().zip(probabilities).collect();
        assert_eq!(*by_class[predicted], best);
    }
    let right = test.labels.iter().zip(&test.predicted);
    let right = right.filter(|(label, predicted)| label.as_ref() == Some(predicted)).count();
    assert_eq!(right, 40);
    assert!(answers(&splits["train"]).labels.iter().any(Option::is_none), "null labels stay null");
}

#[test]
fn predictions_do_not_depend_on_the_batch_they_stand_in() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 5 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let inputs = [("data", data.as_path()), ("model", &bench.path("model"))];
    bench.run("predict", json!({}), &inputs, "whole").unwrap();
    bench.run("predict", json!({ "batch_size": 7 }), &inputs, "cut").unwrap();
    let read = |name: &str| predictions::read(&bench.path(name)).unwrap().1;
    for (whole, cut) in read("whole").values().zip(read("cut").values()) {
        let (whole, cut) = (answers(whole), answers(cut));
        let pairs = whole.probabilities.iter().flatten().zip(cut.probabilities.iter().flatten());
        assert!(pairs.into_iter().all(|(whole, cut)| (whole - cut).abs() < 1e-5));
    }
}

#[test]
fn a_pretrained_encoder_is_a_start_and_can_be_frozen() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "simclr", "width": 4, "epochs": 8, "batch_size": 32 });
    let events = bench.run("pretrain", params, &[("data", &data)], "encoder").unwrap();
    // What an encoder has that maps every image to one point: ln(2 * 32 - 1).
    assert!(metric(&events, "train_loss") < 63.0_f64.ln() - 0.5);
    let encoder = bench.path("encoder");
    let inputs = [("data", data.as_path()), ("init", encoder.as_path())];
    let params = json!({ "family": "cnn", "width": 4, "epochs": 60, "freeze": true, "lr": 0.03 });
    let events = bench.run("fine-tune", params, &inputs, "frozen").unwrap();
    assert!(metric(&events, "valid_accuracy") > 0.9, "{events:?}");
    let tensors = |name: &str| {
        let bytes = std::fs::read(bench.path(name).join("weights.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.tensors().into_iter();
        tensors.map(|(name, view)| (name, view.data().to_vec())).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (tensors("encoder"), tensors("frozen"));
    assert!(before.keys().all(|name| name.starts_with("encoder.")), "no projection head");
    assert!(before.iter().all(|(name, bytes)| after[name] == *bytes), "frozen means frozen");
    assert!(after.contains_key("head.weight"));
    // Without `freeze` the encoder moves.
    let params = json!({ "family": "cnn", "width": 4, "epochs": 2 });
    bench.run("fine-tune", params, &inputs, "tuned").unwrap();
    assert_ne!(tensors("tuned")["encoder.conv1.weight"], before["encoder.conv1.weight"]);
}

#[test]
fn augmentation_and_bf16_still_learn() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let change = json!({ "rotation": 5.0, "translation": 0.5, "scale": 0.05, "noise": 0.1 });
    let params = json!({ "family": "cnn", "width": 8, "epochs": 40, "augmentation": change, "dropout": 0.0 });
    let mut request = bench.request("train", params, &[("data", &data)], "exact");
    let exact = crate::support::run_request(&request, Default::default()).unwrap();
    assert!(metric(&exact, "valid_accuracy") > 0.9, "{exact:?}");
    request.platform.precision = "bf16".into();
    request.outputs.get_mut("model").unwrap().path = bench.path("short");
    let short = crate::support::run_request(&request, Default::default()).unwrap();
    assert!(metric(&short, "valid_accuracy") > 0.9, "{short:?}");
    let weights = |name: &str| std::fs::read(bench.path(name).join("weights.safetensors")).unwrap();
    assert_ne!(weights("exact"), weights("short"), "bf16 is not fp32");
}

#[test]
fn rows_without_a_label_teach_nothing_in_supervised_training() {
    let bench = Bench::new();
    let labelled = bars(96, 1, |row| row % 3 == 0);
    let rows: Vec<u32> = (0..96).step_by(3).collect();
    let rows = arrow::array::UInt32Array::from(rows);
    let alone = arrow::compute::take_record_batch(&labelled, &rows).unwrap();
    let both = write(bench.path("both"), &image_schema(), &[("train", labelled)]);
    let alone = write(bench.path("alone"), &image_schema(), &[("train", alone)]);
    // The pixels' mean and spread come from all training rows; only they may differ.
    let params = json!({ "family": "cnn", "width": 4, "epochs": 3 });
    let first = bench.run("train", params.clone(), &[("data", &both)], "a").unwrap();
    let second = bench.run("train", params, &[("data", &alone)], "b").unwrap();
    let (first, second) = (metric(&first, "train_loss"), metric(&second, "train_loss"));
    assert!((first - second).abs() < 0.05, "{first} and {second}");
}

/// A model by a call says what `predict` writes, and refuses rows that it cannot take.
#[test]
fn a_predictor_says_what_predict_writes() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 2 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let model = bench.path("model");
    bench.run("predict", json!({}), &[("data", &data), ("model", &model)], "out").unwrap();
    let (_, splits) = predictions::read(&bench.path("out")).unwrap();
    let written = answers(&splits["test"]);
    let _alone = ingot_torch::random::alone();
    let compute = Compute { device: tch::Device::Cpu, bf16: false };
    let predictor = Predictor::open(&model, compute, 512).unwrap();
    let rows = Dataset::open(&data).unwrap().read("test").unwrap();
    let answer = predictor.predict(&rows).unwrap();
    assert_eq!(answer.num_rows(), 40);
    let predicted = answer.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>();
    assert_eq!(predicted, written.predicted);
    let first = answer.column(1).as_list::<i32>().value(0);
    assert_eq!(first.as_primitive::<Float64Type>().values(), &written.probabilities[0]);
    let error = predictor.predict(&rows.project(&[1]).unwrap()).unwrap_err().to_string();
    assert!(error.contains("it is missing, and the model takes it"), "{error}");
}

/// The metric and the loss of `valid` are told at the end of every epoch; the last are those of
/// the result, and what the predictions of the model have. They are looked at, and move nothing.
#[test]
fn the_metric_of_valid_is_told_each_epoch() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let alone = [("train", bars(96, 1, |row| row % 3 == 0))];
    let alone = write(bench.path("alone"), &image_schema(), &alone);
    let change = json!({ "rotation": 10.0, "noise": 0.1 });
    for family in ["cnn", "resnet"] {
        let params = json!({ "family": family, "width": 4, "epochs": 5, "augmentation": change });
        let run = |data: &Path, name: &str| {
            bench.run("train", params.clone(), &[("data", data)], name).unwrap()
        };
        let events = run(&data, family);
        let observed = |events: &[Event], wanted: &str| {
            let values = events.iter().filter_map(|event| match event {
                Event::Observe { name, value } if name == wanted => Some(*value),
                _ => None,
            });
            values.collect::<Vec<f64>>()
        };
        for name in ["valid_accuracy", "valid_loss"] {
            let values = observed(&events, name);
            assert_eq!(values.len(), 5, "{name}");
            assert_eq!(values.last(), Some(&metric(&events, name)), "{name}");
        }
        let losses = observed(&events, "valid_loss");
        assert!(losses.windows(2).any(|pair| pair[0] != pair[1]), "{losses:?}");

        let model = bench.path(family);
        let out = format!("{family}-out");
        bench.run("predict", json!({}), &[("data", &data), ("model", &model)], &out).unwrap();
        let (about, splits) = predictions::read(&bench.path(&out)).unwrap();
        let valid = answers(&splits["valid"]);
        let class = |name: &String| about.classes.iter().position(|class| class == name).unwrap();
        let truth: Vec<usize> = valid.labels.iter().flatten().map(class).collect();
        let predicted = valid.predicted.iter().map(class).collect();
        let count = about.classes.len();
        let sample = Classes::new((count, 0), truth, predicted, &valid.probabilities);
        let weights = vec![1.0; sample.rows()];
        assert_eq!(accuracy(&sample, &weights), Some(metric(&events, "valid_accuracy")));
        let exact = log_loss(&sample, &weights).unwrap();
        assert!((exact - metric(&events, "valid_loss")).abs() < 1e-5, "{exact}");

        let unwatched = run(&alone, "unwatched");
        assert_eq!(observed(&unwatched, "valid_accuracy"), [0.0; 0]);
        let tensors =
            |name: &str| std::fs::read(bench.path(name).join("weights.safetensors")).unwrap();
        assert!(tensors(family) == tensors("unwatched"), "{family}: what is told moves nothing");
    }
}
