//! [`Kinds`]: every step kind there is, whoever provides it.
//!
//! Owns the table from kind name to descriptor and worker, the check of params
//! by their JSON Schema ([`params`]), and worker identities. Invariant: nothing
//! here starts a process or reads a file; descriptors come in as values. A
//! built-in kind has no privilege: `command` alone is the core's own, because
//! it has no worker.

pub mod command;
mod explain;
pub mod identity;
pub mod manifest_schema;
pub mod params;
pub mod plugin;
pub mod schema;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ingot_protocol::{ArtifactType, Code, Descriptor, Kind};

use crate::diag::Diagnostic;
use crate::model::artifact::Content;
pub use plugin::Plugin;

/// The artifact type that the core itself knows: one file or one tree.
pub const FILES: &str = "files";

/// Who does a kind's steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// A worker program.
    Worker {
        /// The program.
        program: PathBuf,
        /// The worker's identity, for the action key.
        identity: String,
    },
    /// A Wasm plugin.
    Plugin {
        /// The plugin.
        plugin: Arc<Plugin>,
        /// The plugin's own name for the kind.
        kind: String,
    },
    /// The core itself: the user's own programs.
    Command,
}

impl Provider {
    /// The component of a plugin.
    pub fn component(&self) -> Option<Content> {
        let Self::Plugin { plugin, .. } = self else { return None };
        Some(Content::File { digest: plugin.digest, executable: false })
    }
}

/// A kind and who provides it.
#[derive(Debug, Clone)]
pub struct Provided {
    /// The kind; every step of it shares this one.
    pub kind: Arc<Kind>,
    /// Its provider.
    pub provider: Provider,
}

impl Provided {
    /// What stands for the provider in an action key.
    pub fn identity(&self) -> &str {
        match &self.provider {
            Provider::Worker { identity, .. } => identity,
            Provider::Plugin { plugin, .. } => &plugin.identity,
            Provider::Command => command::IDENTITY,
        }
    }
}

/// Every kind and artifact type there is.
#[derive(Debug, Clone)]
pub struct Kinds {
    kinds: BTreeMap<String, Provided>,
    types: BTreeMap<String, ArtifactType>,
    /// Artifact type -> the worker that defined it first.
    inspectors: BTreeMap<String, PathBuf>,
    /// Artifact type of a plugin's own -> the plugin.
    plugin_types: BTreeMap<String, Arc<Plugin>>,
    /// Another name for a kind -> its name.
    aliases: BTreeMap<String, String>,
    /// Each worker's program, and what its codes mean.
    codes: Vec<(PathBuf, BTreeMap<String, Code>)>,
}

impl Kinds {
    /// The kinds of these workers, and `command`.
    ///
    /// Two workers that provide one name are a diagnostic; the first keeps it.
    pub fn new(workers: Vec<(PathBuf, String, Descriptor)>) -> (Self, Vec<Diagnostic>) {
        let mut kinds = Self {
            kinds: BTreeMap::new(),
            types: BTreeMap::new(),
            inspectors: BTreeMap::new(),
            plugin_types: BTreeMap::new(),
            aliases: BTreeMap::new(),
            codes: Vec::new(),
        };
        let mut diagnostics = Vec::new();
        kinds.types.insert(
            FILES.into(),
            ArtifactType {
                name: FILES.into(),
                summary: "one file or one folder".into(),
                splits: None,
                checked: false,
                tests: None,
            },
        );
        let command = Provided { kind: Arc::new(command::kind()), provider: Provider::Command };
        kinds.kinds.insert(command.kind.name.clone(), command);
        for (program, identity, descriptor) in workers {
            let own = descriptor.types.iter().map(|own| own.name.as_str());
            for name in own.chain([FILES]) {
                kinds.inspectors.entry(name.to_owned()).or_insert_with(|| program.clone());
            }
            for artifact_type in descriptor.types {
                match kinds.types.get(&artifact_type.name) {
                    Some(known) if known.splits != artifact_type.splits => diagnostics.push(
                        Diagnostic::error(
                            "E0603",
                            format!(
                                "two workers cut the artifact type `{}` differently",
                                known.name
                            ),
                        )
                        .help(format!("remove `{}`, or its older version", program.display())),
                    ),
                    Some(_) => {}
                    None => {
                        kinds.types.insert(artifact_type.name.clone(), artifact_type);
                    }
                }
            }
            for kind in descriptor.kinds {
                let identity = identity::of_kind(&identity, &kind, &descriptor.stands_on);
                let provider = Provider::Worker { program: program.clone(), identity };
                if let Some(first) = kinds.kinds.get(&kind.name) {
                    diagnostics.push(
                        Diagnostic::error(
                            "E0603",
                            format!("two workers provide the kind `{}`", kind.name),
                        )
                        .help(format!(
                            "remove `{}`, or the worker `{}` was taken from",
                            program.display(),
                            first.identity()
                        )),
                    );
                    continue;
                }
                let kind = Arc::new(kind);
                kinds.kinds.insert(kind.name.clone(), Provided { kind, provider });
            }
            kinds.codes.push((program, descriptor.codes));
        }
        (kinds, diagnostics)
    }

