//! One case: a kind, its params, and what stands on its ports.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use arrow_array::RecordBatch;
use serde_json::{Value, json};

use super::{Outcome, in_host};
use crate::host::{Host, HostInput, HostOutput};
use crate::{Failure, Input, InputPort, Kind, Output, Run, Step};

/// One case of a step kind.
pub struct Case {
    pub(super) kind: Kind,
    run: fn(&Run) -> Result<(), Failure>,
    pub(super) params: Value,
    pub(super) seed: Option<u64>,
    pub(super) inputs: Vec<CaseInput>,
}

/// One artifact on an input port.
pub(super) struct CaseInput {
    pub(super) port: String,
    pub(super) artifact_type: String,
    pub(super) streams: BTreeMap<String, Rc<[u8]>>,
}

/// The bytes of a stream.
pub struct Stream(Vec<u8>);

impl Case {
    /// A case of this kind: no params but defaults, no seed, no inputs.
    pub fn new<S: Step>() -> Self {
        Self { kind: S::kind(), run: S::run, params: json!({}), seed: None, inputs: Vec::new() }
    }

    /// The params as the manifest has them. The defaults of the schema's
    /// `properties` are filled in; the schema is not checked, which is the host's
    /// part.
    #[must_use]
    pub fn params(self, params: Value) -> Self {
        Self { params, ..self }
    }

    /// The step's seed, for a kind that draws.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// An artifact on a port, of the first type that the port takes. A stream is
    /// text, bytes or batches; a port asked for twice gets a second artifact.
    ///
    /// # Panics
    /// Where the kind has no such port.
    #[must_use]
    pub fn input<S: Into<Stream>>(
        self,
        port: &str,
        streams: impl IntoIterator<Item = (&'static str, S)>,
    ) -> Self {
        let artifact_type = self.port(port).types.first().cloned().unwrap_or_default();
        self.input_of(port, &artifact_type, streams)
    }

    /// Like [`Case::input`], of a named artifact type.
    ///
    /// # Panics
    /// Where the kind has no such port.
    #[must_use]
    pub fn input_of<S: Into<Stream>>(
        mut self,
        port: &str,
        artifact_type: &str,
        streams: impl IntoIterator<Item = (&'static str, S)>,
    ) -> Self {
        let streams = streams.into_iter();
        self.add(port, artifact_type, streams.map(|(name, it)| (name.to_owned(), it.into().0)));
        self
    }

    /// An artifact on a port that is another case's output: how a chain of kinds
    /// is tested.
    ///
    /// # Panics
    /// Where the kind has no such port, or the outcome no such output.
    #[must_use]
    pub fn input_from(mut self, port: &str, outcome: &Outcome, output: &str) -> Self {
        let streams = outcome.outputs.get(output);
        let streams = streams.unwrap_or_else(|| panic!("no output port `{output}`")).clone();
        let artifact_type = self.port(port).types.first().cloned().unwrap_or_default();
        self.add(port, &artifact_type, streams.into_iter());
        self
    }

    fn port(&self, name: &str) -> &InputPort {
        let port = self.kind.inputs.iter().find(|port| port.name == name);
        port.unwrap_or_else(|| panic!("no input port `{name}`"))
    }

    /// Adds an artifact, cut to the splits that the port sees.
    fn add(
        &mut self,
        name: &str,
        artifact_type: &str,
        streams: impl Iterator<Item = (String, Vec<u8>)>,
    ) {
        let port = self.port(name);
        let has_splits = matches!(artifact_type, "dataset" | "predictions");
        let all = port.splits.is_empty() || !has_splits;
        let streams = streams
            .filter(|(stream, _)| all || port.splits.contains(stream))
            .map(|(stream, bytes)| (stream, bytes.into()))
            .collect();
        self.inputs.push(CaseInput {
            port: name.to_owned(),
            artifact_type: artifact_type.to_owned(),
            streams,
        });
    }

    /// Runs the case natively.
    ///
    /// # Errors
    /// The step's own failure.
    pub fn run(&self) -> Result<Outcome, Failure> {
        let inputs = self.inputs.iter().map(|input| {
            Input::new(HostInput {
                port: input.port.clone(),
                artifact_type: input.artifact_type.clone(),
                streams: input.streams.clone(),
            })
        });
        let created: Vec<_> =
            self.kind.outputs.iter().map(|_| Rc::new(RefCell::new(Vec::new()))).collect();
        let outputs = self.kind.outputs.iter().zip(&created).map(|(output, created)| {
            Output::new(HostOutput {
                port: output.name.clone(),
                artifact_type: output.artifact_type.clone(),
                created: Rc::clone(created),
            })
        });
        let host = Host { seed: self.seed, ..Host::default() };
        let params = self.complete_params().to_string();
        let run = Run::new(params, inputs.collect(), outputs.collect(), host);
        (self.run)(&run)?;
        let names = self.kind.outputs.iter().map(|output| output.name.clone());
        Ok(Outcome::of(run, names.zip(created)))
    }

    /// Runs the case natively and, where the environment names `INGOT_WASM` (the
    /// program `ingot-wasm`) and `INGOT_PLUGIN` (the built component), in the host
    /// too, whose answer must be the same.
    ///
    /// # Errors
    /// The step's own failure.
    ///
    /// # Panics
    /// Where the two answers differ, or the host cannot be run.
    pub fn check(&self) -> Result<Outcome, Failure> {
        let native = self.run();
        if let Some(host) = in_host::from_environment() {
            host.assert_same(self, &native);
        }
        native
    }

    /// The params with the defaults of the schema's `properties`.
    pub(super) fn complete_params(&self) -> Value {
        let mut params = self.params.clone();
        let properties = self.kind.params["properties"].as_object();
        if let (Some(params), Some(properties)) = (params.as_object_mut(), properties) {
            for (name, property) in properties {
                if let Some(default) = property.get("default") {
                    params.entry(name.clone()).or_insert_with(|| default.clone());
                }
            }
        }
        params
    }
}

impl From<Vec<u8>> for Stream {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Stream {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<RecordBatch> for Stream {
    fn from(batch: RecordBatch) -> Self {
        vec![batch].into()
    }
}

impl From<Vec<RecordBatch>> for Stream {
    /// # Panics
    /// Where there is no batch, or they have not one schema.
    fn from(batches: Vec<RecordBatch>) -> Self {
        let schema = batches.first().expect("a stream of batches needs one").schema();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &schema)
            .expect("memory takes all");
        batches.iter().for_each(|batch| writer.write(batch).expect("batches of one schema"));
        Self(writer.into_inner().expect("memory takes all"))
    }
}
