//! What a store takes from its remote: results that it does not hold, and the blobs that
//! are read of them.
//!
//! Invariant: nothing enters the local store unchecked. A blob is hashed after it was
//! copied here and before it has its name. A record must be of this version and key, give
//! the outputs that its action declares (the action is a blob, so its key proves it), and
//! agree with the workspace's lock where that names the key. What fails is passed over: a
//! miss for as long as this process lives, and one [`Trouble`] to tell of. A record taken
//! from there is recorded here after the blobs that were asked for; the others stay there
//! until somebody reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::ingest::below;
use super::remote::{Remote, RemoteError};
use super::tree::{Entry, Leads, leads};
use super::{Store, StoreError, action_cache, cas, lock};
use crate::digest::Digest;
use crate::model::action::{Action, ActionKey};
use crate::model::artifact::Content;
use crate::model::result::ActionResult;
use crate::sys::fs;

/// The remotes of a store, and what was learnt of them.
#[derive(Debug, Default)]
pub struct Remotes {
    /// Where results are taken from.
    pub from: Option<Remote>,
    /// Where results are given to.
    pub to: Option<Remote>,
    /// What the workspace's lock says of outputs: a record that says otherwise is not
    /// what the workspace was built from.
    pub locked: BTreeMap<ActionKey, BTreeMap<String, Content>>,
    pub(super) seen: Seen,
}

/// What was learnt of the remotes.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Results that the remote alone has.
    borrowed: Mutex<BTreeSet<ActionKey>>,
    /// Results that are none for this process.
    passed_over: Mutex<BTreeSet<ActionKey>>,
    /// Blobs that are not what their name says.
    pub damaged: Mutex<BTreeSet<Digest>>,
    /// Blobs that the other remote is known to have.
    pub given: Mutex<BTreeSet<Digest>>,
    troubles: Mutex<Vec<Trouble>>,
    fetched: AtomicU64,
    fetched_bytes: AtomicU64,
}

/// Something about a remote that a person should hear of; it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A result was passed over.
    PassedOver {
        /// Where its record stands.
        record: String,
        /// Why.
        reason: String,
    },
    /// A blob was passed over.
    Blob {
        /// Where it stands.
        place: String,
        /// Why.
        reason: String,
    },
    /// Something was not given.
    NotGiven {
        /// What went wrong, with the place.
        reason: String,
    },
}

impl Remotes {
    /// Says that there is a remote to give to, and that nothing can be given to it.
    pub fn cannot_give(&self, error: &RemoteError) {
        self.seen.tell(Trouble::NotGiven { reason: reason(error) });
    }
}

impl Seen {
    pub(super) fn tell(&self, trouble: Trouble) {
        let mut troubles = lock(&self.troubles);
        if !troubles.contains(&trouble) {
            troubles.push(trouble);
        }
    }
}

impl Store {
    /// Puts the store in front of these remotes.
    pub fn attach(&mut self, remotes: Remotes) {
        self.remotes = remotes;
    }

    /// What there is to tell of the remotes; each is told once.
    pub fn troubles(&self) -> Vec<Trouble> {
        std::mem::take(&mut lock(&self.remotes.seen.troubles))
    }

    /// How many blobs, and how many bytes, were taken since this was asked last.
    pub fn fetched(&self) -> (u64, u64) {
        let Seen { fetched, fetched_bytes, .. } = &self.remotes.seen;
        (fetched.swap(0, Ordering::Relaxed), fetched_bytes.swap(0, Ordering::Relaxed))
    }

    /// The result of a key, recorded here or in the remote.
    pub fn find(&self, key: ActionKey) -> Result<Option<ActionResult>, StoreError> {
        let seen = &self.remotes.seen;
        if let Some(result) = self.get(key)? {
            return Ok(Some(result));
        }
        let Some(remote) = &self.remotes.from else { return Ok(None) };
        if lock(&seen.passed_over).contains(&key) {
            return Ok(None);
        }
        let believed = match remote.get_record(key) {
            Ok(None) => return Ok(None),
            Ok(Some(bytes)) => self.believe(key, &bytes)?,
            Err(error) => Err(reason(&error)),
        };
        match believed {
            Ok(result) => {
                lock(&seen.borrowed).insert(key);
                Ok(Some(result))
            }
            Err(reason) => {
                self.pass_over(key, reason);
                Ok(None)
            }
        }
    }

