//! Models are shown and compared down to the element.

use ingot_protocol::Worker;
use ingot_torch::worker::TorchWorker;
use serde_json::json;

use crate::support::{Bench, bars_dataset};

#[test]
fn a_model_is_shown_with_its_tensors() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 1 });
    bench.run("train", params, &[("data", &data)], "model").unwrap();
    let shown = TorchWorker.show("model", &bench.path("model")).unwrap();
    assert_eq!(shown.artifact_type, "model");
    assert!(shown.summary.starts_with("cnn classifier of 4 classes, "), "{}", shown.summary);
    let tensors = &shown.tables["tensors"];
    let conv = ["encoder.conv1.weight", "[4, 1, 3, 3]", "36"].map(str::to_owned).to_vec();
    assert!(tensors.contains(&conv), "{tensors:?}");
}

#[test]
fn the_first_differing_element_is_named() {
    let bench = Bench::new();
    let data = bars_dataset(&bench);
    let params = json!({ "family": "cnn", "width": 4, "epochs": 1 });
    for name in ["a", "b"] {
        bench.run("train", params.clone(), &[("data", &data)], name).unwrap();
    }
    let (a, b) = (bench.path("a"), bench.path("b"));
    let same = TorchWorker.diff("model", &a, &b).unwrap();
    assert!(same.same && same.first.is_none(), "{same:?}");
    // The last tensor of the file, head.weight [4, 64]: flip a bit of its last element.
    let path = b.join("weights.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let differs = TorchWorker.diff("model", &a, &b).unwrap();
    let first = differs.first.unwrap();
    assert!(!differs.same);
    assert!(first.contains("tensor `head.weight`: element [3, 63]: "), "{first}");
    assert!(first.ends_with("(1 of 256 elements differ)"), "{first}");

    let wider = json!({ "family": "cnn", "width": 8, "epochs": 1 });
    bench.run("train", wider, &[("data", &data)], "wide").unwrap();
    let differs = TorchWorker.diff("model", &a, &bench.path("wide")).unwrap();
    let first = differs.first.unwrap();
    assert_eq!(first, "model.json: architecture: width: 4 became 8");
}

#[test]
fn what_is_no_model_is_refused() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("empty")).unwrap();
    assert_eq!(TorchWorker.show("model", &bench.path("empty")).unwrap_err().code, "T0304");
    std::fs::write(bench.path("empty/model.json"), "{").unwrap();
    assert_eq!(TorchWorker.show("model", &bench.path("empty")).unwrap_err().code, "T0201");
    std::fs::write(bench.path("empty/model.json"), "{}").unwrap();
    std::fs::write(bench.path("empty/weights.safetensors"), [255; 40]).unwrap();
    assert_eq!(TorchWorker.show("model", &bench.path("empty")).unwrap_err().code, "T0201");
}
