//! [`Workspace`]: everything a command needs, opened once.
//!
//! Loads the manifests of the place where the command runs, finds the workers
//! and their descriptors, opens the store, reads the locks. Every mistake ends
//! the command with its diagnostics.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::locks::Locks;
use super::partitions::Partitions;
use super::plugins::{Finder, Pinned};
use super::store::{open_store, store_stop};
use super::{Opener, Place, Selection, Settings, Stop, declared, place, remotes, workers};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Level, Sources};
use crate::engine::inputs::{self, Inputs};
use crate::engine::places::Places;
use crate::engine::{Context, EngineError};
use crate::kinds::Kinds;
use crate::lockfile::Lock;
use crate::manifest::Day;
use crate::manifest::{Manifest, Overrides};
use crate::model::artifact::Content;
use crate::plan::{self, Plan, axes};
use crate::runner::launcher::Launcher;
use crate::runner::worker::Inquiry;
use crate::runner::{self, RunError};
use crate::store::lease::{Held, Lease};
use crate::store::remote::Address;
use crate::store::{Store, StoreError};
use crate::sys::{clock, env};

/// An opened workspace.
pub struct Workspace {
    /// The folder of the manifest; of a workspace's, the root's.
    pub root: PathBuf,
    /// The manifests, and where the command runs.
    pub place: Place,
    /// The manifest.
    pub manifest: Manifest,
    /// The texts that places point into.
    pub sources: Sources,
    /// The facts of this machine.
    pub settings: Settings,
    /// Every kind.
    pub kinds: Kinds,
    /// What its Wasm plugins are.
    pub plugins: Pinned,
    /// Path and content of the workers that stand in it.
    pub workers: Vec<(String, Content)>,
    /// One for each worker of the manifest that cannot be used, or is not trusted.
    unusable: Vec<Diagnostic>,
    /// Worker program -> the folders of its libraries.
    pub libraries: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// The store.
    pub store: Store,
    /// The locks of its members, in the workspace's names.
    pub lock: Locks,
    /// Keeps collections away while the command looks things up.
    pub hold: Option<Held>,
    /// Whether the command line alters the manifest, so that the lock is not written.
    pub altered: bool,
    /// Where sources stand on this machine.
    pub places: Places,
    /// Source -> what stands for it in this command, which the store has.
    pub replaced: BTreeMap<String, Content>,
    /// What starts steps in the sandbox: this program.
    pub launcher: Launcher,
}

/// The day on which waivers are judged, in UTC.
pub(super) fn today() -> Day {
    Day::of(clock::now())
}

impl Workspace {
    /// Opens the workspace that the command line names.
    pub fn open(opener: &Opener<'_>, selection: &Selection) -> Result<Self, Stop> {
        Self::open_part(opener, selection, false)
    }

    /// The workspace for a command that writes nothing. Where a worker of it cannot be used,
    /// the targets may need none: then what they need is all that is read.
    pub fn open_to_look(opener: &Opener<'_>, selection: &Selection) -> Result<Self, Stop> {
        let whole = Self::open_part(opener, selection, false)?;
        match whole.unusable.is_empty() || selection.targets.is_empty() {
            true => Ok(whole),
            false => {
                drop(whole);
                Self::open_part(opener, selection, true)
            }
        }
    }

    /// The workspace and its plan for a question about the targets: what they need is read
    /// and planned, and no more. If something there is wrong, the whole is read, so that
    /// every mistake is told.
    pub fn open_for(opener: &Opener<'_>, selection: &Selection) -> Result<(Self, Plan), Stop> {
        let part = Self::open_part(opener, selection, true);
        if let Ok(workspace) = part
            && let Ok(plan) = workspace.plan(&selection.targets)
        {
            return Ok((workspace, plan));
        }
        let workspace = Self::open(opener, selection)?;
        let plan = workspace.plan(&selection.targets)?;
        Ok((workspace, plan))
    }