    /// A kind by name.
    pub fn get(&self, name: &str) -> Option<&Provided> {
        self.kinds.get(name).or_else(|| self.kinds.get(self.aliases.get(name)?))
    }

    /// Every kind, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Provided> {
        self.kinds.values()
    }

    /// An artifact type by name.
    pub fn artifact_type(&self, name: &str) -> Option<&ArtifactType> {
        self.types.get(name)
    }

    /// The worker that says what an artifact's bytes mean.
    pub fn inspector(&self, artifact_type: &str) -> Option<&Path> {
        self.inspectors.get(artifact_type).map(PathBuf::as_path)
    }

    /// The worker that knows a form of files: a kind of it reads one.
    pub fn of_form(&self, form: &str) -> Option<&Path> {
        self.kinds.values().find_map(|provided| match &provided.provider {
            Provider::Worker { program, .. } if schema::reads(&provided.kind.params, form) => {
                Some(program.as_path())
            }
            _ => None,
        })
    }

    /// Artifact type -> the worker that judges what others write under it.
    pub fn judges(&self) -> BTreeMap<String, PathBuf> {
        let checked = |name: &&String| self.types.get(*name).is_some_and(|known| known.checked);
        let judges = self.inspectors.iter().filter(|(name, _)| checked(name));
        judges.map(|(name, program)| (name.clone(), program.clone())).collect()
    }

    /// The plugin that defines an artifact type, where one does.
    pub fn inspecting_plugin(&self, artifact_type: &str) -> Option<&Plugin> {
        self.plugin_types.get(artifact_type).map(Arc::as_ref)
    }

    /// What a code of a worker means, whatever its case; of two workers that have it the
    /// first one's.
    pub fn code(&self, code: &str) -> Option<(&str, &Code)> {
        let code = code.to_ascii_uppercase();
        let found = self.codes.iter().find_map(|(_, codes)| codes.get_key_value(&code));
        found.map(|(code, meaning)| (code.as_str(), meaning))
    }

    /// Whether the worker that does a step tells what this code of it means.
    pub fn explains(&self, provider: &Provider, code: &str) -> bool {
        let worker = match provider {
            Provider::Worker { program, .. } => program,
            Provider::Plugin { plugin, .. } => &plugin.host,
            Provider::Command => return false,
        };
        self.codes.iter().any(|(program, codes)| program == worker && codes.contains_key(code))
    }

    /// The workers' codes, sorted.
    pub fn codes(&self) -> BTreeMap<&str, &Code> {
        let each = self.codes.iter().rev().flat_map(|(_, codes)| codes);
        each.map(|(code, meaning)| (code.as_str(), meaning)).collect()
    }

    /// Every artifact type, sorted by name.
    pub fn artifact_types(&self) -> impl Iterator<Item = &ArtifactType> {
        self.types.values()
    }
}
