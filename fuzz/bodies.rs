//! What must hold of any bytes: one function a format that the program reads.
//!
//! The fuzz targets call these, and so does `tests/fuzz.rs`, which mutates the seeds
//! without a fuzzer. Each one panics where something does not hold.

#![allow(clippy::unwrap_used, dead_code, reason = "each target calls one body")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ingot::config::Owner;
use ingot::diag::render::render;
use ingot::diag::{Diagnostic, Sources, escape};
use ingot::digest::Digest;
use ingot::engine::job::Job;
use ingot::kinds::Kinds;
use ingot::lockfile::Lock;
use ingot::manifest::{Overrides, load};
use ingot::model::canonical;
use ingot::model::signature::PrivateKey;
use ingot::model::{Action, ActionKey};
use ingot::plan::plan;
use ingot::runner::command;
use ingot::store::Store;
use ingot::store::action_cache;
use ingot::store::fetch::Remotes;
use ingot::store::remote::folder::LAYOUT;
use ingot::store::remote::{Address, Remote};
use ingot::store::seal::Seal;
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

/// An action, a job or a folder that is decoded has these bytes and no others.
pub(crate) fn action(bytes: &[u8]) {
    let longer = [bytes, &[0]].concat();
    if let Ok(action) = Action::decode(bytes) {
        assert_eq!(action.encode().unwrap(), bytes);
        assert!(Action::decode(&longer).is_err(), "two texts of one action");
        assert_eq!(through_json(&action), action);
    }
    if let Ok(job) = Job::decode(bytes) {
        assert_eq!(job.encode().unwrap(), bytes);
        assert!(Job::decode(&longer).is_err(), "two texts of one job");
    }
    if let Ok(node) = canonical::decode::<Node>(bytes) {
        assert_eq!(canonical::encode(&node).unwrap(), bytes);
        assert!(canonical::decode::<Node>(&longer).is_err(), "two texts of one folder");
    }
}

/// The action whose record the fuzzed remote has.
const ACTION: &[u8] = include_bytes!("seeds/action/draw");

/// What an honest remote says: a record, its seal and a folder, with a zero byte in between.
/// In the record and where it was signed, the folder's digest stands for `NODE`.
const HONEST: &[u8] = include_bytes!("seeds/remote/honest");

/// A remote with a record, a seal and a folder of any bytes: whatever they are, a result that
/// counts for a trusted key is the one that it signed, and no tree is made that is not sound.
pub(crate) fn remote(bytes: &[u8]) {
    proven(bytes);
}

/// The same; and whether there is a result that counts for the trusted key.
pub(crate) fn proven(bytes: &[u8]) -> bool {
    let mut any = false;
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("remote");
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let [record, seal, node] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let (key, tree) = (Digest::of(ACTION), Digest::of(node));
    let record = String::from_utf8_lossy(record).replace("NODE", &tree.to_hex());
    let write = |below: &str, digest: Digest, bytes: &[u8]| {
        let hex = digest.to_hex();
        let shard = at.join(below).join(&hex[..2]);
        std::fs::create_dir_all(&shard).unwrap();
        std::fs::write(shard.join(&hex[2..]), bytes).unwrap();
    };
    std::fs::create_dir(&at).unwrap();
    std::fs::write(at.join("version"), LAYOUT).unwrap();
    write("blobs", key, ACTION);
    write("blobs", tree, node);
    write("records", key, record.as_bytes());
    write("seals", key, seal);
    for trust in [None, Some(vec![PrivateKey::of(&[7; 32]).public()])] {
        let is_proven = trust.is_some();
        let mut store = Store::open(&folder.path().join(format!("store{is_proven}"))).unwrap();
        let mut remotes = Remotes::default();
        (remotes.from, remotes.trust) = (Some(Remote::open(&Address::folder(&at)).unwrap()), trust);
        store.attach(remotes);
        let Some(found) = store.find(ActionKey(key)).unwrap() else { continue };
        any |= is_proven;
        if is_proven {
            let honest = HONEST.split(|byte| *byte == 0).next().unwrap();
            let honest = String::from_utf8_lossy(honest).replace("NODE", &tree.to_hex());
            let honest: serde_json::Value = serde_json::from_str(&honest).unwrap();
            assert_eq!(serde_json::to_value(&found).unwrap(), honest["result"], "forged");
        }
        let ports: Vec<&str> = found.outputs.keys().map(String::as_str).collect();
        if store.fetch(&found, &ports).unwrap() {
            found.outputs.values().for_each(|output| drop(store.view(output.content).unwrap()));
        }
    }
    if let Some(seal) = Seal::parse(seal) {
        assert_eq!(Seal::parse(&seal.render()), Some(seal));
    }
    any
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
    for owner in [Owner::User, Owner::Workspace] {
        config_of(owner, bytes);
    }
}

fn config_of(owner: Owner, bytes: &[u8]) {
    let mut diagnostics = Vec::new();
    let (text, config) = ingot::config::parse(owner, 0, bytes, &mut diagnostics);
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
