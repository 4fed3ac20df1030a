//! What a store takes from its remote: results that it does not hold, and the blobs that
//! are read of them.
//!
//! Invariant: nothing enters the local store unchecked. A blob is taken at the size that
//! what names it says, and hashed after it was copied here and before it has its name. Which
//! records count is [`super::believe`]'s business, which trees [`super::survey`]'s. What
//! fails is passed over: a
//! miss for as long as this process lives, and one [`RemoteWarning`] to tell of. A record taken
//! from there is recorded here after the blobs that were asked for; the others stay there
//! until somebody reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use super::believe::Promise;
use super::bounds::MOST_BYTES;
use super::remote::{Length, Remote, RemoteError};
use super::seal::Seal;
use super::survey::{Flaw, LARGEST_NODE, Nodes, Survey};
use super::{Store, StoreError, hash, lock};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::artifact::Content;
use crate::model::canonical::CanonicalError;
use crate::model::result::ActionResult;
use crate::model::signature::{PrivateKey, PublicKey};
use crate::sys::fs;

/// The remotes of a store, and what was learnt of them.
#[derive(Debug, Default)]
pub struct Remotes {
    /// Where results are taken from.
    pub from: Option<Remote>,
    /// Where results are given to.
    pub to: Option<Remote>,
    /// The keys whose signatures count, where the user said so: then a record that none
    /// of them signed says nothing but what the lock says too.
    pub trust: Option<Vec<PublicKey>>,
    /// What signs the results that are given.
    pub key: Option<PrivateKey>,
    /// What the workspace's lock says of results: a record that says otherwise is not
    /// what the workspace was built from.
    pub locked: BTreeMap<ActionKey, Promise>,
    pub(super) seen: RemoteKnowledge,
}

/// What was learnt of the remotes.
#[derive(Debug, Default)]
pub(super) struct RemoteKnowledge {
    /// Results that the remote alone has.
    borrowed: Mutex<BTreeSet<ActionKey>>,
    /// Results that are none for this process.
    passed_over: Mutex<BTreeSet<ActionKey>>,
    /// Blobs that are not what their name says.
    pub damaged: Mutex<BTreeSet<Digest>>,
    /// Blobs that the other remote is known to have.
    pub given: Mutex<BTreeSet<Digest>>,
    /// Sizes of outputs' blobs, as the seals of their records say.
    pub sizes: Mutex<BTreeMap<Digest, u64>>,
    /// Whether it was told that a result is believed on its word.
    pub on_its_word: AtomicBool,
    troubles: Mutex<Vec<RemoteWarning>>,
    fetched: AtomicU64,
    fetched_bytes: AtomicU64,
}

/// A blob that is wanted, and its size where that is known.
type Blob = (Digest, Option<u64>);

/// Something about a remote that a person should hear of; it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteWarning {
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
    /// A result counts that nobody proves.
    OnItsWord {
        /// The remote.
        remote: String,
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
        self.seen.tell(RemoteWarning::NotGiven { reason: reason(error) });
    }
}

