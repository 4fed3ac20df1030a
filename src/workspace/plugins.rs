//! The Wasm plugins of a manifest: found, pinned, asked what they are ([`super::host`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ingot_protocol::{Descriptor, Inspection};

use super::Workspace;
use super::host::{Component, Host, machine_code};
use super::locks::LOCK;
use super::workers::Workers;
use crate::diag::Diagnostic;
use crate::digest::Digest;
use crate::kinds::{Kinds, Plugin, plugin};
use crate::lockfile::{Lock, SourceRecord};
use crate::manifest::{self, Manifest, PluginOrigin};
use crate::model::artifact::Content;
use crate::runner::launcher::Launcher;
use crate::runner::{RunError, workers};
use crate::store::Store;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// What the plugins of a manifest are found with.
pub struct Finder<'a> {
    /// The workspace's folder.
    pub root: &'a Path,
    /// The workers that there are.
    pub workers: &'a Workers,
    /// The program that sandboxes.
    pub launcher: &'a Launcher,
    /// Where descriptors are kept.
    pub store: &'a Store,
    /// Who is told that something takes a while.
    pub tell: fn(&str),
}

/// What a lock pins: name -> where the component comes from, and its content.
pub type Pinned = BTreeMap<String, SourceRecord>;

/// The largest component, so that none is read that its host would refuse.
const MOST: u64 = 64 << 20;

