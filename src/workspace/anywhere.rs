//! What is known of kinds and codes in a workspace or outside of one.

use super::open::launcher;
use super::partitions::Partitions;
use super::store::open_store;
use super::{Opener, Place, Settings, Stop, declared, place, plugins, workers};
use crate::diag::{Diagnostic, Sources};
use crate::kinds::Kinds;
use crate::manifest::{Manifest, Overrides};
use crate::runner::launcher::Launcher;
use crate::store::Store;

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
    fn of(opener: &Opener<'_>) -> Result<Self, Stop> {
        let place = place::find(opener.directory).ok();
        let root = place.as_ref().map(|place| place.root.clone());
        let settings = Settings::load(root.as_deref())?;
        let store = root.and_then(|root| open_store(&root).ok());
        let launcher = launcher()?;
        let found = workers::find(&settings.workers().value, store.as_ref(), &launcher);
        let load = |it: &Place| {
            let partitions = Partitions { root: it.root.clone(), mounts: settings.mounts() };
            partitions.load_all(it, &Overrides::default()).manifest
        };
        let manifest = place.as_ref().and_then(load).unwrap_or_default();
        Ok(Self { place, store, launcher, found, manifest })
    }
}

/// The codes of workers, in a workspace or outside of one, and what is wrong with the
/// workers that are not there. Nothing of a workspace runs: of its workers that are trusted
/// what they once said is known.
pub fn codes(opener: &Opener<'_>) -> Result<(Kinds, Vec<Diagnostic>), Stop> {
    let Anywhere { place, store, launcher, mut found, manifest } = Anywhere::of(opener)?;
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
pub fn kinds(opener: &Opener<'_>) -> Result<(Kinds, Vec<Diagnostic>), Stop> {
    let Anywhere { place, store, launcher, mut found, manifest: loaded } = Anywhere::of(opener)?;
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
        let finder =
            plugins::Finder { tell: opener.tell, root, workers, launcher: &launcher, store };
        let (_, unusable) = finder.add(&loaded, &mut kinds);
        missing.extend(unusable.into_iter().filter(|told| !found.missing.contains(told)));
    }
    Ok((kinds, missing))
}
