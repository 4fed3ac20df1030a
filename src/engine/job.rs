//! [`Job`]: all that running one action takes, as one value.
//!
//! Owns what of a step its run needs: the action, the params that mean nothing to its key,
//! its limits, and which programs it starts by which names. A job is a blob of the store,
//! named by its digest; whoever has it and what the action reads can run it. Invariant: it
//! holds no value of a secret, no path of the machine that made it, and not what the step
//! is called. What it does not do: it says nothing of what should come of it; labels, locks
//! and gates stand beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ingot_protocol::{Platform, PluginLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::kinds::Provider;
use crate::manifest::{Tool, tool};
use crate::model::action::Action;
use crate::model::canonical::{self, CanonicalError};
use crate::plan::Step;

/// The version of the form.
pub const JOB: u32 = 1;

/// All that running one action takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// [`JOB`].
    pub job: u32,
    /// The action.
    pub action: Action,
    /// Every param, also those that mean nothing to the key.
    pub params: Map<String, Value>,
    /// The platform that it is started under.
    pub platform: Platform,
    /// The parts of the platform that a machine must have, or refuse.
    pub demands: BTreeSet<String>,
    /// The input ports that take several artifacts.
    pub many: BTreeSet<String>,
    /// Who does it.
    pub provider: JobProvider,
    /// What it may take.
    pub limits: Limits,
    /// How often it is run again after a failure of the machine.
    pub retries: u32,
}

/// Who does a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum JobProvider {
    /// The worker that the action names.
    Worker,
    /// A plugin, by its host.
    Plugin {
        /// The component.
        component: Digest,
        /// The plugin's own name for the kind.
        kind: String,
        /// What it is granted, sorted.
        grants: Vec<String>,
        /// What it may take.
        limits: PluginLimits,
    },
    /// The action's command.
    Command {
        /// The declared tool that its first word is, if it is one.
        first: Option<String>,
        /// The declared tools that it starts, by their names.
        tools: BTreeMap<String, JobTool>,
    },
}

/// A declared tool as any machine may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobTool {
    /// Its program: a name, or a path in the workspace.
    pub program: String,
    /// Further folders that it may read, as they are declared.
    pub reads: Vec<String>,
}

/// What a job may take of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Cores.
    pub cpu: u32,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// GPUs.
    pub gpu: u32,
    /// Milliseconds of the wall clock.
    pub milliseconds: Option<u64>,
}

impl Limits {
    /// The wall clock's limit.
    pub fn timeout(&self) -> Option<Duration> {
        self.milliseconds.map(Duration::from_millis)
    }
}

impl Job {
    /// The job of a step whose action is known; `tools` are those of the workspace.
    pub fn of(step: &Step, action: Action, tools: &BTreeMap<String, Tool>) -> Self {
        let provider = match (&step.provider, &step.command) {
            (Provider::Worker { .. }, _) => JobProvider::Worker,
            (Provider::Plugin { plugin, kind }, _) => JobProvider::Plugin {
                component: plugin.digest,
                kind: kind.clone(),
                grants: plugin.grants.clone(),
                limits: plugin.limits,
            },
            (Provider::Command, command) => {
                let run = command.as_ref().map(|command| command.run.as_slice());
                let folder = &step.home.folder;
                let started = tool::started(tools, folder, run.unwrap_or_default());
                let first = run.and_then(<[_]>::first).map(|word| word.value.as_str());
                let named = first.map(|first| tool::named(tools, folder, first));
                let first = named.and_then(|named| Some((*named.first()?.0).to_owned()));
                let tools = started.into_iter().map(|(name, tool)| {
                    let program = tool.in_key(name).to_owned();
                    let reads = tool.reads.iter().map(|read| read.value.clone()).collect();
                    (name.to_owned(), JobTool { program, reads })
                });
                JobProvider::Command { first, tools: tools.collect() }
            }
        };
        let many = step.kind.inputs.iter().filter(|port| port.many);
        let milliseconds =
            step.timeout.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let resources = &step.resources;
        Self {
            job: JOB,
            action,
            params: step.params.all.clone(),
            platform: step.platform.clone(),
            demands: step.platform_places.keys().cloned().collect(),
            many: many.map(|port| port.name.clone()).collect(),
            provider,
            limits: Limits {
                cpu: resources.cpu,
                memory: resources.memory,
                gpu: resources.gpu,
                milliseconds,
            },
            retries: step.retries,
        }
    }

    /// The bytes of the blob.
    pub fn encode(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::encode(self)
    }

    /// What names it.
    pub fn digest(&self) -> Result<Digest, CanonicalError> {
        Ok(Digest::of(&self.encode()?))
    }

    /// The job with these bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CanonicalError> {
        canonical::decode(bytes)
    }

    /// Whether what stands beside the action is what the action says: the params and the
    /// platform of its key, and who does it.
    pub fn agrees(&self) -> bool {
        let action = &self.action;
        let params = action.params.iter().all(|(name, value)| self.params.get(name) == Some(value));
        let platform = action.platform.as_ref().is_none_or(|platform| *platform == self.platform);
        let provider = match &self.provider {
            JobProvider::Worker => action.command.is_none(),
            JobProvider::Plugin { component, .. } => {
                action.command.is_none() && action.worker.contains(&component.to_hex())
            }
            JobProvider::Command { .. } => action.command.is_some(),
        };
        params && platform && provider
    }

    /// Whether it keeps checkpoints: a worker may, a command that names them does. What
    /// another run left would else decide what a command gives.
    pub fn has_checkpoints(&self) -> bool {
        self.action.command.as_ref().is_none_or(|command| {
            let words = command.run.iter().chain(command.environment.values());
            words.into_iter().any(|word| word.contains("{checkpoint}"))
        })
    }

    /// Whether a GPU must be seen.
    pub fn has_gpu(&self) -> bool {
        self.limits.gpu > 0 || self.platform.device != "cpu"
    }
}
