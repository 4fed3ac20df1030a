//! [`Step`]: one declared step (one point of it, where it has a matrix).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::member::Home;
use super::node::Node;
use super::reference::Reference;
use crate::diag::{Span, Spanned};

/// One declared step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The full name: `tune`, or `tune@lr=0.001,replicate=2`.
    pub name: String,
    /// The name without the point.
    pub base: String,
    /// Axis -> label, for a step with matrix or replicates.
    pub point: BTreeMap<String, String>,
    /// The axes of its point that come with the data, which steps that read it have too.
    pub data_axes: BTreeSet<String>,
    /// Which replicate this is, from 1; the seed of the first is the step's own.
    pub replicate: u32,
    /// Where it is declared.
    pub home: Home,
    /// The place of the table's header.
    pub span: Span,
    /// The kind.
    pub kind: Spanned<String>,
    /// Input port -> references.
    pub inputs: BTreeMap<String, Vec<StepInput>>,
    /// Whether the value of an input port was written as a list.
    pub listed: Vec<String>,
    /// Every key that is no step key: the kind's params, substituted.
    pub params: BTreeMap<String, Node>,
    /// The step's own seed, else its pipeline's.
    pub seed: Spanned<u64>,
    /// Where `seed` and `replicates` were written in this step.
    pub seed_places: BTreeMap<String, Span>,
    /// The declared platform.
    pub platform: PlatformSpec,
    /// For scheduling only.
    pub resources: Resources,
    /// The wall clock's limit.
    pub timeout: Option<Duration>,
    /// How often it is run again after a failure of the machine.
    pub retries: u32,
    /// Gates on the result's metrics.
    pub gates: Vec<Gate>,
    /// Steps whose verdict must be a pass.
    pub requires: Vec<Spanned<String>>,
    /// For the kind `command`.
    pub command: Option<Command>,
}

/// One reference on an input port.
#[derive(Debug, Clone, PartialEq)]
pub struct StepInput {
    /// What stands there.
    pub reference: Spanned<Reference>,
    /// The split that all of it is: `inputs.data = { train = "one", test = "other" }`.
    pub split: Option<Spanned<String>>,
}

impl Step {
    /// A step of another kind beside this one, at home where this one is: it reads nothing yet
    /// and has no params.
    pub fn beside(&self, name: String, kind: &str, span: Span) -> Self {
        Self {
            base: name.clone(),
            name,
            point: BTreeMap::new(),
            data_axes: BTreeSet::new(),
            span,
            kind: Spanned::new(kind.to_owned(), span),
            inputs: BTreeMap::new(),
            listed: Vec::new(),
            params: BTreeMap::new(),
            seed_places: BTreeMap::new(),
            platform: PlatformSpec::default(),
            resources: Resources { cpu: 1, memory: None, gpu: 0 },
            timeout: None,
            gates: Vec::new(),
            requires: Vec::new(),
            command: None,
            ..self.clone()
        }
    }
}

/// What a step declares of its platform; what is absent has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlatformSpec {
    /// Where each part that was written stands.
    pub places: BTreeMap<String, Span>,
    /// Threads to compute with (default 1).
    pub threads: Option<u32>,
    /// `default`, `avx2` or `avx512` (default `avx2`).
    pub isa: Option<String>,
    /// `cpu` or `cuda` (default `cpu`).
    pub device: Option<String>,
    /// `fp32` or `bf16` (default `fp32`).
    pub precision: Option<String>,
}

/// What a step takes from the machine's pools while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// Cores.
    pub cpu: u32,
    /// Bytes of memory: its share of the pool and its limit.
    pub memory: Option<u64>,
    /// GPUs.
    pub gpu: u32,
}

/// What the kind `command` runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The argument template; placeholders are checked, not expanded.
    pub run: Vec<Spanned<String>>,
    /// Whether `{seed}` is in it: such a command draws random numbers.
    pub draws: bool,
    /// Output port -> artifact type.
    pub outputs: BTreeMap<String, Spanned<String>>,
    /// Output port of files -> how a dataset port reads them.
    pub formats: BTreeMap<String, Node>,
    /// The declared environment.
    pub environment: BTreeMap<String, Spanned<String>>,
    /// Names of secrets.
    pub secrets: Vec<Spanned<String>>,
    /// Whether the network is there.
    pub network: bool,
}

/// A condition on a metric of the step's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The gate's place.
    pub span: Span,
    /// The metric's name.
    pub metric: Spanned<String>,
    /// The bound.
    pub bound: Bound,
    /// With a confidence, the interval is judged instead of the value.
    pub confidence: Option<f64>,
    /// The slice it is about; empty for the whole.
    pub slice: BTreeMap<String, String>,
    /// `than = "baseline"`: the metric of the difference to it.
    pub than: Option<String>,
    /// What an interval across the bound means.
    pub inconclusive: Inconclusive,
}

/// A gate's bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// At least this.
    pub min: Option<f64>,
    /// At most this.
    pub max: Option<f64>,
}

/// What a gate says when the interval lies across the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inconclusive {
    /// The gate fails.
    #[default]
    Fail,
    /// The verdict is inconclusive: consumers are blocked, exit 4.
    Hold,
    /// The gate passes.
    Pass,
}
