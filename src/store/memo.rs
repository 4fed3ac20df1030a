//! Memos: bytes that a build leaves for the next one, and what of the store they rely on.
//!
//! On disk: `memo/HEX`, by the digest of what the build was asked for; the bytes, then
//! their digest. Derived: a memo may be deleted at any time, and a damaged one is none.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::tree::Entry;
use super::{Store, StoreError, kept_if_sound};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::{clock, fs};

/// Memos that are kept: as many targets as people alternate between.
const KEPT: usize = 16;

/// A folder that was written to so shortly ago could be again without showing it.
const TICK: Duration = Duration::from_millis(50);

/// What shows that nothing was added to a folder, or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shard {
    /// When its names changed last, in nanoseconds since 1970.
    Changed(i64, i64),
    /// It changed a moment ago: the digest of its names.
    Names(Digest),
}

/// What shows that the link of an output is the one that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFacts {
    step: String,
    port: String,
    content: Content,
    /// Nothing for a link made a moment ago, which another one could replace without
    /// showing it.
    facts: Option<fs::Identity>,
}

impl LinkFacts {
    /// Whether the link is recognised without being read.
    pub fn are_known(&self) -> bool {
        self.facts.is_some()
    }
}

impl Store {
    /// What is known of an output's link now.
    pub fn link_facts(
        &self,
        step: &str,
        port: &str,
        content: Content,
    ) -> Result<LinkFacts, StoreError> {
        let facts =
            LinkFacts { step: step.to_owned(), port: port.to_owned(), content, facts: None };
        self.facts_again(&facts)
    }

    /// The same link, looked at again.
    pub fn facts_again(&self, link: &LinkFacts) -> Result<LinkFacts, StoreError> {
        let found = fs::metadata_optional(&self.link_path(&link.step, &link.port))?;
        let old = found.filter(|found| is_old(found.ctime(), found.ctime_nsec()));
        let facts = old.map(|found| (found.ino(), found.ctime(), found.ctime_nsec()));
        // Looked at before it is read: what is put there in between shows.
        let known = facts.is_some() && self.is_linked(&link.step, &link.port, link.content)?;
        Ok(LinkFacts { facts: facts.filter(|_| known), ..link.clone() })
    }

    /// Whether every link leads where it led, to a view that nobody changed.
    pub fn still_lead(&self, links: &[LinkFacts]) -> Result<bool, StoreError> {
        let out = fs::Folder::open(&self.root.join("out"))?;
        let views = fs::Folder::open(&self.root.join("views"))?;
        let leads = |link: &LinkFacts| {
            let LinkFacts { step, port, content, facts } = link;
            let now = out.identity(&format!("{step}/{port}"))?;
            let leads = (now.is_some() && now == *facts) || self.is_linked(step, port, *content)?;
            Ok(leads && self.is_stamped(&views, *content)?)
        };
        links.par_iter().map(leads).try_reduce(|| true, |one, other| Ok(one && other))
    }

    /// The memo of this name.
    pub fn memo(&self, name: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.root.join("memo").join(name.to_hex());
        let Some(mut bytes) = kept_if_sound(&self.root, &path)? else { return Ok(None) };
        let Some(body) = bytes.len().checked_sub(32) else { return Ok(None) };
        let sound = Digest::of(&bytes[..body]).as_bytes() == &bytes[body..];
        bytes.truncate(body);
        Ok(sound.then_some(bytes))
    }

    /// Leaves a memo.
    pub fn put_memo(&self, name: Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let folder = self.root.join("memo");
        let names = fs::names(&folder)?;
        if names.len() >= KEPT {
            for name in names {
                fs::remove_file(&folder.join(name))?;
            }
        }
        let mut sealed = bytes.to_vec();
        sealed.extend(Digest::of(bytes).as_bytes());
        self.write_whole(&folder.join(name.to_hex()), &sealed)
    }

