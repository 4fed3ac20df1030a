//! [`Plan`]: the graph of steps for the chosen targets; inputs still symbolic.
//!
//! Pure: a [`Manifest`] and [`Kinds`] in, a plan or all diagnostics out
//! ([`plan`]). Cycles, missing ports and wrong types fail here, with both
//! places; no file is opened. Invariant: [`Plan::steps`] is in topological
//! order with ties by name, so every index points backwards. What it does not
//! do: it computes no digest and looks nothing up.
//!
//! The stages, a file each: [`axes`] gives steps the points of the data that they read, [`draft`] takes each declared step apart, [`expand`]
//! and [`listed`] add the steps that fill ports, [`link`] resolves references, [`fit`]
//! says what does not fit where it stands, [`waivers`] puts waivers on their steps, [`order`] finds cycles and sorts, [`targets`]
//! cuts to what was asked for.

pub mod axes;
mod draft;
mod expand;
pub mod faults;
mod fit;
mod inert;
mod link;
mod listed;
mod order;
pub mod step_tests;
mod targets;
mod waivers;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ingot_protocol::{Determinism, Kind, OutputPort, Platform, Reads};
use serde_json::Value;

use crate::diag::{Diagnostic, Level, Span, Spanned};
use crate::kinds::params::{Checker, Params};
use crate::kinds::{Kinds, Provided, Provider};
use crate::manifest::Day;
use crate::manifest::{Command, Gate, Home, Manifest, Node, Resources};
pub use waivers::Waiver;

/// The steps to do, in topological order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// Indices of the steps that were asked for.
    pub targets: Vec<usize>,
    /// What is copied into the workspace.
    pub exports: Vec<Export>,
}

/// A declared or implied step with its ports linked.
#[derive(Debug, Clone)]
pub struct Step {
    /// The full name.
    pub name: String,
    /// The name without the point.
    pub base: String,
    /// Axis -> label.
    pub point: BTreeMap<String, String>,
    /// Which manifest declares it.
    pub home: Home,
    /// Where it was declared; for an implied step, its owner's place.
    pub span: Span,
    /// The kind.
    pub kind: Arc<Kind>,
    /// Who does it.
    pub provider: Provider,
    /// The provider's identity.
    pub worker: String,
    /// The params.
    pub params: Params,
    /// Input port -> feeds.
    pub inputs: BTreeMap<String, Vec<Group>>,
    /// Output port -> declaration.
    pub outputs: BTreeMap<String, OutputPort>,
    /// The declared platform.
    pub platform: Platform,
    /// Where each part of the platform that was written stands.
    pub platform_places: BTreeMap<String, Span>,
    /// The seed, for kinds that draw random numbers.
    pub seed: Option<Spanned<u64>>,
    /// For scheduling only.
    pub resources: Resources,
    /// The wall clock's limit.
    pub timeout: Option<Duration>,
    /// How often it is run again after a failure of the machine.
    pub retries: u32,
    /// Gates on the result.
    pub gates: Vec<Gate>,
    /// Errors of the result that somebody answers for.
    pub waivers: Vec<Waiver>,
    /// Indices of steps whose verdict must be a pass.
    pub requires: Vec<usize>,
    /// For the kind `command`.
    pub command: Option<Command>,
    /// Indices of every step it waits for, sorted.
    pub dependencies: Vec<usize>,
}

/// What one reference of the manifest puts on a port, in coordinate order.
/// A port that takes many sorts its groups by digest, so that neither a rename
/// nor the order of a list moves a key, unless it says that order means something.
pub type Group = Vec<Feed>;

/// One artifact on a port.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Where it comes from.
    pub origin: Origin,
    /// Which splits the step sees.
    pub cut: Cut,
    /// The artifact type.
    pub artifact_type: String,
    /// The split that all of it is.
    pub split: Option<String>,
    /// How a source is read as a dataset.
    pub format: Option<Value>,
    /// The reference as the manifest has it.
    pub reference: String,
    /// The reference's place.
    pub span: Span,
}

/// Where a feed comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A declared source.
    Source(String),
    /// A path in the workspace.
    Path(String),
    /// The same as code: without comments and layout.
    Code(String),
    /// A step's output.
    Output {
        /// Index of the step.
        step: usize,
        /// Its output port.
        port: String,
    },
}

/// Which splits of an artifact a step sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// The whole artifact.
    Whole,
    /// What the port reads, as far as it is there.
    Reads {
        /// The pattern of the files that belong to a split.
        pattern: String,
        /// The splits, sorted.
        splits: Vec<String>,
    },
    /// What the manifest asked for; each must be there.
    Asked {
        /// The pattern of the files that belong to a split.
        pattern: String,
        /// The splits, sorted.
        splits: Vec<String>,
    },
}

/// An output that is copied into the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The path in the workspace.
    pub path: String,
    /// Index of the step.
    pub step: usize,
    /// Its output port.
    pub port: String,
    /// The place.
    pub span: Span,
}

/// What a step is called and which index it has, while it is planned.
type Names = BTreeMap<String, usize>;

