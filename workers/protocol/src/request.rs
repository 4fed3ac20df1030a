//! One step to run: everything the worker may know, and nothing else.
//!
//! Paths are relative to the request file's folder, which is the working
//! directory of the run; a request can be kept and run again by hand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names at the top of an exec root that are its own: no input of a command stands there.
pub const OWN_NAMES: [&str; 5] = ["in", "out", "tmp", "checkpoint", "request.json"];

/// The content of `REQUEST.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The protocol version, [`crate::PROTOCOL`].
    pub protocol: u32,
    /// The kind to run.
    pub kind: String,
    /// The revision that the core planned with.
    pub revision: u32,
    /// Params, complete: defaults filled, coerced by the schema. A param with
    /// `"format": "ingot-path"` holds the path at which its content stands.
    pub params: Map<String, Value>,
    /// The step's seed, for kinds that draw random numbers. Draw only from
    /// [`crate::seed`], by purpose and index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The declared platform.
    pub platform: Platform,
    /// Input port -> artifacts. A port that was left empty is absent; a port
    /// that is not `many` has exactly one.
    pub inputs: BTreeMap<String, Vec<Input>>,
    /// Output port -> where to write it. The parent folder exists, the path does not.
    pub outputs: BTreeMap<String, Output>,
    /// A folder for temporary files.
    pub tmp: PathBuf,
    /// How many threads may work at once (`resources.cpu`). It is in no key, so it may change
    /// no bit of an output.
    #[serde(default = "one")]
    pub cpus: u64,
    /// A folder for checkpoints that outlives a killed run, where the core
    /// offers one: a worker finds here what its killed predecessor left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<PathBuf>,
    /// The ancestors' results, for kinds that want lineage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// The Wasm plugin that does the step, for a worker that hosts some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginRequest>,
}

fn one() -> u64 {
    1
}

/// The Wasm plugin that does a step, and what it may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRequest {
    /// The plugin's own name for the kind.
    pub kind: String,
    /// The compiled component.
    pub compiled: PathBuf,
    /// What the manifest grants it, sorted.
    pub grants: Vec<String>,
    /// What it may take.
    pub limits: PluginLimits,
}

/// What a plugin may take. A limit decides whether there is a result, never which one:
/// none is in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginLimits {
    /// WebAssembly operators.
    pub fuel: u64,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Bytes of output.
    pub output: u64,
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self { fuel: 1_000_000_000_000, memory: 1 << 30, output: 16 << 30 }
    }
}

/// What a platform-bound result depends on. All of it is declared, none detected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Threads to compute with.
    pub threads: u32,
    /// Instruction set: `default`, `avx2` or `avx512`.
    pub isa: String,
    /// `cpu` or `cuda`.
    pub device: String,
    /// `fp32` or `bf16`.
    pub precision: String,
}

impl Default for Platform {
    fn default() -> Self {
        Self { threads: 1, isa: "avx2".into(), device: "cpu".into(), precision: "fp32".into() }
    }
}

/// One artifact to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The artifact type; `files` for a source.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// Where its file or folder stands.
    pub path: PathBuf,
    /// The digest of what stands there, cut to the splits of the port.
    pub digest: String,
    /// How to read a source as a dataset (`[sources.NAME] format = {..}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// The splits that the port sees; empty for the whole artifact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
    /// The split that all of it is, where the manifest gives one artifact a split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
}

/// One artifact to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// Where to put the file or folder.
    pub path: PathBuf,
}

/// Where a step's inputs come from: every ancestor, in topological order with
/// ties by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Lineage {
    /// The pipeline's name.
    pub pipeline: String,
    /// The step that asks.
    pub step: String,
    /// The ancestors.
    pub steps: Vec<LineageStep>,
    /// Source name -> path and digest.
    pub sources: BTreeMap<String, LineageSource>,
}

/// One source among the ancestors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageSource {
    /// The path in the workspace.
    pub path: String,
    /// The digest of its content.
    pub digest: String,
}

/// One ancestor's recorded result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineageStep {
    /// The step's name.
    pub step: String,
    /// Its kind.
    pub kind: String,
    /// Its action key.
    pub key: String,
    /// Its params.
    pub params: Map<String, Value>,
    /// Its seed, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Input port -> references as the manifest names them (`split.data/test`).
    pub inputs: BTreeMap<String, Vec<String>>,
    /// Output port -> digest.
    pub outputs: BTreeMap<String, String>,
    /// The metric events of its result.
    pub metrics: Vec<crate::event::Metric>,
    /// The finding events of its result.
    pub findings: Vec<crate::event::Finding>,
    /// The waivers that cover some of them, for kinds that want to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<LineageWaiver>,
}

/// Who answers for an error that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageWaiver {
    /// The finding's name, or its code where it has none.
    pub finding: String,
    /// The code of the findings that it covers.
    pub codes: Vec<String>,
    /// The column, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How many rows were found, where rows are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How many rows it covers at most, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Why the error is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds: `2027-12-31`.
    pub until: String,
}
