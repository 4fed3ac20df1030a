//! The lock after a build: what it found, beside what other builds recorded meanwhile.
//!
//! On disk: `ingot.lock`, read, merged and written under a lock of the store, so that of
//! two builds at once neither takes the other one's records.

use std::collections::BTreeSet;

use crate::engine::drive::Driven;
use crate::engine::event::BuildEvent;
use crate::engine::record;
use crate::lockfile::Lock;
use crate::manifest::member::member_of;
use crate::store::StoreError;
use crate::workspace::Stop;
use crate::workspace::analysis::Analysis;

/// What a build knows at its end.
pub(super) struct Ended<'a> {
    pub(super) analysis: Analysis<'a>,
    pub(super) driven: &'a Driven,
}

impl Ended<'_> {
    /// Writes the lock where its text is another one, and gives it. While one build writes
    /// it the others wait, and each keeps what those before it recorded.
    pub(super) fn write_lock(&self, emit: &mut dyn FnMut(BuildEvent)) -> Result<Lock, Stop> {
        let Analysis { workspace, plan, .. } = self.analysis;
        let steps = || plan.steps.iter().map(|step| step.name.as_str());
        let lock = self.updated(None)?;
        if workspace.lock.hold(&lock, steps())? {
            return Ok(lock);
        }
        let mut tell = |waiting| emit(BuildEvent::waiting(None, waiting));
        let _alone = match workspace.store.hold_workspace(&workspace.root, &mut tell) {
            // Who cannot write the store has recorded nothing there.
            Err(StoreError::Path(error)) if error.is_denied() => None,
            held => Some(held.map_err(|error| workspace.store_stop(&error))?),
        };
        let lock = match workspace.lock.newer()? {
            None => lock,
            newer => self.updated(newer)?,
        };
        workspace.lock.write(&lock, steps())?;
        Ok(lock)
    }

    /// The lock after this build. Where the build knows every step there is, the old lock
    /// says nothing that stays, and is read only to be sure that it is one. `newer` is what
    /// another build has written since this one read it.
    fn updated(&self, newer: Option<Lock>) -> Result<Lock, Stop> {
        let Self { analysis: Analysis { workspace, plan, inputs, forecast }, driven } = *self;
        let results = &driven.results;
        let known: BTreeSet<&str> =
            results.iter().map(|(index, _)| plan.steps[index].name.as_str()).collect();
        let knows_all = known.len() == plan.steps.len()
            && workspace.manifest.steps.keys().all(|step| known.contains(step.as_str()));
        let (mut old, declared) = match knows_all {
            true => (Lock::default(), plan.names()),
            false => {
                let old = newer.as_ref().or(workspace.lock.whole()?).cloned().unwrap_or_default();
                (old, workspace.plan_all()?.names())
            }
        };
        old.plugins = workspace.plugins.clone();
        let store = &workspace.store;
        let mut lock = record::update(old, &declared, plan, inputs, forecast, results, store)
            .map_err(|error| workspace.engine_stop(&error))?;
        if let Some(newer) = newer {
            let base = workspace.lock.whole()?.cloned().unwrap_or_default();
            lock.take_newer(&newer, &base, |step| known.contains(step));
        }
        Ok(lock)
    }

    /// Says which results the workspace needs, so that a collection keeps them though it may
    /// not be able to see the lock.
    pub(super) fn register(&self, lock: Option<&Lock>) -> Result<(), Stop> {
        let workspace = self.analysis.workspace;
        for member in workspace.place.members() {
            let own = |name: &str| member_of(name) == member.name;
            let needed = lock.map(|lock| {
                let steps = lock.steps.iter().filter(|(name, _)| own(name));
                steps.map(|(_, step)| step.key).collect()
            });
            let folder = workspace.place.folder(member);
            let registered = workspace.store.register(&folder, needed.as_ref());
            registered.map_err(|error| workspace.store_stop(&error))?;
        }
        Ok(())
    }
}
