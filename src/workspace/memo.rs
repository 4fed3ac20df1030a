//! The way of a build that has nothing to do: past the plan, by the memo of the last one.
//!
//! Only a plain build takes it: one without flags that alter, force or restrict.

use std::path::Path;
use std::time::Instant;

use super::open::today;
use super::place::Place;
use super::settings::Settings;
use super::store::{open_store, store_stop};
use super::trust::Trusted;
use super::{Stop, locks, place};
use crate::diag::Exit;
use crate::digest::Digest;
use crate::engine::event::BuildEvent;
use crate::engine::memo::{Finished, Memo};
use crate::runner::workers;
use crate::store::Store;
use crate::sys::env;

/// What a plain build was asked for.
pub struct MemoQuery {
    place: Place,
    name: Digest,
}

impl MemoQuery {
    /// Everything that decides what is planned, but for what stands in the sources.
    pub fn new(directory: Option<&Path>, targets: &[String]) -> Option<Self> {
        let place = place::find(directory).ok()?;
        let mut parts: Vec<Vec<u8>> = vec![
            b"ingot-memo 1".to_vec(),
            workers::facts(&env::program().ok()?)?.into_bytes(),
            place.root.as_os_str().as_encoded_bytes().to_vec(),
            place.current.clone().into_bytes(),
            env::variable("INGOT_WORKER_IDENTITY").unwrap_or_default().into_bytes(),
            Trusted::facts(&place.root),
        ];
        let settings = Settings::load(Some(&place.root)).ok()?;
        if settings.cache_to().ok()?.is_some() {
            return None;
        }
        for located in workers::locate(&settings.workers().value) {
            let program = located.program.unwrap_or_default();
            parts.push(located.name.into_bytes());
            parts.push(workers::facts(&program).unwrap_or_default().into_bytes());
        }
        for file in &place.files {
            parts.push(file.member.folder.clone().into_bytes());
            parts.push(file.bytes.clone());
        }
        parts.extend(targets.iter().map(|target| target.as_bytes().to_vec()));
        let mut text = Vec::new();
        for part in parts {
            text.extend((part.len() as u64).to_le_bytes());
            text.extend(part);
        }
        Some(Self { place, name: Digest::of(&text) })
    }

    /// The end of a build that has nothing to do, told to `emit`; nothing where that is
    /// not sure.
    pub fn replay(&self, emit: &mut dyn FnMut(BuildEvent)) -> Result<Option<Exit>, Stop> {
        let begun = Instant::now();
        let store = open_store(&self.place.root)?;
        let _hold = store.hold().map_err(|error| store_stop(&error))?;
        let memo = store.memo(self.name).ok().flatten().and_then(|bytes| Memo::parse(&bytes));
        let Some(memo) = memo else { return Ok(None) };
        let lock = locks::bytes(&self.place);
        let holds = memo.holds(&self.place.root, &lock, today(), &store);
        if !holds.map_err(|error| store_stop(&error))? {
            return Ok(None);
        }
        store.save_index().map_err(|error| store_stop(&error))?;
        for member in self.place.members() {
            store.touch(&self.place.folder(member));
        }
        // What cannot be written costs the next build a closer look.
        if let Ok(Some(aged)) = memo.aged(&store) {
            let _ = store.put_memo(self.name, &aged.bytes());
        }
        memo.events(begun.elapsed().as_secs_f64()).into_iter().for_each(emit);
        Ok(Some(if memo.is_broken() { Exit::Gate } else { Exit::Done }))
    }

    /// Leaves the memo of a build that ended with every result. What cannot be written
    /// costs the next one the whole way.
    pub fn leave(&self, finished: &Finished<'_>, store: &Store) {
        let lock = locks::bytes(&self.place);
        if let Ok(Some(memo)) = Memo::of(finished, &lock, store) {
            let _ = store.put_memo(self.name, &memo.bytes());
        }
    }
}
