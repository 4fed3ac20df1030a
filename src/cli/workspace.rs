//! [`Workspace`]: everything a command needs, opened once.
//!
//! Finds the manifest (in the folder or above it), loads it, finds the workers
//! and their descriptors, opens the store, reads the lock. Every mistake ends
//! the command with its diagnostics.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::exit::Stop;
use super::{Global, Selection, remotes, workers};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Level, Sources};
use crate::engine::Context;
use crate::engine::inputs::{self, Inputs};
use crate::kinds::Kinds;
use crate::lockfile::Lock;
use crate::manifest::{self, Manifest, Overrides};
use crate::plan::{self, Plan};
use crate::store::lease::{Held, Lease};
use crate::store::{Store, StoreError};
use crate::sys::{env, fs, process};

/// The manifest's name.
pub(super) const MANIFEST: &str = "ingot.toml";
/// The lock's name.
pub(super) const LOCK: &str = "ingot.lock";

/// An opened workspace.
pub(super) struct Workspace {
    /// The folder of the manifest.
    pub root: PathBuf,
    /// The manifest.
    pub manifest: Manifest,
    /// The texts that places point into.
    pub sources: Sources,
    /// Every kind.
    pub kinds: Kinds,
    /// Worker program -> the folders of its libraries.
    pub libraries: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The store.
    pub store: Store,
    /// The lock, where there is one.
    pub lock: Option<Lock>,
    /// Keeps collections away while the command looks things up.
    pub hold: Option<Held>,
    /// Whether the command line alters the manifest, so that the lock is not written.
    pub altered: bool,
}

impl Workspace {
    /// Opens the workspace that the command line names.
    pub(super) fn open(global: &Global, selection: &Selection) -> Result<Self, Stop> {
        let root = find_root(global)?;
        let path = root.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| environment("E0503", &error))?;
        let shown = Path::new(MANIFEST);
        let overrides = overrides(selection)?;
        let altered = !selection.set.is_empty() || selection.profile.is_some();
        let loaded = manifest::load(shown, &text, &overrides);
        let sources = loaded.sources;
        let Some(manifest) = loaded.manifest.filter(|_| !has_errors(&loaded.diagnostics)) else {
            return Err(Stop { diagnostics: loaded.diagnostics, sources });
        };
        let store = open_store(&root)?;
        let hold = store.hold().map_err(|error| store_stop(&error))?;
        let found = workers::find(Some(&store));
        let (kinds, mut mistakes) = Kinds::new(found.workers);
        if needs_worker(&manifest, &kinds) {
            mistakes.extend(found.missing);
        }
        if has_errors(&mistakes) {
            return Err(Stop { diagnostics: mistakes, sources });
        }
        let lock = read_lock(&root)?;
        let libraries = found.libraries;
        let mut workspace = Self {
            root,
            manifest,
            sources,
            kinds,
            libraries,
            store,
            lock,
            hold: Some(hold),
            altered,
        };
        workspace.attach(remotes::default_from().as_deref(), None)?;
        Ok(workspace)
    }

    /// Puts the store in front of the remotes in these folders.
    pub(super) fn attach(&mut self, from: Option<&Path>, to: Option<&Path>) -> Result<(), Stop> {
        self.store.attach(remotes::open(from, to, self.lock.as_ref())?);
        Ok(())
    }

    /// The plan for these targets.
    pub(super) fn plan(&self, targets: &[String]) -> Result<Plan, Stop> {
        plan::plan(&self.manifest, &self.kinds, targets)
            .map_err(|diagnostics| self.stop(diagnostics))
    }

    /// The digests of what the plan reads.
    pub(super) fn inputs(&self, plan: &Plan) -> Result<Inputs, Stop> {
        let inputs = inputs::digest(&self.root, &self.manifest, plan, &self.store);
        self.store.save_index().map_err(|error| self.store_stop(&error))?;
        inputs.map_err(|diagnostics| self.stop(diagnostics))
    }

    /// Makes sure that the store holds what these steps read of the workspace.
    pub(super) fn ingest(
        &self,
        plan: &Plan,
        steps: impl Iterator<Item = usize>,
        inputs: &Inputs,
    ) -> Result<(), Stop> {
        let ingested = inputs::ingest(&self.root, &self.manifest, plan, steps, inputs, &self.store);
        ingested.map_err(|diagnostics| self.stop(diagnostics))
    }

    /// What every step of a build shares.
    pub(super) fn context<'a>(
        &'a self,
        inputs: &'a Inputs,
        expected: BTreeMap<String, Duration>,
        locked: Option<&'a Lock>,
        lease: Option<&'a Lease>,
    ) -> Result<Context<'a>, Stop> {
        let launcher = env::program().map_err(|error| {
            let mistake = Diagnostic::error("E0605", error.to_string()).caused_by(&error);
            Stop::of(mistake.help("install `ingot` again"))
        })?;
        Ok(Context {
            workspace: &self.root,
            store: &self.store,
            inputs,
            launcher,
            expected,
            lease,
            locked,
            libraries: &self.libraries,
            tools: &self.manifest.tools,
        })
    }

    /// An error of the store, as the end of a command.
    pub(super) fn store_stop(&self, error: &StoreError) -> Stop {
        Stop { sources: self.sources.clone(), ..store_stop(error) }
    }

    /// Diagnostics of this workspace, as the end of a command.
    pub(super) fn stop(&self, diagnostics: Vec<Diagnostic>) -> Stop {
        Stop { diagnostics, sources: self.sources.clone() }
    }
}