/// Plans what it takes to build `targets` (empty: the manifest's default).
pub fn plan(
    manifest: &Manifest,
    kinds: &Kinds,
    targets: &[String],
) -> Result<Plan, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let manifest = &*axes::spread(manifest, kinds, &mut diagnostics);
    let checker = Checker::default();
    let mut drafts = draft::drafts(manifest, kinds, &checker, &mut diagnostics);
    expand::expand(&mut drafts, kinds, &checker, &mut diagnostics);
    if diagnostics.iter().all(|diagnostic| diagnostic.level != Level::Error) {
        inert::check(manifest, &drafts, &mut diagnostics);
    }
    let mut steps = link::link(manifest, kinds, drafts, &mut diagnostics);
    waivers::attach(manifest, &mut steps, &mut diagnostics);
    fit::check_refused(&steps, &mut diagnostics);
    if diagnostics.iter().all(|diagnostic| diagnostic.level != Level::Error) {
        steps = order::sort(steps, &mut diagnostics);
    }
    let chosen = targets::choose(manifest, &steps, targets, &mut diagnostics);
    let exports = targets::exports(manifest, &steps, &mut diagnostics);
    if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
        diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span));
        // The points of a step are written once.
        diagnostics.dedup();
        return Err(diagnostics);
    }
    Ok(targets::cut(steps, &chosen, exports))
}

impl Step {
    /// Every feed with its port.
    pub fn feeds(&self) -> impl Iterator<Item = (&str, &Feed)> {
        self.inputs.iter().flat_map(|(port, groups)| {
            groups.iter().flatten().map(move |feed| (port.as_str(), feed))
        })
    }

    /// Whether an input port takes several artifacts.
    pub fn takes_many(&self, port: &str) -> bool {
        self.kind.inputs.iter().any(|declared| declared.name == port && declared.many)
    }

    /// Whether the order of the artifacts on an input port means something.
    pub fn is_ordered(&self, port: &str) -> bool {
        self.kind.inputs.iter().any(|declared| declared.name == port && declared.ordered)
    }

    /// What the same action promises of its bytes.
    pub fn determinism(&self) -> Determinism {
        match &self.command {
            Some(command) if command.network => Determinism::None,
            _ => self.kind.determinism,
        }
    }
}

impl Plan {
    /// Takes the waivers whose last day is over for what they are.
    pub fn expire(&mut self, today: Day) {
        waivers::expire(&mut self.steps, today);
    }

    /// The last day on which all of its waivers are as they are.
    pub fn until(&self) -> Option<Day> {
        let waivers = self.steps.iter().flat_map(|step| &step.waivers);
        waivers.filter(|it| !it.expired).map(|it| it.written.until.value).min()
    }

    /// The index of a step.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }

    /// The name of every step, in the plan's order.
    pub fn names(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.name.clone()).collect()
    }

    /// Name -> index of every step, for those who look up many.
    pub fn indices(&self) -> HashMap<&str, usize> {
        self.steps.iter().enumerate().map(|(index, step)| (step.name.as_str(), index)).collect()
    }

    /// Every ancestor of a step, sorted.
    pub fn ancestors(&self, step: usize) -> Vec<usize> {
        let mut seen = vec![false; self.steps.len()];
        let mut stack = vec![step];
        while let Some(index) = stack.pop() {
            for &dependency in &self.steps[index].dependencies {
                if !std::mem::replace(&mut seen[dependency], true) {
                    stack.push(dependency);
                }
            }
        }
        (0..self.steps.len()).filter(|&index| seen[index]).collect()
    }

    /// These steps and every step that waits for one of them, be it by way of others;
    /// sorted.
    pub fn with_dependents(&self, steps: &[usize]) -> Vec<usize> {
        let mut within = vec![false; self.steps.len()];
        for &step in steps {
            within[step] = true;
        }
        // A step stands behind all that it waits for.
        for index in 0..self.steps.len() {
            within[index] |= self.steps[index].dependencies.iter().any(|&before| within[before]);
        }
        (0..self.steps.len()).filter(|&index| within[index]).collect()
    }
}

/// A step that is being planned: its references are split up, not resolved.
#[derive(Debug, Clone)]
struct Draft {
    name: String,
    base: String,
    point: BTreeMap<String, String>,
    replicate: u32,
    home: Home,
    span: Span,
    provided: Provided,
    params: Params,
    /// Param -> the kinds that it lists for a rule, as they were written.
    lists: BTreeMap<String, Vec<Node>>,
    inputs: BTreeMap<String, Vec<Vec<DraftFeed>>>,
    /// Ports from which a step that it implies is fed.
    feeds: BTreeSet<String>,
    outputs: BTreeMap<String, OutputPort>,
    platform: Platform,
    platform_places: BTreeMap<String, Span>,
    /// Also where the kind draws nothing: a step that it implies may.
    seed: Spanned<u64>,
    resources: Resources,
    timeout: Option<Duration>,
    retries: u32,
    gates: Vec<Gate>,
    requires: Vec<Spanned<String>>,
    command: Option<Command>,
}

impl Draft {
    /// Whether it draws random numbers from its seed.
    fn draws(&self) -> bool {
        self.provided.kind.random || self.command.as_ref().is_some_and(|command| command.draws)
    }
}

/// One reference to one artifact.
#[derive(Debug, Clone)]
struct DraftFeed {
    reference: crate::manifest::Reference,
    /// What the port reads by itself.
    reads: Reads,
    /// The split that all of it is.
    split: Option<String>,
    span: Span,
}