    /// The result in a record of the remote, or why it is none.
    fn believe(
        &self,
        key: ActionKey,
        bytes: &[u8],
    ) -> Result<Result<ActionResult, String>, StoreError> {
        let Some(result) = action_cache::parse(bytes, key) else {
            return Ok(Err("it is no record of this version and key".to_owned()));
        };
        let action = match self.read(key.0) {
            Ok(bytes) => Action::decode(&bytes).ok(),
            Err(StoreError::BlobMissing { .. } | StoreError::BlobDamaged { .. }) => None,
            Err(error) => return Err(error),
        };
        let Some(action) = action else {
            return Ok(Err("its action is not there".to_owned()));
        };
        let types = result.outputs.iter().map(|(port, output)| (port, &output.artifact_type));
        if !action.outputs.iter().eq(types) {
            return Ok(Err("its outputs are not those that its action declares".to_owned()));
        }
        let contents = result.outputs.iter().map(|(port, output)| (port, &output.content));
        let agrees = self.remotes.locked.get(&key).is_none_or(|locked| locked.iter().eq(contents));
        match agrees {
            true => Ok(Ok(result)),
            false => Ok(Err("its outputs are not those that the lock names".to_owned())),
        }
    }

    /// Makes a result of the remote a miss; what it was taken for is to be thought anew.
    fn pass_over(&self, key: ActionKey, reason: String) {
        let Remotes { from, seen, .. } = &self.remotes;
        lock(&seen.borrowed).remove(&key);
        lock(&seen.passed_over).insert(key);
        if let Some(remote) = from {
            seen.tell(Trouble::PassedOver { record: remote.record_place(key), reason });
        }
    }

    /// Whether a result that [`Store::find`] gave is the remote's, and still believed.
    fn is_borrowed(&self, key: ActionKey) -> bool {
        lock(&self.remotes.seen.borrowed).contains(&key)
    }

    /// Whether every blob of these ports is here or in the remote, at its size. A result
    /// of the remote that lacks one is passed over.
    pub fn available(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        let Some(remote) = &self.remotes.from else { return self.complete(result, ports) };
        self.each_blob(result, ports, |digest, size| {
            Ok(self.is_here(digest, size)? || self.is_there(remote, digest, size))
        })
    }

    /// Brings every blob of these ports here, and then the record; whether they are. A
    /// result of the remote of which one cannot be had is passed over.
    pub fn fetch(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        if self.remotes.from.is_none() {
            return self.complete(result, ports);
        }
        let whole = self.each_blob(result, ports, |digest, size| {
            Ok(self.is_here(digest, size)? || self.fetch_blob(digest, size)?)
        })?;
        if whole && self.is_borrowed(result.key) {
            self.write_record(result)?;
        }
        Ok(whole)
    }

    /// Brings a content here that is about to be placed, where there is a remote.
    pub(super) fn bring(&self, content: Content) -> Result<(), StoreError> {
        if self.remotes.from.is_none() {
            return Ok(());
        }
        let mut blobs = BTreeMap::new();
        if let Some(digest) = self.collect_blobs(content, &mut blobs)? {
            return Err(StoreError::BlobMissing { digest });
        }
        blobs.into_par_iter().try_for_each(|(digest, size)| {
            let here = self.is_here(digest, size)? || self.fetch_blob(digest, size)?;
            if here { Ok(()) } else { Err(StoreError::BlobMissing { digest }) }
        })
    }

    fn each_blob(
        &self,
        result: &ActionResult,
        ports: &[&str],
        has: impl Fn(Digest, Option<u64>) -> Result<bool, StoreError> + Sync,
    ) -> Result<bool, StoreError> {
        let mut blobs = BTreeMap::new();
        let mut lost = None;
        for port in ports {
            let Some(output) = result.outputs.get(*port) else { return Ok(false) };
            lost = self.collect_blobs(output.content, &mut blobs)?;
            if lost.is_some() {
                break;
            }
        }
        if lost.is_none() {
            let bad = blobs
                .into_par_iter()
                .map(|(digest, size)| Ok((!has(digest, size)?).then_some(digest)));
            lost = bad.collect::<Result<Vec<_>, StoreError>>()?.into_iter().flatten().next();
        }
        match lost {
            None => Ok(true),
            Some(digest) => {
                if self.is_borrowed(result.key) {
                    self.pass_over(result.key, format!("its blob {digest} cannot be had"));
                }
                Ok(false)
            }
        }
    }