    /// The workspace with the whole manifest, or as far as the targets need it.
    fn open_part(opener: &Opener<'_>, selection: &Selection, part: bool) -> Result<Self, Stop> {
        let place = place::find(opener.directory)?;
        let root = place.root.clone();
        let Selection { targets, set, profile } = selection;
        let overrides = Overrides { set: set.clone(), profile: profile.clone() };
        let altered = selection.alters();
        let settings = Settings::load(Some(&root))?;
        let partitions = Partitions { root: root.clone(), mounts: settings.mounts() };
        let loaded = match part {
            true => partitions.load_for(&place, targets, &overrides),
            false => partitions.load_all(&place, &overrides),
        };
        let sources = loaded.sources;
        let Some(mut manifest) = loaded.manifest.filter(|_| !has_errors(&loaded.diagnostics))
        else {
            return Err(Stop { diagnostics: loaded.diagnostics, sources });
        };
        settings.place_tools(&mut manifest)?;
        let store = open_store(&root)?;
        let hold = store.hold().map_err(|error| store_stop(&error))?;
        let launcher = launcher()?;
        let mut found = workers::find(&settings.workers().value, Some(&store), &launcher);
        let finder = declared::Finder { root: &root, launcher: &launcher, store: &store };
        let mut declared = finder.find(&manifest);
        found.workers.append(&mut declared.workers);
        let (mut kinds, mut mistakes) = Kinds::new(found.workers.clone());
        let finder = Finder {
            root: &root,
            workers: &found,
            launcher: &launcher,
            store: &store,
            tell: opener.tell,
        };
        let (plugins, unusable) = finder.add(&manifest, &mut kinds);
        // The kinds that a plugin would have are missing for another reason.
        let whole = unusable.is_empty() && declared.mistakes.is_empty();
        mistakes.extend(unusable);
        if whole && needs_worker(&manifest, &kinds) {
            mistakes.extend(found.missing);
        }
        if whole {
            mistakes.extend(left_out(&manifest, &kinds, &found.left_out));
        }
        if !has_errors(&mistakes) {
            manifest = axes::spread(&manifest, &kinds, &mut mistakes).into_owned();
        }
        if has_errors(&mistakes) {
            return Err(Stop { diagnostics: mistakes, sources });
        }
        let lock = Locks::of(&place);
        let libraries = found.libraries;
        let places = Places {
            workspace: root.clone(),
            store: store.root().to_owned(),
            mounts: settings.mounts(),
        };
        let mut workspace = Self {
            root,
            places,
            replaced: BTreeMap::new(),
            place,
            manifest,
            sources,
            settings,
            kinds,
            plugins,
            workers: declared.contents,
            unusable: declared.mistakes,
            libraries,
            store,
            lock,
            hold: Some(hold),
            altered,
            launcher,
        };
        let from = workspace.settings.cache_from()?.map(|set| set.value);
        workspace.attach(from.as_ref(), None)?;
        Ok(workspace)
    }

    /// Puts the store in front of the remotes at these addresses.
    pub fn attach(&mut self, from: Option<&Address>, to: Option<&Address>) -> Result<(), Stop> {
        let lock = if from.is_some() { self.lock.whole()? } else { None };
        self.store.attach(remotes::open(from, to, lock, &self.settings)?);
        Ok(())
    }

    /// The plan for these targets, as a person names them.
    pub fn plan(&self, targets: &[String]) -> Result<Plan, Stop> {
        let targets: Vec<String> =
            targets.iter().map(|target| self.manifest.full_name(target)).collect();
        self.plan_of(&targets)
    }

    /// The plan for every declared step.
    pub fn plan_all(&self) -> Result<Plan, Stop> {
        let every: Vec<String> = self.manifest.points.keys().cloned().collect();
        self.plan_of(&every)
    }

