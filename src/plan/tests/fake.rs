//! Kinds like the real ones, written by hand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{
    ArtifactType, Descriptor, Determinism, Expansion, InputPort, Kind, OutputPort, PROTOCOL, Reads,
};
use serde_json::json;

use crate::kinds::Kinds;

/// `split`, `train`, `predict`, `evaluate`, `document`, and the core's `command`.
pub(super) fn kinds() -> Kinds {
    with(vec![split(), train(), predict(), evaluate(), document()])
}

/// The same, and `select`.
pub(super) fn choosing() -> Kinds {
    with(vec![split(), train(), predict(), evaluate(), document(), select()])
}

/// These kinds, and the core's `command`.
pub(super) fn with(kinds: Vec<Kind>) -> Kinds {
    let artifact_type = |name: &str, splits: Option<&str>| ArtifactType {
        name: name.into(),
        summary: String::new(),
        splits: splits.map(str::to_owned),
        checked: false,
        tests: None,
    };
    let descriptor = Descriptor {
        protocol: PROTOCOL,
        worker: "fake".into(),
        stands_on: BTreeMap::new(),
        types: vec![
            artifact_type("dataset", Some("data/{split}-*")),
            artifact_type("model", None),
            artifact_type("predictions", None),
            artifact_type("report", None),
            artifact_type("findings", None),
            artifact_type("metrics", None),
        ],
        kinds,
        codes: BTreeMap::new(),
    };
    let (kinds, mistakes) = Kinds::new(vec![(PathBuf::from("fake"), "fake".into(), descriptor)]);
    assert_eq!(mistakes, []);
    kinds
}

pub(super) fn kind(name: &str, inputs: Vec<InputPort>, outputs: &[(&str, &str)]) -> Kind {
    let outputs = outputs.iter().map(|(name, artifact_type)| OutputPort {
        name: (*name).into(),
        artifact_type: (*artifact_type).into(),
        file: false,
    });
    Kind {
        name: name.into(),
        summary: String::new(),
        revision: 1,
        params: json!({
            "type": "object",
            "properties": {
                "batch": { "type": "number", "default": 32, "x-ingot-semantic": false },
                "lr": { "type": "number", "default": 0.1 }
            }
        }),
        inputs,
        outputs: outputs.collect(),
        further: None,
        determinism: Determinism::Platform,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

pub(super) fn port(name: &str, types: &[&str]) -> InputPort {
    InputPort {
        name: name.into(),
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        required: true,
        ..InputPort::default()
    }
}

pub(super) fn split() -> Kind {
    let mut kind = kind("split", vec![port("data", &["files", "dataset"])], &[("data", "dataset")]);
    kind.random = true;
    kind
}

pub(super) fn train() -> Kind {
    let reads = Reads::Splits(vec!["train".into(), "valid".into()]);
    let data = InputPort { reads, ..port("data", &["dataset"]) };
    let init = InputPort { required: false, ..port("init", &["model"]) };
    let mut kind = kind("train", vec![data, init], &[("model", "model"), ("log", "report")]);
    kind.random = true;
    kind
}

pub(super) fn predict() -> Kind {
    let ports = vec![port("data", &["dataset"]), port("model", &["model"])];
    kind("predict", ports, &[("predictions", "predictions")])
}

pub(super) fn evaluate() -> Kind {
    let reads = Reads::Splits(vec!["test".into()]);
    let data = InputPort { reads, ..port("data", &["dataset"]) };
    let model =
        InputPort { required: false, many: true, forwarded: true, ..port("model", &["model"]) };
    let predictions = InputPort { many: true, ..port("predictions", &["predictions"]) };
    let mut kind = kind("evaluate", vec![data, model, predictions], &[("report", "report")]);
    kind.expands = vec![rule("predictions", "predict", &[("data", "data"), ("model", "model")])];
    kind
}

fn select() -> Kind {
    let reads = Reads::Splits(vec!["valid".into()]);
    let data = InputPort { reads, required: false, forwarded: true, ..port("data", &["dataset"]) };
    let models = InputPort { many: true, ordered: true, ..port("models", &["model"]) };
    let refuses = vec!["test".to_owned()];
    let reports = InputPort { many: true, ordered: true, refuses, ..port("reports", &["report"]) };
    let mut kind = kind("select", vec![data, models, reports], &[("model", "model")]);
    let inputs = [("data", "data"), ("model", "models")];
    kind.expands = vec![Expansion {
        output: "report".into(),
        params: BTreeMap::new(),
        ..rule("reports", "evaluate", &inputs)
    }];
    kind
}

/// A rule that fills `port` with the output of the same name of a new step.
pub(super) fn rule(port: &str, kind: &str, inputs: &[(&str, &str)]) -> Expansion {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(new, own)| ((*new).to_owned(), (*own).to_owned())).collect()
    };
    Expansion {
        port: port.into(),
        name: kind.into(),
        kind: kind.into(),
        output: port.into(),
        inputs: map(inputs),
        params: map(&[("batch", "batch"), ("lr", "lr")]),
        each: None,
    }
}

fn document() -> Kind {
    let reports = InputPort { many: true, ..port("reports", &["report"]) };
    let mut kind = kind("document", vec![reports], &[("html", "files"), ("markdown", "files")]);
    kind.lineage = true;
    kind.accepts_failed = true;
    kind
}
