//! Collection: what nobody names goes, the dearest of it last.
//!
//! Kept are the results that a workspace's lock names (the caller says which), those
//! that a running build leases, and, up to a size, the others: most seconds of
//! rebuilding for each byte first. With a result its action, its inputs and its
//! outputs are kept. Records go before blobs, so a crash in between leaves blobs
//! without a record, and never a record without its blobs. The store is held alone
//! meanwhile: what `leased` says is all that anyone reads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::lease::{HeldAlone, Leased, MARGIN};
use super::mark::is_own;
use super::tree::Entry;
use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::action::{Action, ActionKey};
use crate::model::artifact::Content;
use crate::model::result::ActionResult;
use crate::sys::{clock, fs, lock};

/// What stands beside results (logs, checkpoints of a step that never ended) is kept
/// so long without them.
const MEMORY: Duration = Duration::from_secs(14 * 24 * 3600);

/// What a collection did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Results that stay.
    pub kept: u64,
    /// Results that go.
    pub removed: u64,
    /// Blobs that go.
    pub blobs: u64,
    /// Bytes of the blobs that stay.
    pub bytes_kept: u64,
    /// Bytes of the blobs that go.
    pub bytes_removed: u64,
}

impl Store {
    /// Collects. `roots` are the keys that stay in any case; others stay while the
    /// whole has at most `size` bytes. With `dry`, nothing is removed.
    pub fn collect(
        &self,
        _alone: &HeldAlone,
        roots: &BTreeSet<ActionKey>,
        size: Option<u64>,
        dry: bool,
    ) -> Result<Collected, StoreError> {
        let leased = self.leased()?;
        let mut marked = Marked::new(self);
        let mut kept: BTreeSet<ActionKey> = BTreeSet::new();
        for key in roots.iter().chain(&leased.keys) {
            marked.key(*key)?;
            kept.insert(*key);
        }
        for content in &leased.contents {
            marked.content(*content, 0)?;
        }
        let recorded = self.recorded()?;
        if let Some(size) = size {
            for key in self.by_value(recorded.iter().filter(|key| !kept.contains(key)))? {
                let before = marked.trail.len();
                marked.key(key)?;
                if marked.bytes <= size {
                    kept.insert(key);
                } else {
                    marked.forget(before);
                }
            }
        }
        let mut collected = Collected { bytes_kept: marked.bytes, ..Collected::default() };
        for key in &recorded {
            match kept.contains(key) {
                true => collected.kept += 1,
                false => {
                    collected.removed += 1;
                    if !dry {
                        fs::remove_file(&self.record_path(*key))?;
                    }
                }
            }
        }
        self.sweep_blobs(&marked, &leased, dry, &mut collected)?;
        if !dry {
            self.sweep_views(&marked)?;
            self.sweep_beside(&kept)?;
            self.forget_failed()?;
        }
        Ok(collected)
    }

    /// Every recorded key, sorted.
    pub fn recorded(&self) -> Result<BTreeSet<ActionKey>, StoreError> {
        let mut keys = BTreeSet::new();
        self.each_sharded("actions", &mut |digest, _| {
            keys.insert(ActionKey(digest));
            Ok(())
        })?;
        Ok(keys)
    }

    /// Calls `take` for each file of a sharded folder whose name is a digest.
    pub(super) fn each_sharded(
        &self,
        folder: &str,
        take: &mut dyn FnMut(Digest, &Path) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let folder = self.root.join(folder);
        for shard in fs::names(&folder)? {
            let path = folder.join(&shard);
            if !fs::metadata(&path)?.is_dir() {
                continue;
            }
            for rest in fs::names(&path)? {
                let name = format!("{}{}", shard.to_string_lossy(), rest.to_string_lossy());
                if let Ok(digest) = name.parse() {
                    take(digest, &path.join(rest))?;
                }
            }
        }
        Ok(())
    }

