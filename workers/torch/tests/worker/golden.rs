//! Golden outputs of each kind, beside its revision.
//!
//! A change here is a decision: whoever changes what a kind writes moves its
//! `REVISION` and these values together. The bits are promised for one declared
//! platform and libtorch, on the processors of every maker; with another build of
//! libtorch only the rounded losses are compared, and the test says so.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_torch::kinds::{fine_tune, predict, pretrain, train};
use ingot_torch::platform;
use serde_json::{Value, json};

use crate::support::{Bench, bars_dataset, files, isa, metric, table, table_schema, write};

/// libtorch of the digests below.
const VERSION: &str = "2.11.0";
const BUILD: &str = "96621f88036e8c97";

/// Case, kind's revision, loss or accuracy, digest of the output's files.
const GOLDEN: [(&str, u32, f64, &str); 5] = [
    ("train cnn", 2, 1.2880886793136597, "a666e929b6918513"),
    ("train mlp", 2, 0.7575806379318237, "65a02710aa747ef5"),
    ("pretrain simclr", 2, 3.9446380138397217, "4727ffec2eaefe8a"),
    ("fine-tune resnet", 2, 0.9509845972061157, "16f14cd4b24a91d3"),
    ("predict", 5, 0.0, "56d27b17245ca899"),
];

#[test]
fn outputs_are_those_of_the_revision() {
    // First, since libtorch fixes its instruction set when it is asked what it is.
    let found = outputs();
    let (version, build) = platform::libtorch();
    if version != VERSION {
        println!("skipped: the goldens are of libtorch {VERSION}, this is {version}");
        return;
    }
    let exact = build == BUILD && isa() == "avx2";
    if !exact {
        println!("digests not compared: they are of `avx2` and another build of libtorch");
    }
    let expected: Vec<_> = GOLDEN.iter().map(|(case, revision, ..)| (*case, *revision)).collect();
    let cases: Vec<_> = found.iter().map(|(case, revision, ..)| (*case, *revision)).collect();
    assert_eq!(cases, expected);
    let others: Vec<_> = found
        .iter()
        .zip(GOLDEN)
        .filter(|((.., value, digest), (.., golden, exact_digest))| {
            (value - golden).abs() >= 0.02 || (exact && digest != exact_digest)
        })
        .collect();
    assert_eq!(others, []);
}

fn outputs() -> Vec<(&'static str, u32, f64, String)> {
    let bench = Bench::new();
    let bars = bars_dataset(&bench);
    let splits = [("train", table(60, 1)), ("valid", table(60, 2))];
    let rows = write(bench.path("table"), &table_schema(), &splits);
    let mut found = Vec::new();
    let mut case = |name: &'static str, revision: u32, params: Value, inputs: &[(&str, &Path)]| {
        let kind = name.split(' ').next().unwrap_or_default();
        let folder = name.replace(' ', "-");
        let events = bench.run(kind, params, inputs, &folder).unwrap();
        let value = if kind == "predict" { 0.0 } else { metric(&events, "train_loss") };
        found.push((name, revision, value, digest(&files(&bench.path(&folder)))));
    };
    let change = json!({ "rotation": 10.0, "translation": 1.0, "scale": 0.1, "noise": 0.1 });
    let cnn = json!({ "family": "cnn", "width": 4, "epochs": 3, "augmentation": change });
    case("train cnn", train::REVISION, cnn, &[("data", &bars)]);
    let mlp = json!({ "family": "mlp", "hidden": [8], "epochs": 3 });
    case("train mlp", train::REVISION, mlp, &[("data", &rows)]);
    let simclr = json!({
        "family": "simclr", "encoder": "resnet", "width": 4, "epochs": 3, "batch_size": 32,
    });
    case("pretrain simclr", pretrain::REVISION, simclr, &[("data", &bars)]);
    let resnet = json!({ "family": "resnet", "width": 4, "epochs": 3 });
    let encoder = bench.path("pretrain-simclr");
    let inputs = [("data", bars.as_path()), ("init", encoder.as_path())];
    case("fine-tune resnet", fine_tune::REVISION, resnet, &inputs);
    let model = bench.path("train-cnn");
    let inputs = [("data", bars.as_path()), ("model", model.as_path())];
    case("predict", predict::REVISION, json!({}), &inputs);
    found
}

fn digest(files: &BTreeMap<std::path::PathBuf, Vec<u8>>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in files {
        hasher.update(name.to_string_lossy().as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}
