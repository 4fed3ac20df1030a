//! What must hold of any bytes: one function a format that the program reads.
//!
//! The fuzz targets call these, and so does `tests/fuzz.rs`, which mutates the seeds
//! without a fuzzer. Each one panics where something does not hold.

#![allow(clippy::unwrap_used, dead_code, reason = "each target calls one body")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ingot::diag::render::render;
use ingot::diag::{Diagnostic, Sources, escape};
use ingot::digest::Digest;
use ingot::kinds::Kinds;
use ingot::lockfile::Lock;
use ingot::manifest::{Overrides, load};
use ingot::model::Action;
use ingot::model::action::ActionKey;
use ingot::model::canonical;
use ingot::plan::plan;
use ingot::runner::command;
use ingot::store::action_cache;
use ingot::store::tree::Node;
use ingot_protocol::{Descriptor, Event, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kinds that manifests are planned with: those of the worker of the tests.
static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let descriptor = serde_json::from_slice(include_bytes!("seeds/protocol/descriptor.json"));
    kinds(descriptor.unwrap())
});

fn kinds(descriptor: Descriptor) -> Kinds {
    Kinds::new(vec![(PathBuf::from("ingot-lines"), "ingot-lines".to_owned(), descriptor)]).0
}

/// A manifest is planned, or each mistake has its place in the text and can be shown.
pub(crate) fn manifest(bytes: &[u8]) {
    planned(bytes, &KINDS);
}

fn planned(bytes: &[u8], kinds: &Kinds) {
    let loaded = load(Path::new("ingot.toml"), bytes, &Overrides::default());
    for diagnostic in &loaded.diagnostics {
        shown(diagnostic, &loaded.sources);
    }
    let Some(manifest) = &loaded.manifest else {
        assert!(!loaded.diagnostics.is_empty(), "refused without a word");
        return;
    };
    match plan(manifest, kinds, &[]) {
        Ok(plan) => {
            for (index, step) in plan.steps.iter().enumerate() {
                assert!(step.dependencies.iter().all(|&before| before < index), "not in order");
            }
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "refused without a word");
            diagnostics.iter().for_each(|diagnostic| shown(diagnostic, &loaded.sources));
        }
    }
}

fn shown(diagnostic: &Diagnostic, sources: &Sources) {
    assert!(!diagnostic.help.is_empty(), "no fix: {diagnostic:?}");
    assert!(render(diagnostic, sources, false, 100).contains(diagnostic.code));
    for label in &diagnostic.labels {
        let (_, text) = &sources.files[label.span.file as usize];
        assert!(text.get(label.span.start..label.span.end).is_some(), "{diagnostic:?}");
    }
}

/// A lock that is read is written as one that reads the same, and written so again.
pub(crate) fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Lock::parse(text, 0) {
        Ok(lock) => {
            let written = lock.render();
            let read = Lock::parse(&written, 0);
            assert_eq!(read.as_ref(), Ok(&lock), "{written}");
            assert_eq!(read.unwrap().render(), written);
        }
        Err(diagnostic) => {
            let sources = Sources::of(PathBuf::from("ingot.lock"), text.to_owned());
            shown(&diagnostic, &sources);
        }
    }
}

/// An action or a folder that is decoded has these bytes and no others.
pub(crate) fn action(bytes: &[u8]) {
    let longer = [bytes, &[0]].concat();
    if let Ok(action) = Action::decode(bytes) {
        assert_eq!(action.encode().unwrap(), bytes);
        assert!(Action::decode(&longer).is_err(), "two texts of one action");
        assert_eq!(through_json(&action), action);
    }
    if let Ok(node) = canonical::decode::<Node>(bytes) {
        assert_eq!(canonical::encode(&node).unwrap(), bytes);
        assert!(canonical::decode::<Node>(&longer).is_err(), "two texts of one folder");
    }
}

/// What a worker says is understood as it was said, or refused.
pub(crate) fn protocol(bytes: &[u8]) {
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Ok(event) = serde_json::from_slice::<Event>(line) {
            assert_eq!(through_json(&event), event);
        }
    }
    if let Ok(request) = serde_json::from_slice::<Request>(bytes) {
        assert_eq!(through_json(&request), request);
    }
    if let Ok(descriptor) = serde_json::from_slice::<Descriptor>(bytes) {
        assert_eq!(through_json(&descriptor), descriptor);
        let names: Vec<&str> = descriptor.kinds.iter().map(|kind| kind.name.as_str()).collect();
        let manifest = of_kinds(&names);
        planned(manifest.as_bytes(), &kinds(descriptor));
    }
}

/// A manifest with a step of each kind, so that the schemas are read.
fn of_kinds(names: &[&str]) -> String {
    let mut manifest = "[pipeline]\nname = \"p\"\nedition = 1\n".to_owned();
    for (index, name) in names.iter().enumerate() {
        let name = serde_json::Value::from(*name);
        manifest.push_str(&format!("[steps.s{index}]\nkind = {name}\nepochs = 2\n"));
    }
    manifest
}

/// An events file is events, or refused with words that a terminal may see.
pub(crate) fn events(bytes: &[u8]) {
    match command::events(bytes) {
        Ok(events) => {
            let lines = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n");
            assert_eq!(command::events(lines.collect::<String>().as_bytes()).unwrap(), events);
        }
        Err(error) => {
            assert_eq!(error.code(), "E0806");
            assert!(error.help("s").is_some(), "no fix: {error}");
            on_a_terminal(&error.to_string());
        }
    }
}

/// A text is shown without anything that a terminal obeys, and JSON stays the same value.
fn on_a_terminal(text: &str) {
    let obeyed = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
    assert!(!escape::block(text).contains(obeyed), "{text:?}");
    assert_eq!(escape::line(text).lines().count().max(1), 1, "{text:?}");
    let coloured = escape::coloured(text);
    for (at, _) in coloured.match_indices('\u{1b}') {
        let rest = coloured[at + 1..].strip_prefix('[').unwrap();
        assert!(rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'));
    }
    let value = serde_json::json!([text, { text: text }]);
    let shown = escape::json(&value.to_string()).into_owned();
    assert!(!shown.contains(obeyed), "{shown:?}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
}

/// A config is read, or each mistake has its place in the text and a fix.
pub(crate) fn config(bytes: &[u8]) {
    let mut diagnostics = Vec::new();
    let (text, config) = ingot::config::parse(0, bytes, &mut diagnostics);
    on_a_terminal(&text);
    let sources = Sources::of(PathBuf::from("ingot.local.toml"), text);
    diagnostics.iter().for_each(|diagnostic| shown(diagnostic, &sources));
    let silent = ingot::config::Config::default();
    assert_eq!(config.clone().or(silent.clone()), config);
    assert_eq!(silent.or(config.clone()), config);
}

/// A record is one of its key, written as it was read, or none.
pub(crate) fn record(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let key = record.pointer("/result/key").and_then(|key| key.as_str()?.parse().ok());
    let Some(key) = key.map(ActionKey) else { return };
    let Some(result) = action_cache::parse(bytes, key) else { return };
    assert_eq!(result.key, key);
    let written = action_cache::render(&result).unwrap();
    assert_eq!(action_cache::parse(&written, key), Some(result));
    assert_eq!(action_cache::parse(&written, ActionKey(Digest::of(bytes))), None);
}

fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_slice(&serde_json::to_vec(value).unwrap()).unwrap()
}
