//! The table of kinds, whoever provides them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{ArtifactType, Descriptor, Determinism, Kind, PROTOCOL};
use serde_json::json;

use crate::kinds::{Kinds, Provider, identity, manifest_schema::manifest_schema};

fn kind(name: &str, determinism: Determinism) -> Kind {
    Kind {
        name: name.into(),
        summary: String::new(),
        revision: 1,
        params: json!({ "type": "object", "properties": { "rows": { "type": "integer" } } }),
        inputs: Vec::new(),
        outputs: Vec::new(),
        further: None,
        determinism,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

fn worker(name: &str, kinds: Vec<Kind>, splits: Option<&str>) -> (PathBuf, String, Descriptor) {
    let dataset = ArtifactType {
        name: "dataset".into(),
        summary: String::new(),
        splits: splits.map(str::to_owned),
        checked: false,
        tests: None,
    };
    let stands_on = BTreeMap::from([("zlib".into(), "1".into()), ("libtorch".into(), "2".into())]);
    let descriptor = Descriptor {
        protocol: PROTOCOL,
        worker: name.into(),
        stands_on,
        types: vec![dataset],
        kinds,
        codes: BTreeMap::new(),
    };
    (PathBuf::from(format!("/bin/{name}")), name.into(), descriptor)
}

#[test]
fn a_kind_s_identity_holds_what_its_bits_depend_on_and_no_path() {
    let kinds = vec![
        kind("split", Determinism::Bitwise),
        kind("train", Determinism::Platform),
        kind("ask", Determinism::None),
    ];
    let (kinds, mistakes) = Kinds::new(vec![worker("w", kinds, None)]);
    assert_eq!(mistakes, []);
    let identity = |name: &str| kinds.get(name).unwrap().identity().to_owned();
    assert_eq!(identity("split"), "w");
    assert_eq!(identity("train"), "w libtorch=2 zlib=1");
    assert_eq!(identity("ask"), "w libtorch=2 zlib=1");
    assert_eq!(identity("command"), "ingot-command");
    let binary = identity::of_worker("w", Some(crate::digest::Digest::of(b"")));
    assert_eq!(binary, format!("w binary={}", crate::digest::Digest::of(b"")));
}

#[test]
fn of_two_workers_with_one_kind_the_first_keeps_it_and_it_is_said() {
    let first = worker("a", vec![kind("train", Determinism::Bitwise)], None);
    let second = worker("b", vec![kind("train", Determinism::None)], None);
    let (kinds, mistakes) = Kinds::new(vec![first, second]);
    assert_eq!(kinds.get("train").unwrap().identity(), "a");
    let said: Vec<_> = mistakes.iter().map(|m| (m.code, m.message.as_str())).collect();
    assert_eq!(said, [("E0603", "two workers provide the kind `train`")]);
}

#[test]
fn no_worker_takes_the_place_of_the_core_s_own() {
    let (kinds, mistakes) =
        Kinds::new(vec![worker("w", vec![kind("command", Determinism::None)], None)]);
    assert_eq!(mistakes.len(), 1);
    assert_eq!(kinds.get("command").unwrap().provider, Provider::Command);
}

#[test]
fn two_workers_that_cut_one_type_differently_are_said() {
    let pattern = Some("data/{split}-*");
    let same = vec![worker("a", vec![], pattern), worker("b", vec![], pattern)];
    assert_eq!(Kinds::new(same).1, []);
    let other = vec![worker("a", vec![], pattern), worker("b", vec![], None)];
    let (kinds, mistakes) = Kinds::new(other);
    assert_eq!(kinds.artifact_type("dataset").unwrap().splits.as_deref(), pattern);
    let said: Vec<_> = mistakes.iter().map(|m| (m.code, m.message.as_str())).collect();
    assert_eq!(said, [("E0603", "two workers cut the artifact type `dataset` differently")]);
}

#[test]
fn the_manifest_s_schema_is_a_schema_and_knows_every_kind_s_params() {
    let (kinds, _) = Kinds::new(vec![worker("w", vec![kind("split", Determinism::None)], None)]);
    let schema = manifest_schema(&kinds);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let manifest = |kind: &str, rows: serde_json::Value| {
        json!({
            "pipeline": { "name": "p", "edition": 1 },
            "steps": { "a": { "kind": kind, "rows": rows } }
        })
    };
    assert!(validator.is_valid(&manifest("split", json!(3))));
    assert!(validator.is_valid(&manifest("split", json!("{params.rows}"))));
    assert!(!validator.is_valid(&manifest("split", json!("x"))));
    assert!(!validator.is_valid(&manifest("splt", json!(3))));
}
