//! The same request gives the same bytes: again, resumed, and after kill -9.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ingot_protocol::{Event, Request};
use ingot_torch::worker::Hooks;
use serde_json::{Value, json};

use crate::support::{Bench, bars_dataset, files, run_request};

/// Every part that draws: shuffling, dropout, augmentation.
fn params(family: &str) -> Value {
    let change = json!({ "rotation": 10.0, "translation": 1.0, "scale": 0.1, "noise": 0.1 });
    let common = json!({ "width": 4, "epochs": 6, "batch_size": 10, "augmentation": change });
    let own = match family {
        "simclr" => json!({ "family": "simclr" }),
        "sgd" => json!({ "family": "cnn", "dropout": 0.3, "optimizer": "sgd", "lr": 0.01 }),
        family => json!({ "family": family, "dropout": 0.3, "warmup_epochs": 1.0 }),
    };
    let mut params = common;
    params.as_object_mut().unwrap().extend(own.as_object().cloned().unwrap());
    params["checkpoint_interval"] = json!(4);
    params
}

fn request(bench: &Bench, kind: &str, family: &str, data: &Path, output: &str) -> Request {
    bench.request(kind, params(family), &[("data", data)], output)
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let first = request(&bench, "train", "cnn", &data, "a");
    run_request(&first, Hooks::default()).unwrap();
    let again = request(&bench, "train", "cnn", &data, "b");
    run_request(&again, Hooks::default()).unwrap();
    assert_eq!(files(&bench.path("a")), files(&bench.path("b")));
    let mut other = request(&bench, "train", "cnn", &data, "c");
    other.seed = Some(18);
    run_request(&other, Hooks::default()).unwrap();
    assert_ne!(files(&bench.path("a")), files(&bench.path("c")));
}

#[test]
fn a_resumed_run_ends_with_the_bytes_of_an_uninterrupted_one() {
    for (kind, family) in
        [("train", "cnn"), ("train", "resnet"), ("train", "sgd"), ("pretrain", "simclr")]
    {
        let bench = Bench::new();
        let data = bars_dataset(&bench);
        let whole = request(&bench, kind, family, &data, "whole");
        let expected = run_request(&whole, Hooks::default()).unwrap();
        let mut cut = request(&bench, kind, family, &data, "cut");
        cut.checkpoints = Some(bench.path("checkpoints"));
        for stop_after in [3, 6, 13] {
            let failure = run_request(&cut, Hooks { stop_after: Some(stop_after) }).unwrap_err();
            assert_eq!(failure.code, "T0303");
            assert!(!bench.path("cut").exists());
        }
        let events = run_request(&cut, Hooks::default()).unwrap();
        assert!(resumed_at(&events) == Some(12.0), "{kind} {family}");
        assert_eq!(files(&bench.path("whole")), files(&bench.path("cut")), "{kind} {family}");
        assert_eq!(metrics(&expected), metrics(&events), "{kind} {family}");
        assert_eq!(files(&bench.path("checkpoints")).len(), 2, "the last two are kept");
    }
}

#[test]
fn checkpoint_intervals_do_not_change_the_bytes() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    for (name, interval) in [("never", 0), ("often", 1)] {
        let mut request = request(&bench, "train", "cnn", &data, name);
        request.params["checkpoint_interval"] = json!(interval);
        request.checkpoints = Some(bench.path(&format!("{name}-checkpoints")));
        run_request(&request, Hooks::default()).unwrap();
    }
    assert_eq!(files(&bench.path("never")), files(&bench.path("often")));
}

#[test]
fn torn_and_foreign_checkpoints_are_passed_over() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    run_request(&request(&bench, "train", "cnn", &data, "whole"), Hooks::default()).unwrap();
    let folder = bench.path("checkpoints");
    let mut cut = request(&bench, "train", "cnn", &data, "cut");
    cut.checkpoints = Some(folder.clone());
    run_request(&cut, Hooks { stop_after: Some(9) }).unwrap_err();
    let names: Vec<_> = files(&folder).into_keys().collect();
    assert_eq!(names.len(), 2);
    // The newest is torn, and one flipped bit is in the payload of the other.
    let newest = folder.join(&names[1]);
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    let events = run_request(&cut, Hooks::default()).unwrap();
    assert_eq!(resumed_at(&events), Some(4.0), "the one before it is taken");
    assert_eq!(files(&bench.path("whole")), files(&bench.path("cut")));

    let flipped = files(&folder).into_iter().map(|(name, mut bytes)| {
        *bytes.last_mut().unwrap() ^= 1;
        (name, bytes)
    });
    for (name, bytes) in flipped {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    cut.outputs.get_mut("model").unwrap().path = bench.path("flipped");
    let events = run_request(&cut, Hooks::default()).unwrap();
    assert_eq!(resumed_at(&events), None, "no digest fits");
    assert_eq!(files(&bench.path("whole")), files(&bench.path("flipped")));

    let mut other = request(&bench, "train", "cnn", &data, "other");
    other.checkpoints = Some(folder);
    other.seed = Some(99);
    let events = run_request(&other, Hooks::default()).unwrap();
    assert_eq!(resumed_at(&events), None, "a checkpoint of another request is not taken");
}

#[test]
fn a_killed_process_resumes_to_the_same_bytes() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let mut whole = request(&bench, "pretrain", "simclr", &data, "whole");
    whole.params["epochs"] = json!(120);
    run_request(&whole, Hooks::default()).unwrap();
    let mut cut = whole.clone();
    cut.outputs.get_mut("model").unwrap().path = bench.path("cut");
    cut.checkpoints = Some(bench.path("checkpoints"));
    let path = bench.path("request.json");
    std::fs::write(&path, serde_json::to_vec(&cut).unwrap()).unwrap();
    let worker = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ingot-torch"));
        command.arg("run").arg(&path).env("OMP_NUM_THREADS", "1").stdout(Stdio::piped());
        command
    };
    let mut child = worker().spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    while files_or_none(&bench.path("checkpoints")) == 0 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!bench.path("cut").exists(), "killed before its end");
    let output = worker().output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("resumed_at_step"));
    assert_eq!(files(&bench.path("whole")), files(&bench.path("cut")));
}

fn files_or_none(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".checkpoint")).count()
}

fn resumed_at(events: &[Event]) -> Option<f64> {
    events.iter().find_map(|event| match event {
        Event::Observe { name, value } if name == "resumed_at_step" => Some(*value),
        _ => None,
    })
}

fn metrics(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| matches!(event, Event::Metric(_))).collect()
}
