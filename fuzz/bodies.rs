//! What must hold of any bytes: one function a format that the program reads.
//!
//! The fuzz targets call these, and so does `tests/fuzz.rs`, which mutates the seeds
//! without a fuzzer. Each one panics where something does not hold.

#![allow(clippy::unwrap_used, dead_code, reason = "each target calls one body")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ingot::diag::render::render;
use ingot::diag::{Diagnostic, Sources};
use ingot::kinds::Kinds;
use ingot::lockfile::Lock;
use ingot::manifest::{Overrides, load};
use ingot::model::Action;
use ingot::model::canonical;
use ingot::plan::plan;
use ingot::runner::command;
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
    let _ = command::events(bytes);
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

fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_slice(&serde_json::to_vec(value).unwrap()).unwrap()
}
