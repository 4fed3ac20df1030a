//! Plugins among the kinds: names, rules between them, identity.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{
    ArtifactType, Descriptor, Determinism, Expansion, InputPort, Kind, OutputPort, PROTOCOL,
    PluginLimits,
};
use serde_json::json;

use crate::diag::Span;
use crate::digest::Digest;
use crate::kinds::{Kinds, Plugin, plugin};

fn kind(name: &str) -> Kind {
    let input =
        InputPort { name: "data".into(), types: vec!["dataset".into()], ..InputPort::default() };
    let output = OutputPort { name: "data".into(), artifact_type: "dataset".into(), file: false };
    Kind {
        name: name.into(),
        summary: "does something".into(),
        revision: 1,
        params: json!({ "type": "object" }),
        inputs: vec![input],
        outputs: vec![output],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: Vec::new(),
    }
}

fn descriptor(kinds: Vec<Kind>) -> Descriptor {
    Descriptor {
        protocol: PROTOCOL,
        worker: "ingot-wasm".into(),
        stands_on: BTreeMap::from([("interface".to_owned(), "ingot:step@1.0.0".to_owned())]),
        types: Vec::new(),
        kinds,
        codes: BTreeMap::new(),
    }
}

fn plugin(name: &str, bytes: &[u8], descriptor: &Descriptor) -> Plugin {
    Plugin {
        name: name.into(),
        host: PathBuf::from("/ingot-wasm"),
        component: PathBuf::from("/plugins/it.wasm"),
        digest: Digest::of(bytes),
        identity: plugin::identity(Digest::of(bytes), descriptor),
        grants: Vec::new(),
        limits: PluginLimits::default(),
    }
}

/// The kinds of one plugin, and the codes of what is wrong.
fn added(name: &str, descriptor: Descriptor) -> (Kinds, Vec<&'static str>) {
    let (mut kinds, _) = Kinds::new(Vec::new());
    let plugin = plugin(name, b"wasm", &descriptor);
    let wrong = kinds.add(plugin, descriptor, Span::default());
    (kinds, wrong.iter().map(|diagnostic| diagnostic.code).collect())
}

#[test]
fn one_kind_is_called_like_its_plugin_and_answers_to_both_names() {
    let (kinds, wrong) = added("tidy", descriptor(vec![kind("filter")]));
    assert_eq!(wrong, [""; 0]);
    assert_eq!(kinds.get("tidy").unwrap().kind.name, "tidy");
    assert_eq!(kinds.get("tidy:filter").unwrap().kind.name, "tidy");
    assert!(kinds.get("filter").is_none());
}

#[test]
fn several_kinds_have_the_plugins_name_before_them_and_so_have_the_rules_between_them() {
    let rule = |kind: &str| Expansion {
        port: "state".into(),
        name: "fit".into(),
        kind: kind.into(),
        output: "data".into(),
        inputs: BTreeMap::new(),
        params: BTreeMap::new(),
        each: None,
    };
    let clip = Kind { expands: vec![rule("fit"), rule("split")], ..kind("clip") };
    let (kinds, wrong) = added("tidy", descriptor(vec![clip, kind("fit")]));
    assert_eq!(wrong, [""; 0]);
    let expands = &kinds.get("tidy:clip").unwrap().kind.expands;
    let to: Vec<&str> = expands.iter().map(|rule| rule.kind.as_str()).collect();
    assert_eq!(to, ["tidy:fit", "split"]);
    assert!(kinds.get("tidy").is_none());
}

#[test]
fn a_plugin_takes_no_name_and_no_type_that_is_taken() {
    let (_, wrong) = added("command", descriptor(vec![kind("run")]));
    assert_eq!(wrong, ["E0603"]);
    let other_files = ArtifactType {
        name: "files".into(),
        summary: "other files".into(),
        splits: Some("{split}/*".into()),
        checked: false,
        tests: None,
    };
    let types = vec![other_files];
    let (_, wrong) = added("tidy", Descriptor { types, ..descriptor(vec![kind("filter")]) });
    assert_eq!(wrong, ["E0603"]);
}

#[test]
fn a_plugin_is_its_bytes_and_its_interface_and_not_what_it_may_take() {
    let said = descriptor(vec![kind("filter")]);
    let one = plugin("tidy", b"one", &said);
    let limits = PluginLimits { fuel: 1, memory: 1, output: 1 };
    let limited = Plugin { limits, grants: vec!["seed".into()], ..plugin("other", b"one", &said) };
    assert_eq!(one.identity, limited.identity);
    assert_ne!(one.identity, plugin("tidy", b"two", &said).identity);
    let mut newer = said.clone();
    newer.stands_on.insert("interface".into(), "ingot:step@2.0.0".into());
    assert_ne!(one.identity, plugin("tidy", b"one", &newer).identity);
}
