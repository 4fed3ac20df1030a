//! The kinds of this worker: a folder for each, and what they share.
//!
//! Invariant: a kind's `REVISION` moves whenever the outputs for the same request
//! could change; golden tests hold a digest beside it.

pub mod fine_tune;
pub mod predict;
pub mod pretrain;
mod supervised;
pub mod train;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{
    ArtifactType, Descriptor, Event, Input, InputPort, Kind, OutputPort, PROTOCOL, Reads, Request,
};
use ingot_protocol::{Failure, codes, worker};
use serde_json::{Map, Value};

use crate::codes::CODES;
use crate::error::Error;
use crate::platform::Compute;
use crate::worker::Hooks;

/// What `describe` prints, given libtorch's version and build.
pub fn descriptor((version, build): (String, String)) -> Descriptor {
    Descriptor {
        protocol: PROTOCOL,
        worker: "ingot-torch".into(),
        stands_on: BTreeMap::from([("libtorch".into(), version), ("libtorch_build".into(), build)]),
        types: vec![ArtifactType {
            name: "model".into(),
            summary: "a trained network: model.json and weights.safetensors".into(),
            splits: None,
            checked: true,
            tests: None,
        }],
        kinds: kinds(),
        codes: codes::table(&[CODES]),
    }
}

/// The kinds, sorted by name.
pub fn kinds() -> Vec<Kind> {
    vec![fine_tune::kind(), predict::kind(), pretrain::kind(), train::kind()]
}

/// Does the step of a request.
pub fn run(
    request: &Request,
    compute: Compute,
    hooks: Hooks,
    emit: &mut dyn FnMut(Event),
) -> Result<(), Error> {
    let kind = kinds().into_iter().find(|kind| kind.name == request.kind);
    let unknown = |found: String| Error::Kind {
        kind: request.kind.clone(),
        revision: request.revision,
        found,
    };
    match kind {
        None => return Err(unknown("no such kind".into())),
        Some(kind) if kind.revision != request.revision => {
            return Err(unknown(format!("revision {}", kind.revision)));
        }
        Some(_) => {}
    }
    let step = Step { request, compute, hooks };
    match request.kind.as_str() {
        fine_tune::NAME | train::NAME => supervised::run(&step, emit),
        pretrain::NAME => pretrain::run(&step, emit),
        predict::NAME => predict::run(&step),
        _ => Err(unknown("no such kind".into())),
    }
}

/// One step and where it runs.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    request: &'a Request,
    compute: Compute,
    hooks: Hooks,
}

impl Step<'_> {
    fn input(&self, port: &str) -> Result<&Input, Error> {
        worker::single(self.request, port).map_err(protocol)
    }

    fn optional(&self, port: &str) -> Result<Option<&Input>, Error> {
        worker::optional(self.request, port).map_err(protocol)
    }

    fn output(&self, port: &str) -> Result<PathBuf, Error> {
        worker::output(self.request, port).map_err(protocol)
    }

    fn seed(&self) -> Result<u64, Error> {
        self.request.seed.ok_or_else(|| Error::NoSeed { kind: self.request.kind.clone() })
    }

    /// Names what the result of this request depends on, so that a checkpoint of
    /// another one is not taken up.
    fn identity(&self) -> String {
        let mut params = self.request.params.clone();
        params.remove("checkpoint_interval");
        let Request { kind, revision, seed, platform, .. } = self.request;
        let inputs: Vec<(&String, Vec<&String>)> = self
            .request
            .inputs
            .iter()
            .map(|(port, inputs)| (port, inputs.iter().map(|input| &input.digest).collect()))
            .collect();
        let text = serde_json::json!([kind, revision, seed, platform, params, inputs]).to_string();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }
}

/// A word among params that says what the rest is.
fn text<'a>(params: &'a Map<String, Value>, name: &str) -> Result<&'a str, Error> {
    let missing = || Error::Param { name: name.into(), what: "is missing".into() };
    params.get(name).and_then(Value::as_str).ok_or_else(missing)
}

fn protocol(failure: Failure) -> Error {
    Error::Protocol(failure.message)
}

/// A dataset port that reads these splits.
fn dataset_port(splits: &[&str]) -> InputPort {
    InputPort {
        name: "data".into(),
        types: vec!["dataset".into()],
        required: true,
        reads: Reads::Splits(splits.iter().map(|split| (*split).to_owned()).collect()),
        ..InputPort::default()
    }
}

/// A model port.
fn model_port(name: &str, required: bool) -> InputPort {
    InputPort { name: name.into(), types: vec!["model".into()], required, ..InputPort::default() }
}

/// An output folder.
fn output_port(name: &str, artifact_type: &str) -> OutputPort {
    OutputPort { name: name.into(), artifact_type: artifact_type.into(), file: false }
}
