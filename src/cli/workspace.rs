//! [`Workspace`]: everything a command needs, opened once.
//!
//! Loads the manifests of the place where the command runs, finds the workers
//! and their descriptors, opens the store, reads the locks. Every mistake ends
//! the command with its diagnostics.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::exit::Stop;
pub(super) use super::locks::LOCK;
use super::locks::Locks;
pub(super) use super::members::MANIFEST;
use super::members::Place;
use super::plugins::{Finder, Pinned};
use super::settings::Settings;
use super::tracked::{self, Tracked};
use super::{Global, Selection, declared, members, remotes, workers};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Level, Sources};
use crate::engine::Context;
use crate::engine::inputs::{self, Inputs};
use crate::engine::places::Places;
use crate::kinds::Kinds;
use crate::lockfile::Lock;
use crate::manifest::{self, Manifest, Overrides};
use crate::model::artifact::Content;
use crate::plan::{self, Plan};
use crate::runner::RunError;
use crate::runner::launcher::Launcher;
use crate::runner::worker::Asked;
use crate::store::lease::{Held, Lease};
use crate::store::{Store, StoreError};
use crate::sys::{env, fs, process};

/// An opened workspace.
pub(super) struct Workspace {
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
    /// What starts steps in the sandbox: this program.
    pub launcher: Launcher,
}

impl Workspace {
    /// Opens the workspace that the command line names.
    pub(super) fn open(global: &Global, selection: &Selection) -> Result<Self, Stop> {
        Self::open_part(global, selection, false)
    }

    /// The workspace for a command that writes nothing. Where a worker of it cannot be used,
    /// the targets may need none: then what they need is all that is read.
    pub(super) fn open_to_look(global: &Global, selection: &Selection) -> Result<Self, Stop> {
        let whole = Self::open_part(global, selection, false)?;
        match whole.unusable.is_empty() || selection.targets.is_empty() {
            true => Ok(whole),
            false => {
                drop(whole);
                Self::open_part(global, selection, true)
            }
        }
    }

    /// The workspace and its plan for a question about the targets: what they need is read
    /// and planned, and no more. If something there is wrong, the whole is read, so that
    /// every mistake is told.
    pub(super) fn open_for(global: &Global, selection: &Selection) -> Result<(Self, Plan), Stop> {
        let part = Self::open_part(global, selection, true);
        if let Ok(workspace) = part
            && let Ok(plan) = workspace.plan(&selection.targets)
        {
            return Ok((workspace, plan));
        }
        let workspace = Self::open(global, selection)?;
        let plan = workspace.plan(&selection.targets)?;
        Ok((workspace, plan))
    }