/// An error of the store, as the end of a command.
pub(super) fn store_stop(error: &StoreError) -> Stop {
    let help = match error {
        StoreError::Path(error) if error.is_full() => "make room on the disk, and try again",
        _ => "make the store readable and writable",
    };
    Stop::of(Diagnostic::error(error.code(), error.to_string()).caused_by(error).help(help))
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
}

/// Whether a step has a kind that nobody here provides, and that is no typing
/// mistake for one that somebody does.
fn needs_worker(manifest: &Manifest, kinds: &Kinds) -> bool {
    manifest.steps.values().any(|step| {
        let names = kinds.iter().map(|provided| provided.kind.name.as_str());
        kinds.get(&step.kind.value).is_none() && nearest(&step.kind.value, names).is_none()
    })
}

/// Every kind of this machine, in a workspace or outside of one, and what is wrong
/// with the workers that are not there.
pub(super) fn kinds_anywhere(global: &Global) -> Result<(Kinds, Vec<Diagnostic>), Stop> {
    let store = find_root(global).ok().and_then(|root| open_store(&root).ok());
    let found = workers::find(store.as_ref());
    let (kinds, mistakes) = Kinds::new(found.workers);
    if mistakes.is_empty() {
        Ok((kinds, found.missing))
    } else {
        Err(Stop { diagnostics: mistakes, sources: Sources::default() })
    }
}

/// The nearest folder at or above the starting one that holds a manifest.
pub(super) fn find_root(global: &Global) -> Result<PathBuf, Stop> {
    let start = match &global.directory {
        Some(folder) => fs::canonical(folder).map_err(|error| usage(&error))?,
        None => env::directory().map_err(|error| usage(&error))?,
    };
    start
        .ancestors()
        .find(|folder| fs::exists(&folder.join(MANIFEST)))
        .map(Path::to_owned)
        .ok_or_else(|| {
            Stop::of(
                Diagnostic::error(
                    "E1001",
                    format!("there is no {MANIFEST} in {} or above it", start.display()),
                )
                .help("`ingot new NAME` starts a workspace; `-C DIR` names another folder"),
            )
        })
}

/// Where the store is: `INGOT_STORE`, else `.ingot` beside the manifest.
pub(super) fn store_folder(root: &Path) -> PathBuf {
    env::variable("INGOT_STORE").map_or_else(|| root.join(".ingot"), PathBuf::from)
}

pub(super) fn open_store(root: &Path) -> Result<Store, Stop> {
    let folder = store_folder(root);
    share(&folder);
    let store = Store::open(&folder).map_err(|error| {
        Stop::of(
            Diagnostic::error(error.code(), format!("cannot open the store {}", folder.display()))
                .caused_by(&error)
                .help("make the folder writable, or set INGOT_STORE to another one"),
        )
    })?;
    let _ = store.sweep_work();
    Ok(store)
}

/// Where a store or remote belongs to a group, what is made in it is for the group to write.
pub(super) fn share(folder: &Path) {
    if fs::is_of_a_group(folder) {
        process::let_group_write();
    }
}

fn read_lock(root: &Path) -> Result<Option<Lock>, Stop> {
    let path = root.join(LOCK);
    let Some(bytes) = fs::read_optional(&path).map_err(|error| environment("E0503", &error))?
    else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let sources = Sources { files: vec![(PathBuf::from(LOCK), text.clone())] };
    match Lock::parse(&text, 0) {
        Ok(lock) => Ok(Some(lock)),
        Err(diagnostic) => Err(Stop { diagnostics: vec![diagnostic], sources }),
    }
}

fn overrides(selection: &Selection) -> Result<Overrides, Stop> {
    let set = selection
        .set
        .iter()
        .map(|text| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Stop::of(
                    Diagnostic::error("E1002", format!("`--set {text}` has no `=`"))
                        .help("write `--set NAME=VALUE`"),
                )
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            Ok((name.to_owned(), value))
        })
        .collect::<Result<_, Stop>>()?;
    Ok(Overrides { set, profile: selection.profile.clone() })
}

fn usage(error: &crate::sys::PathError) -> Stop {
    Stop::of(Diagnostic::error("E1001", error.to_string()).caused_by(error).help("check `-C`"))
}

fn environment(code: &'static str, error: &crate::sys::PathError) -> Stop {
    Stop::of(
        Diagnostic::error(code, error.to_string()).caused_by(error).help("make the file readable"),
    )
}
