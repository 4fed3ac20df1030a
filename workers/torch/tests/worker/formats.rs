//! The documents `model.*` of `tests/formats` are what this worker writes, and what differs
//! from them in one place is read or refused as the list there says.

#[path = "../../../../tests/formats/mutants.rs"]
mod mutants;

use std::path::Path;

use ingot_protocol::Worker;
use ingot_torch::dataset::{FeatureSchema, ImageSchema, InputSchema, Preprocessing, TableColumn};
use ingot_torch::heads::Outputs;
use ingot_torch::model::{self, Card};
use ingot_torch::networks::{Architecture, Encoder, WithHead};
use ingot_torch::nn::{Builder, Parameters};
use ingot_torch::worker::TorchWorker;
use serde_json::{Value, json};
use tch::Device;

use crate::support::Bench;

fn table() -> (InputSchema, Preprocessing) {
    let feature = |name: &str, data_type: &str| FeatureSchema {
        name: name.into(),
        data_type: data_type.into(),
    };
    let features = vec![feature("height", "float64"), feature("colour", "utf8")];
    let (mean, std) = (2.0, 0.5);
    let categories = vec!["blue".to_owned(), "red".to_owned()];
    let columns = vec![
        TableColumn::Numeric { name: "height".into(), mean, std, missing: true },
        TableColumn::Categorical { name: "colour".into(), categories, missing: false },
    ];
    (InputSchema::Table { features }, Preprocessing::Table { columns })
}

fn images() -> (InputSchema, Preprocessing) {
    let image = ImageSchema { column: "scan".into(), channels: 1, height: 8, width: 8 };
    (InputSchema::Image { image }, Preprocessing::Image { mean: vec![32.5], std: vec![64.0] })
}

fn of(family: &str, sizes: Value) -> Architecture {
    Architecture::of(family, sizes.as_object().unwrap()).unwrap()
}

/// Writes a model with first values; without outputs, an encoder.
fn write(
    path: &Path,
    architecture: Architecture,
    (input, preprocessing): (InputSchema, Preprocessing),
    outputs: Option<Outputs>,
) {
    let _alone = ingot_torch::random::alone();
    let mut parameters = Parameters::default();
    let mut builder = Builder::new(&mut parameters, 17, Device::Cpu);
    let shape = input.shape(&preprocessing);
    match &outputs {
        Some(outputs) => {
            drop(WithHead::build(&mut builder, &architecture, shape, outputs).unwrap());
        }
        None => drop(Encoder::build(&mut builder, &architecture, shape).unwrap()),
    }
    let card = Card::new(architecture, preprocessing, outputs, input);
    model::write(path, &card, &parameters, false).unwrap();
}

/// A bench with a folder for each document, its weights in it.
fn bench() -> Bench {
    let bench = Bench::new();
    let classes = || Some(Outputs::read("classes", json!(["iris", "rose"])).unwrap());
    let at = |name: &str| bench.path(name);
    write(&at("model.mlp"), of("mlp", json!({"hidden": [4]})), table(), classes());
    write(&at("model.cnn"), of("cnn", json!({"width": 2})), images(), classes());
    write(&at("model.resnet"), of("resnet", json!({"width": 2, "blocks": 1})), images(), None);
    std::fs::create_dir(at("model.opaque")).unwrap();
    let opaque =
        "{\n  \"file\": \"model.pickle\",\n  \"runtime\": \"majority\",\n  \"version\": 1\n}\n";
    std::fs::write(at("model.opaque").join("model.json"), opaque).unwrap();
    bench
}

#[test]
fn the_documents_are_what_is_written() {
    let bench = bench();
    let folder = mutants::folder(env!("CARGO_MANIFEST_DIR"), "../..");
    for name in ["model.mlp", "model.cnn", "model.resnet", "model.opaque"] {
        let text = std::fs::read_to_string(bench.path(name).join("model.json")).unwrap();
        let document = folder.join(format!("{name}.json"));
        if std::env::var_os("INGOT_TEST_WRITE").is_some() {
            std::fs::write(&document, &text).unwrap();
        }
        let committed = std::fs::read_to_string(document).unwrap();
        assert_eq!(committed, text, "`INGOT_TEST_WRITE=1` writes {name} anew");
    }
    assert_eq!(mutants::documents(&folder, &["model"]).len(), 4);
}

#[test]
fn a_document_that_differs_in_one_place_is_read_or_refused_as_listed() {
    let folder = mutants::folder(env!("CARGO_MANIFEST_DIR"), "../..");
    let documents = mutants::documents(&folder, &["model"]);
    let bench = bench();
    let found = mutants::judged(&documents, |name, document: &Value| {
        let path = bench.path(name);
        std::fs::write(path.join("model.json"), document.to_string()).unwrap();
        TorchWorker.check("model", &path).is_ok()
    });
    let listed = mutants::accepted(&folder, &["both"], &documents);
    let more: Vec<_> = found.difference(&listed).collect();
    let less: Vec<_> = listed.difference(&found).collect();
    assert!(more.is_empty() && less.is_empty(), "read {more:#?}, refused {less:#?}");
}

#[test]
fn tensors_that_are_not_those_of_the_card_are_refused() {
    let bench = bench();
    let said = |name: &str| TorchWorker.check("model", &bench.path(name)).unwrap_err().message;
    let copy = |from: &str, to: &str| {
        let file = "weights.safetensors";
        std::fs::copy(bench.path(from).join(file), bench.path(to).join(file)).unwrap();
    };
    copy("model.mlp", "model.cnn");
    assert!(said("model.cnn").ends_with("is missing"), "{}", said("model.cnn"));
    std::fs::write(bench.path("model.mlp").join("weights.safetensors"), "none").unwrap();
    assert!(said("model.mlp").contains("not a safetensors file"), "{}", said("model.mlp"));
}