    /// The workspace with the whole manifest, or as far as the targets need it.
    fn open_part(global: &Global, selection: &Selection, part: bool) -> Result<Self, Stop> {
        let place = members::find(global)?;
        let root = place.root.clone();
        let overrides = overrides(selection)?;
        let altered = !selection.set.is_empty() || selection.profile.is_some();
        let (files, current) = (&place.files, &place.current);
        let loaded = match part {
            true => manifest::load_for(files, current, &selection.targets, &overrides),
            false => manifest::load_all(files, current, &overrides),
        };
        let sources = loaded.sources;
        let Some(mut manifest) = loaded.manifest.filter(|_| !has_errors(&loaded.diagnostics))
        else {
            return Err(Stop { diagnostics: loaded.diagnostics, sources });
        };
        let settings = Settings::load(Some(&root))?;
        settings.place_tools(&mut manifest)?;
        let store = open_store(&root)?;
        let hold = store.hold().map_err(|error| store_stop(&error))?;
        let launcher = launcher()?;
        let mut found = workers::find(&settings.workers().value, Some(&store), &launcher);
        let finder = declared::Finder { root: &root, launcher: &launcher, store: &store };
        let mut declared = finder.find(&manifest);
        found.workers.append(&mut declared.workers);
        let (mut kinds, mut mistakes) = Kinds::new(found.workers.clone());
        let finder = Finder { root: &root, workers: &found, launcher: &launcher, store: &store };
        let (plugins, unusable) = finder.add(&manifest, &mut kinds);
        // The kinds that a plugin would have are missing for another reason.
        let whole = unusable.is_empty() && declared.mistakes.is_empty();
        mistakes.extend(unusable);
        if whole && needs_worker(&manifest, &kinds) {
            mistakes.extend(found.missing);
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
        let from = workspace.settings.cache_from().map(|set| set.value);
        workspace.attach(from.as_deref(), None)?;
        Ok(workspace)
    }

    /// Puts the store in front of the remotes in these folders.
    pub(super) fn attach(&mut self, from: Option<&Path>, to: Option<&Path>) -> Result<(), Stop> {
        let lock = if from.is_some() { self.lock.whole()? } else { None };
        self.store.attach(remotes::open(from, to, lock, &self.settings)?);
        Ok(())
    }

    /// The plan for these targets, as a person names them.
    pub(super) fn plan(&self, targets: &[String]) -> Result<Plan, Stop> {
        let targets: Vec<String> =
            targets.iter().map(|target| self.manifest.full_name(target)).collect();
        self.plan_of(&targets)
    }

    /// The plan for every declared step.
    pub(super) fn plan_all(&self) -> Result<Plan, Stop> {
        let every: Vec<String> = self.manifest.points.keys().cloned().collect();
        self.plan_of(&every)
    }

    /// The plan for these targets, by their names in the workspace.
    pub(super) fn plan_of(&self, targets: &[String]) -> Result<Plan, Stop> {
        plan::plan(&self.manifest, &self.kinds, targets).map_err(|diagnostics| {
            // The kinds that these workers would have are missing for that reason.
            match self.unusable.is_empty() {
                true => self.stop(diagnostics),
                false => self.stop(self.unusable.clone()),
            }
        })
    }

    /// The digests of what the plan reads.
    pub(super) fn inputs(&self, plan: &Plan) -> Result<Inputs, Stop> {
        let inputs = inputs::digest(&self.places, &self.manifest, plan, &self.store);
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
        let ingested =
            inputs::ingest(&self.places, &self.manifest, plan, steps, inputs, &self.store);
        ingested.map_err(|diagnostics| self.stop(diagnostics))
    }

    /// What every step of a build shares.
    pub(super) fn context<'a>(
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
    pub(super) fn inspecting<T>(
        &self,
        program: &Path,
        look: impl FnOnce(&Asked<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let work = self.store.work_folder();
        let work = work.map_err(|error| RunError::Sandbox(error.to_string()))?;
        let libraries = self.libraries.get(program).map(Vec::as_slice).unwrap_or_default();
        look(&Asked { launcher: &self.launcher, program, libraries, work: work.path() })
    }

    /// Ends with the process: the store is closed, and what is only memory is left to it.
    pub(super) fn leave(self) {
        let Self { manifest, sources, lock, .. } = self;
        std::mem::forget((manifest, sources, lock));
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
    let mistake = Diagnostic::error(error.code(), error.to_string()).caused_by(error);
    Stop::of(mistake.help(error.help()))
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

/// What starts steps in the sandbox: this program.
pub(super) fn launcher() -> Result<Launcher, Stop> {
    env::program().map(Launcher::new).map_err(|error| {
        let mistake = Diagnostic::error("E0605", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("install `ingot` again"))
    })
}

/// Where a command runs that needs no workspace.
struct Anywhere {
    /// The workspace, where there is one, and its store.
    place: Option<Place>,
    store: Option<Store>,
    launcher: Launcher,
    /// The workers of the installation and of the user's config.
    found: workers::Workers,
    /// The manifest. One with mistakes has neither workers nor plugins here; a build tells
    /// of them.
    manifest: Manifest,
}

impl Anywhere {
    fn of(global: &Global) -> Result<Self, Stop> {
        let place = members::find(global).ok();
        let root = place.as_ref().map(|place| place.root.clone());
        let settings = Settings::load(root.as_deref())?;
        let store = root.and_then(|root| open_store(&root).ok());
        let launcher = launcher()?;
        let found = workers::find(&settings.workers().value, store.as_ref(), &launcher);
        let load =
            |it: &Place| manifest::load_all(&it.files, &it.current, &Overrides::default()).manifest;
        let manifest = place.as_ref().and_then(load).unwrap_or_default();
        Ok(Self { place, store, launcher, found, manifest })
    }
}

/// The codes of workers, in a workspace or outside of one, and what is wrong with the
/// workers that are not there. Nothing of a workspace runs: of its workers that are trusted
/// what they once said is known.
pub(super) fn codes_anywhere(global: &Global) -> Result<(Kinds, Vec<Diagnostic>), Stop> {
    let Anywhere { place, store, launcher, mut found, manifest } = Anywhere::of(global)?;
    if let (Some(place), Some(store)) = (&place, &store) {
        let finder = declared::Finder { root: &place.root, launcher: &launcher, store };
        found.workers.append(&mut finder.remembered(&manifest));
    }
    // Two workers with one kind are no reason to explain nothing.
    let (kinds, _) = Kinds::new(found.workers);
    Ok((kinds, found.missing))
}

/// Every kind of this machine, in a workspace or outside of one, and what is wrong
/// with the workers that are not there.
pub(super) fn kinds_anywhere(global: &Global) -> Result<(Kinds, Vec<Diagnostic>), Stop> {
    let Anywhere { place, store, launcher, mut found, manifest: loaded } = Anywhere::of(global)?;
    let mut missing = found.missing.clone();
    if let (Some(place), Some(store)) = (&place, &store) {
        let finder = declared::Finder { root: &place.root, launcher: &launcher, store };
        let mut declared = finder.find(&loaded);
        found.workers.append(&mut declared.workers);
        missing.append(&mut declared.mistakes);
    }
    let (mut kinds, mistakes) = Kinds::new(found.workers.clone());
    if !mistakes.is_empty() {
        return Err(Stop { diagnostics: mistakes, sources: Sources::default() });
    }
    if let (Some(place), Some(store)) = (&place, &store) {
        let (root, workers) = (&place.root, &found);
        let finder = Finder { root, workers, launcher: &launcher, store };
        let (_, unusable) = finder.add(&loaded, &mut kinds);
        missing.extend(unusable.into_iter().filter(|told| !found.missing.contains(told)));
    }
    Ok((kinds, missing))
}

/// The folder of the workspace that the command line, or the current folder, is in.
pub(super) fn find_root(global: &Global) -> Result<PathBuf, Stop> {
    Ok(members::find(global)?.root)
}

/// Opens the store of a workspace, wherever the settings say it is.
pub(super) fn open_store(root: &Path) -> Result<Store, Stop> {
    let folder = Settings::load(Some(root))?.store(root).value;
    refuse_committed(root, &folder)?;
    share(&folder);
    let store = Store::open(&folder).map_err(|error| {
        Stop::of(
            Diagnostic::error(error.code(), format!("cannot open the store {}", folder.display()))
                .caused_by(&error)
                .help("make the folder writable, or name another one in INGOT_STORE or in ingot.local.toml"),
        )
    })?;
    let _ = store.sweep_work();
    Ok(match copy_limit()? {
        Some(bytes) => store.copying_up_to(bytes),
        None => store,
    })
}

/// Refuses a store that came with the repository: its records would be believed.
fn refuse_committed(root: &Path, store: &Path) -> Result<(), Stop> {
    let name = match store.strip_prefix(root) {
        Ok(name) if fs::exists(store) => name.display().to_string(),
        _ => return Ok(()),
    };
    match tracked::tracked(root, &name) {
        Tracked::Yes => Err(Stop::of(
            Diagnostic::error("E0527", format!("git tracks {name}, the store's folder")).help(
                format!("what is in it is another's: `git rm -r --cached {name}`, and remove it"),
            ),
        )),
        // Who commits a store has no say in what the index says of it.
        Tracked::No | Tracked::Unknown(_) => Ok(()),
    }
}

/// Up to which size sources are copied, where the user says.
fn copy_limit() -> Result<Option<u64>, Stop> {
    let Some(text) = env::variable("INGOT_COPY_LIMIT") else { return Ok(None) };
    match manifest::bytes(&text) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(Stop::of(
            Diagnostic::error("E1011", format!("INGOT_COPY_LIMIT is `{text}`, which is no amount"))
                .help("write an amount such as 500MB or 20GiB"),
        )),
    }
}

/// Where a store or remote belongs to a group, what is made in it is for the group to write.
pub(super) fn share(folder: &Path) {
    if fs::is_of_a_group(folder) {
        process::let_group_write();
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
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect::<Result<_, Stop>>()?;
    Ok(Overrides { set, profile: selection.profile.clone() })
}
