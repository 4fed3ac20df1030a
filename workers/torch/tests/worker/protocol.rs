//! What the worker says of itself, and what it refuses to run on.

use std::process::Command;

use ingot_protocol::{Descriptor, Determinism};
use ingot_torch::worker::Hooks;
use serde_json::{Value, json};

use crate::support::{Bench, bars_dataset, run_request};

fn describe(environment: &[(&str, &str)]) -> Descriptor {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ingot-torch"));
    let output = command.arg("describe").envs(environment.iter().copied()).output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_descriptor_names_its_libtorch_and_nothing_of_the_machine() {
    let found = describe(&[]);
    assert_eq!(found.worker, "ingot-torch");
    assert!(found.stands_on["libtorch"].starts_with("2."), "{:?}", found.stands_on);
    assert_eq!(found, describe(&[("ATEN_CPU_CAPABILITY", "default")]));
    let names: Vec<&str> = found.kinds.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(names, ["fine-tune", "predict", "pretrain", "train"]);
    assert!(found.kinds.iter().all(|kind| kind.determinism == Determinism::Platform));
}

/// Closed branches, each with its family; every other property has a default.
#[test]
fn schemas_are_closed_and_complete() {
    for kind in ingot_torch::kinds::kinds() {
        let branches = match kind.params.get("oneOf") {
            Some(Value::Array(branches)) => branches.clone(),
            _ => vec![kind.params.clone()],
        };
        for branch in branches {
            assert_eq!(branch["additionalProperties"], json!(false), "{}", kind.name);
            for (name, property) in branch["properties"].as_object().unwrap() {
                let constant = property.get("const").is_some() && branch["required"][0] == *name;
                assert!(constant || property.get("default").is_some(), "{} {name}", kind.name);
                assert!(property.get("description").is_some(), "{} {name}", kind.name);
                let semantic = property.get("x-ingot-semantic") != Some(&json!(false));
                assert_eq!(semantic, name != "checkpoint_interval", "{} {name}", kind.name);
            }
        }
    }
}

#[test]
fn a_platform_that_cannot_be_had_is_an_environment_failure() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 1 });
    let refused = |change: &dyn Fn(&mut ingot_protocol::Platform)| {
        let mut request = bench.request("train", params.clone(), &[("data", &data)], "model");
        change(&mut request.platform);
        let failure = run_request(&request, Hooks::default()).unwrap_err();
        assert!(failure.code.starts_with("W06") && failure.help.is_some(), "{failure:?}");
    };
    refused(&|platform| platform.threads = 0);
    refused(&|platform| platform.isa = "sse9".into());
    refused(&|platform| platform.device = "tpu".into());
    refused(&|platform| platform.precision = "fp8".into());
    if cfg!(target_arch = "x86_64") {
        // Another set was fixed for this process by the first request.
        let first = bench.request("train", params.clone(), &[("data", &data)], "first");
        run_request(&first, Hooks::default()).unwrap();
        refused(&|platform| platform.isa = "default".into());
    }
    if !tch::Cuda::is_available() && !ingot_torch::shim::load_cuda() {
        refused(&|platform| platform.device = "cuda".into());
    }
}

#[test]
fn a_request_of_another_revision_or_kind_is_refused() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 1 });
    let request = bench.request("train", params, &[("data", &data)], "model");
    let mut newer = request.clone();
    newer.revision += 1;
    assert_eq!(run_request(&newer, Hooks::default()).unwrap_err().code, "T0402");
    let mut other = request.clone();
    other.kind = "distil".into();
    assert_eq!(run_request(&other, Hooks::default()).unwrap_err().code, "T0402");
    let mut unseeded = request.clone();
    unseeded.seed = None;
    assert_eq!(run_request(&unseeded, Hooks::default()).unwrap_err().code, "T0403");
    let mut empty = request;
    empty.inputs.clear();
    assert_eq!(run_request(&empty, Hooks::default()).unwrap_err().code, "W0002");
}