impl Finder<'_> {
    /// Adds the kinds of every plugin; gives what the plugins are, and all that is wrong.
    pub fn add(&self, manifest: &Manifest, kinds: &mut Kinds) -> (Pinned, Vec<Diagnostic>) {
        let mut pinned = Pinned::new();
        let mut diagnostics = Vec::new();
        if manifest.plugins.is_empty() {
            return (pinned, diagnostics);
        }
        let Some(program) = self.workers.host() else {
            let named = |missing: &&Diagnostic| missing.message.contains(workers::WASM);
            diagnostics.extend(self.workers.missing.iter().find(named).cloned());
            return (pinned, diagnostics);
        };
        let host = Host {
            program,
            libraries: &self.workers.libraries,
            launcher: self.launcher,
            store: self.store,
            tell: self.tell,
        };
        for (name, declared) in &manifest.plugins {
            match self.plugin(name, declared, &host) {
                Ok((record, plugin, descriptor)) => {
                    pinned.insert(name.clone(), record);
                    diagnostics.extend(kinds.add(plugin, descriptor, declared.span));
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        (pinned, diagnostics)
    }

    fn plugin(
        &self,
        name: &str,
        declared: &manifest::Plugin,
        host: &Host<'_>,
    ) -> Result<(SourceRecord, Plugin, Descriptor), Box<Diagnostic>> {
        let (file, content) = self.component(name, declared, host)?;
        let Content::File { digest, .. } = content else {
            let message = format!("the plugin `{name}` is a folder");
            return Err(Box::new(
                Diagnostic::error("E0505", message)
                    .label(declared.origin.span, "")
                    .help("name its .wasm file"),
            ));
        };
        let component = Component { file: &file, digest, grants: &declared.grants };
        let descriptor =
            host.described(name, component).map_err(|error| unusable(name, declared, &error))?;
        let plugin = Plugin {
            name: name.to_owned(),
            host: host.program.to_owned(),
            component: file,
            digest,
            identity: plugin::identity(digest, &descriptor),
            grants: declared.grants.clone(),
            limits: declared.limits,
        };
        let path = match &declared.origin.value {
            PluginOrigin::Path(path) => path.clone(),
            PluginOrigin::Remote { address, .. } => address.clone(),
        };
        Ok((SourceRecord { path, content }, plugin, descriptor))
    }

    /// Where a component is, and what it is.
    fn component(
        &self,
        name: &str,
        declared: &manifest::Plugin,
        host: &Host<'_>,
    ) -> Result<(PathBuf, Content), Box<Diagnostic>> {
        let path = match &declared.origin.value {
            PluginOrigin::Path(path) => path,
            PluginOrigin::Remote { address, sha256 } => {
                let fetched = host
                    .hosting(|hosting, work| hosting.fetched(address, sha256, work))
                    .map_err(|error| unusable(name, declared, &error))?;
                let bytes = bounded::read(&fetched, Bound::own(MOST))
                    .map_err(|error| unusable(name, declared, &error.into()))?;
                let digest = Digest::of(&bytes);
                return Ok((fetched, Content::File { digest, executable: false }));
            }
        };
        let size = fs::metadata(&self.root.join(path)).map_or(0, |found| found.len());
        if size > MOST {
            let message = format!("the plugin `{name}` has {size} bytes; {MOST} are the most");
            return Err(Box::new(
                Diagnostic::error("E0505", message)
                    .label(declared.origin.span, "")
                    .help("strip it, and leave data out of it"),
            ));
        }
        let content = self.store.digest_source(self.root, path, &[]).map_err(|error| {
            let there = fs::exists(&self.root.join(path));
            let help = match there {
                true => "make it readable",
                false => "build it, or bring it here: `ingot plugin build` makes one from source",
            };
            let diagnostic = Diagnostic::error("E0505", format!("there is no plugin at `{path}`"));
            let diagnostic = match there {
                true => diagnostic.caused_by(&error),
                false => diagnostic,
            };
            Box::new(diagnostic.label(declared.origin.span, "").help(help))
        })?;
        Ok((self.root.join(path), content))
    }
}

/// A plugin that its host refused, or that this machine has no room for.
fn unusable(name: &str, declared: &manifest::Plugin, error: &RunError) -> Box<Diagnostic> {
    let code = machine_code(error).unwrap_or("E0505");
    let diagnostic = Diagnostic::error(code, format!("the plugin `{name}` cannot be used"));
    let cause = format!("{}: {error}", error.code());
    let diagnostic = Diagnostic { causes: vec![cause], ..diagnostic };
    let diagnostic = diagnostic.label(declared.origin.span, "");
    Box::new(match error.help(name) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("look at the file, or take the plugin out"),
    })
}

/// What an artifact of a plugin's own type holds, where that can be found out.
pub fn inspect(
    workspace: &Workspace,
    plugin: &Plugin,
    artifact_type: &str,
    view: &Path,
) -> Option<Inspection> {
    let Workspace { launcher, libraries, store, .. } = workspace;
    let Plugin { host, component, digest, grants, .. } = plugin;
    let host = Host { program: host, libraries, launcher, store, tell: |_| {} };
    let compiled = host.hosting(|hosting, work| hosting.compiled(component, *digest, work)).ok()?;
    let asked = (artifact_type, view);
    host.hosting(|hosting, work| hosting.inspect(&compiled, grants, asked, work)).ok()
}

/// The plugins that are not as the lock has them.
pub fn changed(manifest: &Manifest, pinned: &Pinned, lock: &Lock) -> Vec<Diagnostic> {
    let changed = pinned.iter().filter(|(name, record)| lock.plugins.get(*name) != Some(*record));
    changed
        .map(|(name, record)| {
            let message = format!("the plugin `{name}` is not as {LOCK} has it");
            let place = manifest.plugins.get(name).map(|plugin| plugin.origin.span);
            let diagnostic =
                Diagnostic::error("E0902", message).label(place.unwrap_or_default(), "");
            let text = |record: Option<&SourceRecord>| match record {
                Some(SourceRecord { path, content }) => format!("{path} ({})", content.short()),
                None => "nothing".to_owned(),
            };
            let cause = format!("{} -> {}", text(lock.plugins.get(name)), text(Some(record)));
            let diagnostic = Diagnostic { causes: vec![cause], ..diagnostic };
            diagnostic.help(format!("bring the file back, or `ingot build` updates {LOCK}"))
        })
        .collect()
}
