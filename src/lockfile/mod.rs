//! [`Lock`]: what a pipeline was last built from and into; the file `ingot.lock`.
//!
//! Owns the form of `ingot.lock` (version 1) and the comparison of a lock with
//! a plan and its results. Pure: text in, text out; the file itself is the
//! caller's. Invariant: [`Lock::parse`] after [`Lock::render`] gives the same
//! lock, and equal locks have equal texts, so a build that changes nothing
//! changes no byte.
//!
//! The form: TOML, everything sorted, one field a line and one item of a list a
//! line, so that two branches that touch different steps merge by text.
//!
//! ```toml
//! version = 1
//!
//! [plugins.deskew]
//! path = "plugins/deskew.wasm"
//! content = "file:90c2.."
//!
//! [sources.scans]
//! path = "data/digits.csv"
//! content = "file:af13.."
//!
//! [[steps."tune@lr=0.001"]]
//! kind = "fine-tune"
//! ..
//! ```
//!
//! A step's record is the one member of an array of tables. A pipeline declares
//! one platform today; a record for a second one becomes a second member, told
//! apart by its `platform`, and moves no line of the first. The unique header
//! line keeps merges from pairing one step's lines with another's.

mod check;
pub mod compare;
mod merge;
mod parse;
mod render;

use std::collections::BTreeMap;

use ingot_protocol::{Determinism, Finding, Metric, Platform};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::action::{Action, ActionKey, CommandSpec};
use crate::model::artifact::{Artifact, Content};
use crate::model::result::{ActionResult, Verdict};
pub use check::Difference;

/// The version of the form.
pub const LOCK_VERSION: u32 = 1;

/// The file's name in the workspace.
pub const LOCK_FILE: &str = "ingot.lock";

/// What a pipeline was last built from and into.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lock {
    /// Wasm plugin -> what it was.
    pub plugins: BTreeMap<String, SourceRecord>,
    /// Source name -> what it was.
    pub sources: BTreeMap<String, SourceRecord>,
    /// Step name -> what it did.
    pub steps: BTreeMap<String, StepRecord>,
}

/// What a source or a plugin was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecord {
    /// The path, glob or address as declared.
    pub path: String,
    /// The content.
    pub content: Content,
}

/// What a step did: its action, in the terms of the manifest, and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// The kind.
    pub kind: String,
    /// The kind's revision.
    pub revision: u32,
    /// The worker's identity.
    pub worker: String,
    /// What the step promises of its bytes.
    pub determinism: Determinism,
    /// The action's key.
    pub key: ActionKey,
    /// The seed, for kinds that draw random numbers.
    pub seed: Option<u64>,
    /// The declared platform, for kinds whose bits depend on it.
    pub platform: Option<Platform>,
    /// Whether a tool of the command was not declared with identity files.
    pub weak_identity: bool,
    /// The params that are in the key.
    pub params: Map<String, Value>,
    /// What a command runs, for the kind `command`.
    pub command: Option<CommandSpec>,
    /// Input port -> what stood on it, in the action's order.
    pub inputs: BTreeMap<String, Vec<LockedInput>>,
    /// Output port -> artifact.
    pub outputs: BTreeMap<String, Artifact>,
    /// The result's metrics, in its order.
    pub metrics: Vec<Metric>,
    /// The result's findings, in its order: a step that wants lineage has them
    /// in its key, and the lock alone must give that key.
    pub findings: Vec<Finding>,
    /// The verdict of findings, waivers and gates.
    pub verdict: Verdict,
}

/// What stood on an input port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedInput {
    /// The reference as the manifest has it.
    pub from: String,
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// The content, cut to `splits`.
    pub content: Content,
    /// The splits that the port saw; empty for the whole artifact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
    /// The split that all of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// How a source was read as a dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
}

impl Lock {
    /// The lock with every step and source called otherwise, references to them too. A
    /// plugin has one name in a whole workspace.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&str) -> String) -> Self {
        let sources = self.sources.into_iter().map(|(name, record)| (rename(&name), record));
        let steps =
            self.steps.into_iter().map(|(name, record)| (rename(&name), record.renamed(&rename)));
        Self { plugins: self.plugins, sources: sources.collect(), steps: steps.collect() }
    }
}

impl StepRecord {
    /// The record with its references to steps and sources called otherwise.
    #[must_use]
    pub fn renamed(mut self, rename: &impl Fn(&str) -> String) -> Self {
        for (port, inputs) in &mut self.inputs {
            // A param's file, like a path, is no reference.
            let named = inputs
                .iter_mut()
                .filter(|input| !port.starts_with("params.") && !input.from.starts_with("./"));
            named.for_each(|input| input.from = rename(&input.from));
        }
        self
    }

    /// The record of an action and its result. `references` holds, for each
    /// input port, the manifest's reference of each input in the action's order.
    pub fn new(
        action: &Action,
        references: &BTreeMap<String, Vec<String>>,
        determinism: Determinism,
        result: &ActionResult,
        verdict: Verdict,
    ) -> Self {
        let inputs = action.inputs.iter().map(|(port, inputs)| {
            let texts = references.get(port).map(Vec::as_slice).unwrap_or_default();
            let locked = inputs.iter().enumerate().map(|(index, input)| LockedInput {
                from: texts.get(index).cloned().unwrap_or_default(),
                artifact_type: input.artifact_type.clone(),
                content: input.content,
                splits: input.splits.clone(),
                split: input.split.clone(),
                format: input.format.clone(),
            });
            (port.clone(), locked.collect())
        });
        Self {
            kind: action.kind.clone(),
            revision: action.revision,
            worker: action.worker.clone(),
            determinism,
            key: result.key,
            seed: action.seed,
            platform: action.platform.clone(),
            weak_identity: action.has_weak_identity(),
            params: action.params.clone(),
            command: action.command.clone(),
            inputs: inputs.collect(),
            outputs: result.outputs.clone(),
            metrics: result.metrics.clone(),
            findings: result.findings.clone(),
            verdict,
        }
    }
}

#[cfg(test)]
mod tests;
