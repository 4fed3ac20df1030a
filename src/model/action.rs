//! [`Action`]: one step with every input a digest; its bytes give the key.
//!
//! What enters the key is exactly what stands in this struct:
//!
//! | field | for |
//! |---|---|
//! | `encoding` | every action |
//! | `kind`, `revision`, `worker` | every action; `worker` is an identity, never a path |
//! | `params` | every action; complete, coerced, without what is not semantic |
//! | `inputs` | every action; each cut to the splits its port reads |
//! | `outputs` | every action; port and type, so that a command's declaration counts |
//! | `platform` | kinds whose class is `platform` |
//! | `seed` | kinds that draw random numbers |
//! | `command` | the kind `command` |
//! | `lineage` | kinds that want lineage |
//!
//! What does not enter: the step's name, its matrix point, paths outside the
//! workspace, resources, timeouts, anything detected. Invariant: a field is added only
//! together with a new [`ENCODING`], or such that it is absent from every action of before.

use std::collections::BTreeMap;
use std::fmt;

use ingot_protocol::{Lineage, Platform};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::artifact::Content;
use super::canonical::{self, CanonicalError};
use crate::digest::Digest;

/// The version of the encoding; enters every key.
pub const ENCODING: u32 = 1;

/// The digest of an action's canonical bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionKey(pub Digest);

impl fmt::Display for ActionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One step with every input resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// [`ENCODING`].
    pub encoding: u32,
    /// The kind's name.
    pub kind: String,
    /// The kind's revision.
    pub revision: u32,
    /// The identity of the worker that provides the kind.
    pub worker: String,
    /// The params that mean something.
    pub params: Map<String, Value>,
    /// Input port -> what it holds, in canonical order.
    pub inputs: BTreeMap<String, Vec<ActionInput>>,
    /// Output port -> artifact type.
    pub outputs: BTreeMap<String, String>,
    /// The declared platform, for kinds whose bits depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The seed, for kinds that draw random numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The command, for the kind `command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandSpec>,
    /// The ancestors' results, for kinds that want lineage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
}

/// One artifact on an input port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionInput {
    /// The artifact type.
    #[serde(rename = "type")]
    pub artifact_type: String,
    /// The content, cut to `splits`.
    pub content: Content,
    /// The splits that the port sees; empty for the whole artifact. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<String>,
    /// The split that all of it is, where the manifest gives one artifact a split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// How a source is read as a dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Value>,
    /// For a command's source or `./` input: the workspace path at which it
    /// stands in the exec root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What the kind `command` runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// The argument template, placeholders unexpanded.
    pub run: Vec<String>,
    /// The declared environment, with values.
    pub environment: BTreeMap<String, String>,
    /// Names of secrets; their values enter nothing.
    pub secrets: Vec<String>,
    /// Tool name -> identity.
    pub tools: BTreeMap<String, ToolIdentity>,
    /// Whether the network is there.
    pub network: bool,
}

/// What is known of a program that a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolIdentity {
    /// The program's name as declared.
    pub program: String,
    /// Identity file -> its content. Empty means a weak identity.
    pub files: BTreeMap<String, Content>,
}

impl Action {
    /// The canonical bytes: a blob of the store.
    pub fn encode(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::encode(self)
    }

    /// The action with these canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::decode(bytes)
    }

    /// The digest of the canonical bytes.
    pub fn key(&self) -> Result<ActionKey, CanonicalError> {
        Ok(ActionKey(Digest::of(&self.encode()?)))
    }

    /// Whether a tool of the command was not declared with identity files.
    pub fn has_weak_identity(&self) -> bool {
        self.command
            .as_ref()
            .is_some_and(|command| command.tools.values().any(|tool| tool.files.is_empty()))
    }
}