    /// Every blob of a content, with its size where a node says it. Nodes are brought
    /// here; gives the first that cannot be had or is none.
    fn collect_blobs(
        &self,
        content: Content,
        blobs: &mut BTreeMap<Digest, Option<u64>>,
    ) -> Result<Option<Digest>, StoreError> {
        let root = match content {
            Content::File { digest, .. } => {
                blobs.entry(digest).or_insert(None);
                return Ok(None);
            }
            Content::Tree(digest) => digest,
        };
        let mut walked = BTreeSet::from([root]);
        let mut open = vec![(root, 0)];
        let mut has_links = false;
        while let Some((digest, depth)) = open.pop() {
            let node = match self.node_at(digest, depth) {
                Ok(node) => node,
                Err(error @ StoreError::Path(_)) => return Err(error),
                Err(_) => return Ok(Some(digest)),
            };
            for entry in node.entries.values() {
                match entry {
                    Entry::File { digest, size, .. } => drop(blobs.insert(*digest, Some(*size))),
                    Entry::Tree { digest, .. } if walked.insert(*digest) => {
                        open.push((*digest, depth + 1));
                    }
                    Entry::Tree { .. } => {}
                    Entry::Symlink { .. } => has_links = true,
                }
            }
        }
        let leads_out = has_links && !self.links_lead_inside(root)?;
        Ok(leads_out.then_some(root))
    }

    /// Whether no symlink leads out of a tree. One that this machine took in has none
    /// that does; whoever wrote the remote may have put one there.
    fn links_lead_inside(&self, root: Digest) -> Result<bool, StoreError> {
        let mut links: BTreeMap<String, String> = BTreeMap::new();
        let mut open = vec![(root, String::new(), 0)];
        while let Some((digest, folder, depth)) = open.pop() {
            for (name, entry) in self.node_at(digest, depth)?.entries {
                let path = below(&folder, &name);
                match entry {
                    Entry::Symlink { target } => drop(links.insert(path, target)),
                    Entry::Tree { digest, .. } => open.push((digest, path, depth + 1)),
                    Entry::File { .. } => {}
                }
            }
        }
        Ok(links.iter().all(|(path, target)| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            leads(folder, target, &|path| links.get(path).cloned()) == Leads::Inside
        }))
    }

    fn is_here(&self, digest: Digest, size: Option<u64>) -> Result<bool, StoreError> {
        let found = self.sound_blob(digest)?;
        Ok(found.is_some_and(|found| size.is_none_or(|size| size == found.len())))
    }

    /// Whether the remote has a blob at its size.
    fn is_there(&self, remote: &Remote, digest: Digest, size: Option<u64>) -> bool {
        if lock(&self.remotes.seen.damaged).contains(&digest) {
            return false;
        }
        match remote.size(digest) {
            Ok(found) => found.is_some_and(|found| size.is_none_or(|size| size == found)),
            Err(error) => {
                self.distrust(digest, reason(&error));
                false
            }
        }
    }

    /// Brings one blob here; whether it is.
    pub(super) fn fetch_blob(&self, digest: Digest, size: Option<u64>) -> Result<bool, StoreError> {
        let Remotes { from, seen, .. } = &self.remotes;
        let Some(remote) = from else { return Ok(false) };
        if lock(&seen.damaged).contains(&digest) {
            return Ok(false);
        }
        match remote.size(digest) {
            Ok(None) => return Ok(false),
            Ok(Some(found)) if size.is_some_and(|size| size != found) => {
                self.distrust(digest, format!("it has {found} bytes"));
                return Ok(false);
            }
            _ => {}
        }
        let temporary = self.temporary()?;
        let taken = match remote.get_blob(digest, &temporary) {
            Ok(false) => Ok(false),
            Ok(true) => self.take_fetched(digest, &temporary),
            // What is wrong on this side is no fault of the remote.
            Err(RemoteError::Path(error)) if error.path == temporary => Err(error.into()),
            Err(error) => {
                self.distrust(digest, reason(&error));
                Ok(false)
            }
        };
        if !matches!(taken, Ok(true)) {
            let _ = fs::remove_file(&temporary);
        }
        taken
    }

    fn take_fetched(&self, digest: Digest, temporary: &Path) -> Result<bool, StoreError> {
        let size = fs::metadata(temporary)?.len();
        if cas::hash_file(temporary, size)? != digest {
            self.distrust(digest, "it is not what its name says".to_owned());
            return Ok(false);
        }
        self.take_file(temporary, digest, size)?;
        let Seen { fetched, fetched_bytes, .. } = &self.remotes.seen;
        fetched.fetch_add(1, Ordering::Relaxed);
        fetched_bytes.fetch_add(size, Ordering::Relaxed);
        Ok(true)
    }

    fn distrust(&self, digest: Digest, reason: String) {
        let Remotes { from, seen, .. } = &self.remotes;
        lock(&seen.damaged).insert(digest);
        if let Some(remote) = from {
            seen.tell(Trouble::Blob { place: remote.blob_place(digest), reason });
        }
    }
}

/// An error with what led to it, on one line.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
