//! What a worker can do: its kinds, their parameters, ports and promises.
//!
//! A descriptor is a pure value: the core caches it by the worker's identity
//! and never asks twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Code;

/// Everything a worker says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The protocol version, [`crate::PROTOCOL`].
    pub protocol: u32,
    /// The worker's name, for example `ingot-data`.
    pub worker: String,
    /// What the worker stands on and its bits depend on, for example
    /// `libtorch = "2.11.0"`. Enters the action key of every kind whose class is
    /// [`Determinism::Platform`].
    #[serde(default)]
    pub stands_on: BTreeMap<String, String>,
    /// The artifact types that this worker defines.
    #[serde(default)]
    pub types: Vec<ArtifactType>,
    /// The kinds, sorted by name.
    pub kinds: Vec<Kind>,
    /// The worker's codes and what they mean, for `ingot error CODE`; within the bounds of
    /// [`crate::codes::check`]. They are in no key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, Code>,
}

/// A type of artifact: a name, and how its tree is cut into splits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactType {
    /// The name, for example `dataset`.
    pub name: String,
    /// One line for `ingot kinds`.
    pub summary: String,
    /// For a type with splits, the pattern of the files that belong to one:
    /// `data/{split}-*`. A file that matches the pattern for no requested split
    /// is cut from what a port sees; a file outside the pattern's folder is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub splits: Option<String>,
    /// Whether `inspect check` judges what somebody else wrote under this type.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub checked: bool,
    /// The kinds of which a test of a step is made, where files of a person's stand for such
    /// artifacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TypeTests>,
}

/// What `[tests.NAME]` makes of files, where a step takes or gives an artifact of this type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeTests {
    /// The kind that makes an artifact `data` of the files on its port `data`, in the form of
    /// the one on `like`; the param `form` says what the files are.
    pub fixture: String,
    /// The kind that compares `actual` with the files on `expected`, by its verdict; it gives
    /// `actual` in the form of the files: a folder with one file a split, or `whole`.
    pub compare: String,
    /// The kind that puts something wrong into a file on its port `data`, of which such an
    /// artifact, on `like`, is made: what its param `fault` lists, at the place that `index`
    /// counts. Its output `data` is a file of the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// One step kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// The name in the manifest, for example `fine-tune`.
    pub name: String,
    /// One line for `ingot kinds`.
    pub summary: String,
    /// Moves whenever the outputs for the same request could change.
    pub revision: u32,
    /// JSON Schema (draft 2020-12) of the params: an object, closed
    /// (`additionalProperties: false`), with defaults. A `oneOf` at the top
    /// whose branches fix one property by `const` selects the schema of the
    /// rest. Annotations the core reads: `"format": "ingot-path"` (a workspace
    /// path whose content enters the key), `"x-ingot-semantic": false` (stays
    /// out of the key), `"x-ingot-implied": true` (it is for steps that an [`Expansion`]
    /// adds, and refused where none of them is added), `"x-ingot-axis": "fold"` (how many
    /// points that axis of the step has), `"x-ingot-aliases": [..]` (other
    /// tools' words for it, for did-you-mean). A `$ref` stays within the schema.
    pub params: serde_json::Value,
    /// Input ports.
    pub inputs: Vec<InputPort>,
    /// What a port of any other name takes, where the manifest may add such; its name is
    /// empty. Tables that a query or a rule names stand on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub further: Option<InputPort>,
    /// Output ports.
    pub outputs: Vec<OutputPort>,
    /// What the same request promises about the bytes.
    pub determinism: Determinism,
    /// Whether the kind draws random numbers, so that a seed enters the key.
    #[serde(default)]
    pub random: bool,
    /// Whether the request carries the ancestors' results ([`crate::Lineage`]).
    #[serde(default)]
    pub lineage: bool,
    /// Whether the lineage also says which waivers the ancestors stand on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waivers: bool,
    /// Whether the kind runs on inputs whose step's verdict failed.
    #[serde(default)]
    pub accepts_failed: bool,
    /// The metrics that it measures by itself, sorted by name. It may report others, and it
    /// may leave out one that is undefined. They are in no key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<KindMetric>,
    /// What it may find that is an error: a name, such as `contract.range`, and the code of
    /// such findings. A waiver names one of these; where there are none, a code. They are in
    /// no key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, String>,
    /// How missing ports are filled by steps of other kinds, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expands: Vec<Expansion>,
}

/// A metric that a kind measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindMetric {
    /// The name in gates and reports.
    pub name: String,
    /// One line for `ingot kinds NAME`.
    pub summary: String,
    /// Which way it is better; absent where it describes and does not judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// An input port.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InputPort {
    /// The name, for example `data`.
    pub name: String,
    /// The artifact types it takes. A `dataset` port that lists `files` also
    /// takes a source with a `format`.
    pub types: Vec<String>,
    /// Whether a step must have it (after expansion).
    #[serde(default)]
    pub required: bool,
    /// Whether it takes several artifacts.
    #[serde(default)]
    pub many: bool,
    /// Whether the order of its artifacts means something. They then stand as
    /// the manifest lists them, and their order is in the key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// Which splits the step may see.
    #[serde(default)]
    pub reads: Reads,
    /// Whether artifacts on it may be given as splits, which the manifest names:
    /// `inputs.data = { train = "one", test = "other" }`. Then there is one a split.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_splits: bool,
    /// Whether the port only feeds an [`Expansion`]: the worker never sees it,
    /// and it is not in the key.
    #[serde(default)]
    pub forwarded: bool,
    /// Whether the step repeats what the steps on this port found, so that a waiver of it
    /// may name their findings, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeats: bool,
    /// Splits that nothing on this port may come from, be it by way of other
    /// steps: a plan in which it would is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refuses: Vec<String>,
}

/// The splits that a port reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// The whole artifact.
    #[default]
    All,
    /// These splits, sorted; `step.port/split` in the manifest overrides them.
    Splits(Vec<String>),
    /// What describes the artifact, and no file of a split.
    Description,
}

/// An output port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPort {
    /// The name, for example `model`.
    pub name: String,
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// Whether the output is one file (else a folder).
    #[serde(default)]
    pub file: bool,
}

/// What two runs of the same request promise about their outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Determinism {
    /// The same bytes on any machine.
    Bitwise,
    /// The same bytes on the same declared threads, isa, device and precision,
    /// with the same worker identity. These enter the key.
    Platform,
    /// No promise.
    None,
}

/// Fills a port with the outputs of new steps.
///
/// Without [`each`](Self::each) there is one new step, named `STEP/NAME`, and the rule
/// fires when `port` is empty and every port named in `inputs` is filled. With it there
/// is one new step for every kind that the owner's param lists, and what stands on the
/// port by itself stays there. Where the first fed port holds several artifacts, there
/// is one new step for each of them, told apart by the point's suffix.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expansion {
    /// The port to fill; with `each` one that takes many.
    pub port: String,
    /// The new step's name behind the slash; empty with `each`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The new step's kind; empty with `each`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The new step's output that fills the port. With `each`, a kind without such an
    /// output gives its first one of a type that the port takes.
    pub output: String,
    /// The new step's input port -> the port of this step whose reference it takes.
    pub inputs: BTreeMap<String, String>,
    /// The new step's param -> the param of this step it takes, where present.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// The param of this step that lists kinds: one new step each, named `STEP/` and
    /// the kind with `-` for `:`, the second one of a name with `-2` behind it. An item
    /// is a kind, or a table with a `kind` whose other entries are the new step's params.
    /// What it lists is seen on the port, so it is `"x-ingot-semantic": false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
}
