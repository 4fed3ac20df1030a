//! [`Bench`]: a folder in which steps of the data worker run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ingot_data::worker::DataWorker;
use ingot_protocol::{
    Event, Failure, Input, Lineage, Metric, Output, PROTOCOL, Platform, Request, Worker,
};
use serde_json::{Map, Value};

pub(crate) use crate::artifacts::{artifact, digest};

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
            cpus: 1,
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
