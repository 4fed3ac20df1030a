//! What is frozen: the interface `ingot:step@1.0.0`, and a component that speaks it.
//!
//! `fixtures/step-1.0.0.wasm` was made once from the module beside it, and is never made
//! again: a host of any later version loads it, reads the same of it and runs it to the
//! same bytes. A new version of the interface gets a folder and a fixture of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Event;
use ingot_tables::dataset::{self, Schema};
use ingot_wasm::input::Input;
use serde_json::json;

use crate::bench::{Ask, Bench};
use crate::guest::wit;

const FIXTURE: &[u8] = include_bytes!("fixtures/step-1.0.0.wasm");

/// BLAKE3 of `plugins/wit/step.wit`.
const INTERFACE: &str = "545a1cd92871bd2086b06ccf22885cbde11f02905627d34aa7deeacd640cb7d9";

#[test]
fn the_interface_is_not_edited() {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in std::fs::read_dir(wit()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        files.insert(name, std::fs::read(path).unwrap());
    }
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["step.wit"], "another file in the folder is another interface");
    let found = blake3::hash(&files["step.wit"]).to_string();
    assert_eq!(
        found, INTERFACE,
        "plugins/wit/step.wit is frozen: plugins were built against it. Never edit it, not \
         even its comments: make a new version, in a folder of its own"
    );
}

/// BLAKE3 of the rows below, as a guest reads them.
const ROWS: &str = "7941bbdbdb738ddd2fbf6fee657a2c97e3e0d821856db38ff8ff3700729ae190";

#[test]
fn what_a_guest_sees_of_rows_is_as_it_was() {
    let schema: Schema = serde_json::from_value(json!({
        "version": 1, "modality": "table", "columns": [
            { "name": "row", "type": "int64", "role": "id", "nullable": false },
            { "name": "x", "type": "float64", "role": "feature", "nullable": true },
            { "name": "word", "type": "utf8", "role": "label", "nullable": false },
            { "name": "even", "type": "bool", "role": "ignore", "nullable": false },
        ]
    }))
    .unwrap();
    // More than a batch.
    let rows = 0..10_000i64;
    let x = rows.clone().map(|row| (row % 7 != 0).then(|| row as f64 / 8.0));
    let columns: [(&str, ArrayRef); 4] = [
        ("row", Arc::new(Int64Array::from_iter_values(rows.clone()))),
        ("x", Arc::new(Float64Array::from_iter(x))),
        (
            "word",
            Arc::new(StringArray::from_iter_values(rows.clone().map(|row| format!("w{row}")))),
        ),
        ("even", Arc::new(BooleanArray::from_iter(rows.map(|row| Some(row % 2 == 0))))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    dataset::write(&path, &schema, &BTreeMap::from([("train".to_owned(), batch)])).unwrap();
    let artifact = ingot_protocol::Input {
        artifact_type: "dataset".to_owned(),
        path,
        digest: String::new(),
        format: None,
        splits: Vec::new(),
        split: None,
    };
    let mut reader = Input::of("data", &artifact).unwrap().open("train").unwrap();
    let mut hasher = blake3::Hasher::new();
    loop {
        let bytes = reader.read(1 << 20).unwrap();
        if bytes.is_empty() {
            break;
        }
        hasher.update(&bytes);
    }
    assert_eq!(
        hasher.finalize().to_string(),
        ROWS,
        "a guest sees other bytes of the same rows: move SEMANTICS in src/engine.rs, so that \
         no result of before is taken for one of now"
    );
}

#[test]
fn a_component_of_the_first_version() {
    let bench = Bench::new();
    bench.compile(FIXTURE).well();
    let (ended, said) = bench.ask(&[]);
    assert!(ended.failed().starts_with("P0103: it imports `ingot:step/seed@1.0.0`"));
    assert_eq!(said, None);
    let (ended, said) = bench.ask(&["seed"]);
    ended.well();
    let mut said = serde_json::to_value(said.unwrap()).unwrap();
    // What the host adds of itself may grow.
    said.as_object_mut().unwrap().remove("stands_on");
    insta::assert_snapshot!(serde_json::to_string_pretty(&said).unwrap());

    let path = bench.write("input/part/one", "the bytes of a stream");
    let folder = path.parent().unwrap().parent().unwrap().to_owned();
    let ended = bench.step(&Ask {
        inputs: vec![("files", folder)],
        outputs: vec![("out", "files"), ("notes", "findings"), ("numbers", "metrics")],
        params: json!({ "name": "x" }),
        grants: vec!["seed".to_owned()],
        seed: Some(7),
        ..Ask::default()
    });
    ended.well();
    assert_eq!(std::fs::read(bench.path("w/out/out/part/one")).unwrap(), b"the bytes of a stream");
    assert_eq!(std::fs::read_to_string(bench.path("w/out/out/params")).unwrap(), r#"{"name":"x"}"#);
    let drawn = std::fs::read(bench.path("w/out/out/drawn")).unwrap();
    assert_eq!(drawn, ingot_protocol::seed::derive(7, "part/one", 3).to_le_bytes());
    assert_eq!(String::from_utf8_lossy(&ended.log), "a line of its log\n");
    let progress = Event::Progress { done: 1, total: 2, unit: "streams".to_owned() };
    assert_eq!(ended.events[0], progress);
    let told: Vec<String> = ["notes", "numbers"]
        .map(|port| std::fs::read_to_string(bench.path("w/out").join(port)).unwrap())
        .into();
    insta::assert_snapshot!(told.join("\n"));
}