    /// The plan for these targets, by their names in the workspace.
    pub fn plan_of(&self, targets: &[String]) -> Result<Plan, Stop> {
        let planned = plan::plan(&self.manifest, &self.kinds, targets).map_err(|diagnostics| {
            // The kinds that these workers would have are missing for that reason.
            match self.unusable.is_empty() {
                true => self.stop(diagnostics),
                false => self.stop(self.unusable.clone()),
            }
        });
        planned.map(|mut plan| {
            plan.expire(today());
            plan
        })
    }

    /// The digests of what the plan reads.
    pub fn inputs(&self, plan: &Plan) -> Result<Inputs, Stop> {
        let inputs = inputs::digest(&self.places, &self.manifest, plan, &self.store);
        self.store.save_index().map_err(|error| self.store_stop(&error))?;
        let mut inputs = inputs.map_err(|diagnostics| self.stop(diagnostics))?;
        for (source, content) in &self.replaced {
            inputs.replace(source, *content);
        }
        Ok(inputs)
    }

    /// Makes sure that the store holds what these steps read of the workspace.
    pub fn ingest(
        &self,
        plan: &Plan,
        steps: impl Iterator<Item = usize>,
        inputs: &Inputs,
    ) -> Result<(), Stop> {
        let ingested =
            inputs::ingest(&self.places, &self.manifest, plan, steps, inputs, &self.store);
        ingested.map_err(|diagnostics| self.stop(diagnostics))
    }

    /// What every step of a build shares.
    pub fn context<'a>(
        &'a self,
        inputs: &'a Inputs,
        expected: BTreeMap<String, Duration>,
        locked: Option<&'a Lock>,
        lease: Option<&'a Lease>,
    ) -> Context<'a> {
        Context {
            workspace: &self.root,
            store: &self.store,
            inputs,
            launcher: &self.launcher,
            expected,
            lease,
            keep_failed: false,
            sandbox: true,
            locked,
            libraries: &self.libraries,
            judges: self.kinds.judges(),
            tools: &self.manifest.tools,
        }
    }

    /// Has a worker look at artifacts.
    pub fn inspecting<T>(
        &self,
        program: &Path,
        look: impl FnOnce(&Inquiry<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let work = self.store.work_folder();
        let work = work.map_err(|error| RunError::Sandbox(error.to_string()))?;
        let libraries = self.libraries.get(program).map(Vec::as_slice).unwrap_or_default();
        look(&Inquiry { launcher: &self.launcher, program, libraries, work: work.path() })
    }

    /// An error of the store, as the end of a command.
    pub fn store_stop(&self, error: &StoreError) -> Stop {
        Stop { sources: self.sources.clone(), ..store_stop(error) }
    }

    /// An error of the engine, as the end of a command.
    pub fn engine_stop(&self, error: &EngineError) -> Stop {
        self.stop(vec![error.diagnostic()])
    }

    /// Diagnostics of this workspace, as the end of a command.
    pub fn stop(&self, diagnostics: Vec<Diagnostic>) -> Stop {
        Stop { diagnostics, sources: self.sources.clone() }
    }
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

/// What is said of the optional workers whose kinds steps have.
fn left_out(
    manifest: &Manifest,
    kinds: &Kinds,
    told: &BTreeMap<String, Diagnostic>,
) -> Vec<Diagnostic> {
    let mut wanted: BTreeMap<&str, &Diagnostic> = BTreeMap::new();
    for step in manifest.steps.values().filter(|step| kinds.get(&step.kind.value).is_none()) {
        let optional = runner::workers::optional(&step.kind.value);
        wanted.extend(optional.and_then(|name| Some((name, told.get(name)?))));
    }
    wanted.into_values().cloned().collect()
}

/// What starts steps in the sandbox: this program.
pub fn launcher() -> Result<Launcher, Stop> {
    env::program().map(Launcher::new).map_err(|error| {
        let mistake = Diagnostic::error("E0605", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("install `ingot` again"))
    })
}
