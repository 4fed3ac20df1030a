//! [`Plugin`]: a Wasm component among the kinds. Pure.
//!
//! A plugin's kinds are called `NAME:KIND` by the manifest's name for it; one with a
//! single kind is called `NAME`, and answers to both. Invariant: beside the name nothing
//! tells its kinds from built-in ones; its identity is its bytes, the interface that it
//! speaks, and what its host fixes of its semantics. What it is granted and limited to is
//! no part of that: it decides whether there is a result, never which.

use std::path::PathBuf;
use std::sync::Arc;

use ingot_protocol::{Descriptor, PluginLimits};

use super::{Kinds, Provided, Provider};
use crate::diag::{Diagnostic, Span};
use crate::digest::Digest;

/// A component, and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The manifest's name for it.
    pub name: String,
    /// The worker that hosts it.
    pub host: PathBuf,
    /// The component's file.
    pub component: PathBuf,
    /// The component's digest.
    pub digest: Digest,
    /// What stands for it in an action key.
    pub identity: String,
    /// What the manifest grants it, sorted.
    pub grants: Vec<String>,
    /// What it may take.
    pub limits: PluginLimits,
}

/// The identity of a component that says this of itself.
pub fn identity(digest: Digest, descriptor: &Descriptor) -> String {
    let mut identity = format!("wasm component={digest}");
    for (name, version) in &descriptor.stands_on {
        identity.push_str(&format!(" {name}={version}"));
    }
    identity
}

impl Kinds {
    /// Adds the kinds of a plugin; `place` is where it is declared.
    pub fn add(&mut self, plugin: Plugin, descriptor: Descriptor, place: Span) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let plugin = Arc::new(plugin);
        for artifact_type in descriptor.types {
            let name = artifact_type.name.clone();
            match self.types.get(&name) {
                Some(known) if known.splits != artifact_type.splits => diagnostics.push(
                    Diagnostic::error(
                        "E0603",
                        format!("the artifact type `{name}` is defined twice"),
                    )
                    .label(place, "by this plugin, too")
                    .help("this is the plugin's mistake: tell its author"),
                ),
                Some(_) => {}
                None => {
                    self.plugin_types.insert(name.clone(), Arc::clone(&plugin));
                    self.types.insert(name, artifact_type);
                }
            }
        }
        let own: Vec<String> = descriptor.kinds.iter().map(|kind| kind.name.clone()).collect();
        let full = |kind: &str| format!("{}:{kind}", plugin.name);
        let called = |kind: &str| if own.len() == 1 { plugin.name.clone() } else { full(kind) };
        for mut kind in descriptor.kinds {
            let local = kind.name.clone();
            kind.name = called(&local);
            for rule in &mut kind.expands {
                if own.contains(&rule.kind) {
                    rule.kind = called(&rule.kind);
                }
            }
            if let Some(first) = self.kinds.get(&kind.name) {
                diagnostics.push(
                    Diagnostic::error("E0603", format!("there are two kinds `{}`", kind.name))
                        .label(place, format!("`{}` provides one already", first.identity()))
                        .help("call the plugin otherwise"),
                );
                continue;
            }
            if kind.name != full(&local) {
                self.aliases.insert(full(&local), kind.name.clone());
            }
            let provider = Provider::Plugin { plugin: Arc::clone(&plugin), kind: local };
            self.kinds.insert(kind.name.clone(), Provided { kind: Arc::new(kind), provider });
        }
        diagnostics
    }
}