    /// Every folder of the action cache, and that of the views, by path in the store.
    pub fn shards(&self) -> Result<BTreeMap<String, Shard>, StoreError> {
        let mut folders = vec!["views".to_owned()];
        for name in fs::names(&self.root.join("actions"))? {
            folders.push(format!("actions/{}", name.to_string_lossy()));
        }
        let mut shards = BTreeMap::new();
        for name in folders {
            let path = self.root.join(&name);
            let changed = fs::metadata(&path)?;
            let (seconds, rest) = (changed.mtime(), changed.mtime_nsec());
            let shard =
                if is_old(seconds, rest) { Shard::Changed(seconds, rest) } else { names(&path)? };
            shards.insert(name, shard);
        }
        Ok(shards)
    }

    /// The same folders; one that holds the names that it held, and is old now, by its time.
    pub fn shards_again(
        &self,
        shards: &BTreeMap<String, Shard>,
    ) -> Result<BTreeMap<String, Shard>, StoreError> {
        let again = |(name, shard): (&String, &Shard)| {
            let path = self.root.join(name);
            let found = fs::metadata(&path)?;
            let (seconds, rest) = (found.mtime(), found.mtime_nsec());
            // Looked at before it is listed: what is put there in between shows.
            let same = matches!(shard, Shard::Names(_)) && *shard == names(&path)?;
            let changed = same && is_old(seconds, rest);
            let shard = if changed { Shard::Changed(seconds, rest) } else { shard.clone() };
            Ok((name.clone(), shard))
        };
        shards.iter().map(again).collect()
    }

    /// Whether each of these folders holds the names that it held, and there is no other.
    pub fn has_shards(&self, shards: &BTreeMap<String, Shard>) -> Result<bool, StoreError> {
        if fs::names(&self.root.join("actions"))?.len() + 1 != shards.len() {
            return Ok(false);
        }
        for (name, shard) in shards {
            let path = self.root.join(name);
            let Some(found) = fs::metadata_optional(&path)? else { return Ok(false) };
            let same = match shard {
                Shard::Changed(..) => *shard == Shard::Changed(found.mtime(), found.mtime_nsec()),
                Shard::Names(_) => *shard == names(&path)?,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The blobs of an artifact, with their sizes.
    pub fn blobs_of(&self, content: Content) -> Result<Vec<(Digest, u64)>, StoreError> {
        let mut blobs = Vec::new();
        self.add_blobs(content, 0, &mut HashSet::new(), &mut blobs)?;
        Ok(blobs)
    }

    fn add_blobs(
        &self,
        content: Content,
        depth: usize,
        nodes: &mut HashSet<Digest>,
        blobs: &mut Vec<(Digest, u64)>,
    ) -> Result<(), StoreError> {
        let digest = content.digest();
        let size = fs::metadata(&self.blob_path(digest))?.len();
        blobs.push((digest, size));
        let Content::Tree(digest) = content else { return Ok(()) };
        if !nodes.insert(digest) {
            return Ok(());
        }
        for entry in self.node_at(digest, depth)?.entries.values() {
            match entry {
                Entry::File { digest, size, .. } => blobs.push((*digest, *size)),
                Entry::Tree { digest, .. } => {
                    self.add_blobs(Content::Tree(*digest), depth + 1, nodes, blobs)?;
                }
                Entry::Symlink { .. } => {}
            }
        }
        Ok(())
    }
}

/// Whether a time of the file system is so long ago that nothing else can have it.
fn is_old(seconds: i64, nanoseconds: i64) -> bool {
    let at = Duration::new(seconds.unsigned_abs(), nanoseconds.unsigned_abs() as u32);
    at < clock::stamping().saturating_sub(TICK)
}

fn names(folder: &Path) -> Result<Shard, StoreError> {
    let mut text = Vec::new();
    for name in fs::names(folder)? {
        text.extend(name.as_encoded_bytes());
        text.push(0);
    }
    Ok(Shard::Names(Digest::of(&text)))
}
