//! [`Bench`]: a folder in which steps of the data worker run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ingot_data::worker::DataWorker;
use ingot_protocol::{
    Event, Failure, Input, Lineage, Metric, Output, PROTOCOL, Platform, Request, Worker,
};
use serde_json::{Map, Value};

/// A folder that goes with the test.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a step; its outputs stand in `<name>/<port>`.
    pub(crate) fn run(
        &self,
        kind: &str,
        name: &str,
        params: Value,
        inputs: &[(&str, Input)],
    ) -> Result<Vec<Event>, Failure> {
        let described = DataWorker.describe();
        let kind = described.kinds.into_iter().find(|known| known.name == kind).unwrap();
        let folder = self.path(name);
        std::fs::create_dir(&folder).unwrap();
        let output = |port: &ingot_protocol::OutputPort| {
            let artifact_type = port.artifact_type.clone();
            (port.name.clone(), Output { artifact_type, path: folder.join(&port.name) })
        };
        let mut given: BTreeMap<String, Vec<Input>> = BTreeMap::new();
        for (port, input) in inputs {
            given.entry((*port).to_owned()).or_default().push(input.clone());
        }
        let request = Request {
            protocol: PROTOCOL,
            kind: kind.name,
            revision: kind.revision,
            params: params.as_object().cloned().unwrap_or_else(Map::new),
            seed: kind.random.then_some(17),
            platform: Platform::default(),
            inputs: given,
            outputs: kind.outputs.iter().map(output).collect(),
            tmp: folder.clone(),
            checkpoints: None,
            lineage: kind.lineage.then(|| Lineage { step: name.into(), ..Lineage::default() }),
            plugin: None,
        };
        let mut events = Vec::new();
        DataWorker.run(&request, &mut |event| events.push(event))?;
        Ok(events)
    }
}

/// A source file with its format.
pub(crate) fn source(path: &Path, format: Value) -> Input {
    Input { format: Some(format), ..artifact("files", path) }
}

/// An artifact of an earlier step.
pub(crate) fn artifact(artifact_type: &str, path: &Path) -> Input {
    Input {
        artifact_type: artifact_type.into(),
        path: path.to_owned(),
        digest: String::new(),
        format: None,
        splits: Vec::new(),
        split: None,
    }
}

/// The metrics among events.
pub(crate) fn metrics(events: &[Event]) -> impl Iterator<Item = &Metric> {
    events.iter().filter_map(|event| match event {
        Event::Metric(metric) => Some(metric),
        _ => None,
    })
}

/// A metric over all rows, of no comparison.
pub(crate) fn metric(events: &[Event], name: &str) -> f64 {
    let whole =
        |metric: &&Metric| metric.name == name && metric.slice.is_empty() && metric.than.is_none();
    metrics(events).find(whole).unwrap_or_else(|| panic!("no metric `{name}`")).value
}

/// The first half of a digest over the paths and bytes below a folder.
pub(crate) fn digest(folder: &Path) -> String {
    let mut files = BTreeMap::new();
    collect(folder, folder, &mut files);
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in files {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        files.insert(name, std::fs::read(path).unwrap());
    }
}