    /// Keys by falling seconds of rebuilding for each byte of output; ties by key.
    fn by_value<'a>(
        &self,
        keys: impl Iterator<Item = &'a ActionKey>,
    ) -> Result<Vec<ActionKey>, StoreError> {
        let seconds = self.seconds()?;
        let mut valued = Vec::new();
        for key in keys {
            let Some(result) = self.get(*key)? else { continue };
            let mut own = Marked::new(self);
            own.outputs(&result)?;
            let cost = seconds.get(key).copied().unwrap_or_default();
            valued.push((cost / (own.bytes + 1) as f64, *key));
        }
        valued.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(valued.into_iter().map(|(_, key)| key).collect())
    }

    fn sweep_blobs(
        &self,
        marked: &Marked<'_>,
        leased: &Leased,
        dry: bool,
        collected: &mut Collected,
    ) -> Result<(), StoreError> {
        let young = leased.oldest.map(|oldest| oldest.saturating_sub(MARGIN).as_secs());
        self.each_sharded("cas", &mut |digest, path| {
            let Some(metadata) = fs::metadata_optional(path)? else { return Ok(()) };
            let is_young = young.is_some_and(|since| metadata.ctime().unsigned_abs() >= since);
            if marked.blobs.contains_key(&digest) || is_young {
                return Ok(());
            }
            collected.blobs += 1;
            collected.bytes_removed += metadata.len();
            if !dry {
                fs::remove_file(path)?;
            }
            Ok(())
        })
    }

    /// Views of contents that are gone, and the links to them.
    fn sweep_views(&self, marked: &Marked<'_>) -> Result<(), StoreError> {
        let views = self.root.join("views");
        for name in fs::names(&views)? {
            let content = name.to_string_lossy().replacen('-', ":", 1).parse::<Content>().ok();
            let Some(content) = content else { continue };
            if !marked.blobs.contains_key(&content.digest()) {
                match self.remove_view(&views.join(name)) {
                    // Another user's, which only that user's collection removes.
                    Err(StoreError::Path(error))
                        if error.source.kind() == std::io::ErrorKind::PermissionDenied => {}
                    removed => removed?,
                }
            }
        }
        remove_dangling(&self.root.join("out"), false)?;
        self.remove_own("quarantine")
    }

    /// What stands beside results that are gone.
    fn sweep_beside(&self, kept: &BTreeSet<ActionKey>) -> Result<(), StoreError> {
        let gone = |name: &str| {
            let key = name.parse::<Digest>().ok().map(ActionKey);
            key.is_some_and(|key| !kept.contains(&key))
        };
        let limit = clock::now().saturating_sub(MEMORY).as_secs();
        for folder in ["checkpoints", "curves", "logs", "verified"] {
            let folder = self.root.join(folder);
            for name in fs::names(&folder)? {
                let path = folder.join(&name);
                let name = name.to_string_lossy();
                let key = name.split('.').next().unwrap_or_default();
                if gone(key) && fs::metadata(&path)?.mtime().unsigned_abs() < limit {
                    fs::remove_all(&path)?;
                }
            }
        }
        let locks = self.root.join("locks");
        for name in fs::names(&locks)? {
            let path = locks.join(&name);
            if gone(&name.to_string_lossy())
                && let Some(_held) = lock::try_lock(&path)?
            {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// Removes links that lead nowhere, and folders that are empty then.
fn remove_dangling(folder: &Path, also_itself: bool) -> Result<(), StoreError> {
    for name in fs::names(folder)? {
        let path = folder.join(name);
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() {
            remove_dangling(&path, true)?;
        } else if metadata.is_symlink() && is_own("out", &path)? && is_dangling(&path)? {
            fs::remove_file(&path)?;
        }
    }
    if also_itself { Ok(fs::remove_empty(folder)?) } else { Ok(()) }
}

fn is_dangling(link: &Path) -> Result<bool, StoreError> {
    match fs::canonical(link) {
        Ok(_) => Ok(false),
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Blobs that stay, by size, and in the order in which they were marked.
struct Marked<'a> {
    store: &'a Store,
    blobs: HashMap<Digest, u64>,
    trail: Vec<Digest>,
    bytes: u64,
}

impl<'a> Marked<'a> {
    fn new(store: &'a Store) -> Self {
        Self { store, blobs: HashMap::new(), trail: Vec::new(), bytes: 0 }
    }

    /// Takes back every mark after the first so many.
    fn forget(&mut self, before: usize) {
        for digest in self.trail.drain(before..) {
            self.bytes -= self.blobs.remove(&digest).unwrap_or_default();
        }
    }

    /// A result with its action and all that it read and gave.
    fn key(&mut self, key: ActionKey) -> Result<(), StoreError> {
        if self.blob(key.0)?
            && let Some(bytes) = readable(self.store.read(key.0))?
            && let Ok(action) = Action::decode(&bytes)
        {
            for input in action.inputs.values().flatten() {
                self.content(input.content, 0)?;
            }
        }
        match self.store.get(key)? {
            Some(result) => self.outputs(&result),
            None => Ok(()),
        }
    }

    fn outputs(&mut self, result: &ActionResult) -> Result<(), StoreError> {
        result.outputs.values().try_for_each(|output| self.content(output.content, 0))
    }

    fn content(&mut self, content: Content, depth: usize) -> Result<(), StoreError> {
        let known = self.blobs.contains_key(&content.digest());
        if !self.blob(content.digest())? || known {
            return Ok(());
        }
        let Content::Tree(digest) = content else { return Ok(()) };
        let Some(node) = readable(self.store.node_at(digest, depth))? else { return Ok(()) };
        for entry in node.entries.values() {
            match entry {
                Entry::File { digest, .. } => drop(self.blob(*digest)?),
                Entry::Tree { digest, .. } => self.content(Content::Tree(*digest), depth + 1)?,
                Entry::Symlink { .. } => {}
            }
        }
        Ok(())
    }

    /// Marks one blob; whether it is there.
    fn blob(&mut self, digest: Digest) -> Result<bool, StoreError> {
        if self.blobs.contains_key(&digest) {
            return Ok(true);
        }
        let Some(metadata) = fs::metadata_optional(&self.store.blob_path(digest))? else {
            return Ok(false);
        };
        self.bytes += metadata.len();
        self.blobs.insert(digest, metadata.len());
        self.trail.push(digest);
        Ok(true)
    }
}

/// What was read, or nothing where it is missing or damaged and so names nothing. That
/// it could not be read this time is an error: it may name what is to stay.
fn readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error @ StoreError::Path(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

impl Store {
    /// Removes what is the store's own in one of its folders.
    pub(super) fn remove_own(&self, folder: &str) -> Result<(), StoreError> {
        let path = self.root.join(folder);
        for name in fs::names(&path)? {
            let own = path.join(name);
            if is_own(folder, &own)? {
                fs::remove_all(&own)?;
            }
        }
        Ok(())
    }

    /// Seconds that the last run of each action took.
    pub fn seconds(&self) -> Result<BTreeMap<ActionKey, f64>, StoreError> {
        let mut seconds = BTreeMap::new();
        let folder = self.root.join("observations");
        for name in fs::names(&folder)? {
            for observation in super::work::observations(&self.root, &folder.join(name))? {
                seconds.insert(observation.key, observation.seconds);
            }
        }
        Ok(seconds)
    }
}