impl RemoteKnowledge {
    pub(super) fn tell(&self, trouble: RemoteWarning) {
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
    pub fn troubles(&self) -> Vec<RemoteWarning> {
        std::mem::take(&mut lock(&self.remotes.seen.troubles))
    }

    /// How many blobs, and how many bytes, were taken since this was asked last.
    pub fn fetched(&self) -> (u64, u64) {
        let RemoteKnowledge { fetched, fetched_bytes, .. } = &self.remotes.seen;
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
            Ok(Some(bytes)) => self.believe(remote, key, &bytes)?,
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

    /// Makes a result of the remote a miss; what it was taken for is to be thought anew.
    fn pass_over(&self, key: ActionKey, reason: String) {
        let Remotes { from, seen, .. } = &self.remotes;
        lock(&seen.borrowed).remove(&key);
        lock(&seen.passed_over).insert(key);
        if let Some(remote) = from {
            seen.tell(RemoteWarning::PassedOver { record: remote.record_name(key), reason });
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
        self.each_blob(result, ports, |blobs| {
            let lacking = blobs.par_iter().map(|&(digest, size)| {
                Ok((!self.is_here(digest, size)?).then_some((digest, size)))
            });
            let lacking = lacking.collect::<Result<Vec<_>, StoreError>>()?;
            let lacking: Vec<Blob> = lacking.into_iter().flatten().collect();
            Ok(self.first_not_there(remote, &lacking))
        })
    }

    /// Brings every blob of these ports here, and then the record; whether they are. A
    /// result of the remote of which one cannot be had is passed over.
    pub fn fetch(&self, result: &ActionResult, ports: &[&str]) -> Result<bool, StoreError> {
        let Some(remote) = &self.remotes.from else { return self.complete(result, ports) };
        let whole = self.each_blob(result, ports, |blobs| self.first_not_had(remote, blobs))?;
        if whole && self.is_borrowed(result.key) {
            self.write_record(result)?;
        }
        Ok(whole)
    }

    /// Brings a content here that is about to be placed, where there is a remote. A tree that
    /// nobody should make is refused, whoever left it here.
    pub(super) fn bring(&self, content: Content) -> Result<(), StoreError> {
        let Some(remote) = &self.remotes.from else {
            let Content::Tree(root) = content else { return Ok(()) };
            return match self.survey(root, &Nodes::Here, &mut Survey::default()) {
                Err(Flaw::Store(error)) => Err(error),
                Err(Flaw::Unfit(reason)) => Err(CanonicalError::Decode(reason).into()),
                // What is lost is told by whoever places it.
                Ok(()) | Err(Flaw::Lost(_)) => Ok(()),
            };
        };
        let mut survey = Survey::default();
        match self.collect_blobs(content, &mut survey) {
            Ok(()) => {}
            Err(Flaw::Store(error)) => return Err(error),
            Err(Flaw::Lost(digest)) => return Err(StoreError::BlobMissing { digest }),
            Err(Flaw::Unfit(_)) => {
                return Err(StoreError::BlobMissing { digest: content.digest() });
            }
        }
        let blobs: Vec<Blob> = survey.blobs.into_iter().collect();
        match self.first_not_had(remote, &blobs)? {
            None => Ok(()),
            Some(digest) => Err(StoreError::BlobMissing { digest }),
        }
    }

    /// Brings each of these blobs here; the first that cannot be had.
    fn first_not_had(&self, remote: &Remote, blobs: &[Blob]) -> Result<Option<Digest>, StoreError> {
        let had: Result<Vec<_>, StoreError> = remote.each(blobs, |&(digest, size)| {
            let had = self.is_here(digest, size)? || self.fetch_blob(digest, size)?;
            Ok((!had).then_some(digest))
        });
        Ok(had?.into_iter().flatten().next())
    }

    fn each_blob(
        &self,
        result: &ActionResult,
        ports: &[&str],
        first_lost: impl Fn(&[Blob]) -> Result<Option<Digest>, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut survey = Survey::default();
        let mut flaw = None;
        for port in ports {
            let Some(output) = result.outputs.get(*port) else { return Ok(false) };
            self.learn_size(result.key, port, output.content)?;
            match self.collect_blobs(output.content, &mut survey) {
                Ok(()) => {}
                Err(Flaw::Store(error)) => return Err(error),
                Err(Flaw::Lost(digest)) => flaw = Some(cannot_be_had(digest)),
                Err(Flaw::Unfit(reason)) => flaw = Some(format!("its output `{port}` is {reason}")),
            }
            if flaw.is_some() {
                break;
            }
        }
        if flaw.is_none() {
            let blobs: Vec<Blob> = survey.blobs.into_iter().collect();
            flaw = first_lost(&blobs)?.map(cannot_be_had);
        }
        match flaw {
            None => Ok(true),
            Some(reason) => {
                if self.is_borrowed(result.key) {
                    self.pass_over(result.key, reason);
                }
                Ok(false)
            }
        }
    }

    /// Adds every blob of a content, with its size where that is known. Nodes are brought
    /// here.
    fn collect_blobs(&self, content: Content, survey: &mut Survey) -> Result<(), Flaw> {
        match content {
            Content::File { digest, .. } => {
                survey.blobs.entry(digest).or_insert(None);
                Ok(())
            }
            Content::Tree(root) => self.survey(root, &Nodes::Anywhere, survey),
        }
    }

    /// Looks up how large an output of the remote is, where it is not here.
    fn learn_size(&self, key: ActionKey, port: &str, content: Content) -> Result<(), StoreError> {
        let digest = content.digest();
        let sizes = &self.remotes.seen.sizes;
        let Some(remote) = &self.remotes.from else { return Ok(()) };
        if lock(sizes).contains_key(&digest) || self.sound_blob(digest)?.is_some() {
            return Ok(());
        }
        if let Some(size) = seal_of(remote, key).and_then(|seal| seal.sizes.get(port).copied()) {
            lock(sizes).insert(digest, size);
        }
        Ok(())
    }

    /// The size that a seal says.
    fn known_size(&self, digest: Digest) -> Option<u64> {
        lock(&self.remotes.seen.sizes).get(&digest).copied()
    }

    pub(super) fn is_here(&self, digest: Digest, size: Option<u64>) -> Result<bool, StoreError> {
        let found = self.sound_blob(digest)?;
        Ok(found.is_some_and(|found| size.is_none_or(|size| size == found.len())))
    }

    /// The first of these blobs that the remote has not, or not at its size.
    fn first_not_there(&self, remote: &Remote, blobs: &[Blob]) -> Option<Digest> {
        let is_damaged = |digest: &Digest| lock(&self.remotes.seen.damaged).contains(digest);
        if let Some((damaged, _)) = blobs.iter().find(|(digest, _)| is_damaged(digest)) {
            return Some(*damaged);
        }
        let digests: Vec<Digest> = blobs.iter().map(|(digest, _)| *digest).collect();
        let found = blobs.iter().zip(remote.sizes(&digests));
        let lost = found.filter_map(|(&(digest, size), found)| {
            let size = size.or_else(|| self.known_size(digest));
            let there =
                found.map(|found| found.is_some_and(|found| size.is_none_or(|size| size == found)));
            match there {
                Ok(true) => None,
                Ok(false) => Some(digest),
                Err(error) => {
                    self.distrust(digest, reason(&error));
                    Some(digest)
                }
            }
        });
        lost.collect::<Vec<_>>().into_iter().next()
    }

    /// Brings one node or action here; whether it is. It will be read into memory.
    pub(super) fn fetch_node(&self, digest: Digest, size: Option<u64>) -> Result<bool, StoreError> {
        match size {
            Some(size) if size > LARGEST_NODE => Ok(false),
            Some(size) => self.fetch_bounded(digest, Length::Exactly(size)),
            None => self.fetch_bounded(digest, Length::AtMost(LARGEST_NODE)),
        }
    }

    /// Brings one blob here; whether it is.
    fn fetch_blob(&self, digest: Digest, size: Option<u64>) -> Result<bool, StoreError> {
        let size = size.or_else(|| self.known_size(digest));
        let length = size.map_or(Length::AtMost(MOST_BYTES), Length::Exactly);
        self.fetch_bounded(digest, length)
    }

    fn fetch_bounded(&self, digest: Digest, length: Length) -> Result<bool, StoreError> {
        let Remotes { from, seen, .. } = &self.remotes;
        let Some(remote) = from else { return Ok(false) };
        if lock(&seen.damaged).contains(&digest) {
            return Ok(false);
        }
        let temporary = self.temporary()?;
        let taken = match remote.get_blob(digest, length, &temporary) {
            Ok(false) => return Ok(false),
            Ok(true) => self.take_fetched(digest, &temporary),
            // What is wrong on this side is no fault of the remote.
            Err(RemoteError::Here(error)) => Err(error.into()),
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
        if hash::hash_file(temporary, size)? != digest {
            self.distrust(digest, "it is not what its name says".to_owned());
            return Ok(false);
        }
        self.take_file(temporary, digest, size)?;
        let RemoteKnowledge { fetched, fetched_bytes, .. } = &self.remotes.seen;
        fetched.fetch_add(1, Ordering::Relaxed);
        fetched_bytes.fetch_add(size, Ordering::Relaxed);
        Ok(true)
    }

    fn distrust(&self, digest: Digest, reason: String) {
        let Remotes { from, seen, .. } = &self.remotes;
        lock(&seen.damaged).insert(digest);
        if let Some(remote) = from {
            seen.tell(RemoteWarning::Blob { place: remote.blob_name(digest), reason });
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

/// What a record's seal says, where it has one that can be read.
pub(super) fn seal_of(remote: &Remote, key: ActionKey) -> Option<Seal> {
    remote.get_seal(key).ok().flatten().and_then(|bytes| Seal::parse(&bytes))
}

fn cannot_be_had(digest: Digest) -> String {
    format!("its blob {digest} cannot be had")
}
