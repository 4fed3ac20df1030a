//! [`StatIndex`]: what the folders of the workspace held and which digests that had, so
//! that an unchanged file is not read again, and an unchanged folder not made into a node
//! again.
//!
//! On disk: `stat-index`, a [`Listing`] a folder; written whole by a rename, discarded
//! where damaged. A cache of a cache: it may always be deleted. A file's record is
//! believed only if size, mtime, ctime, inode and device agree, and it is only made if the
//! file was older than the clock's tick when it was hashed (git's racily-clean rule): a
//! write within the same tick would leave the facts as they are.

use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::listing::{Listing, Reader, put_text};
use super::{kept_if_sound, lock};
use crate::digest::Digest;
use crate::sys::fs;

const VERSION: &str = "ingot-stat-index 2\n";

/// Coarser than the tick of a clock that stamps files with fractions of seconds.
const TICK: Duration = Duration::from_millis(50);

/// Coarser than that of a file system which keeps whole seconds, or every second one.
const COARSE_TICK: Duration = Duration::from_secs(3);

/// What folders held.
#[derive(Debug, Default)]
pub struct StatIndex {
    started: Duration,
    bytes: Vec<u8>,
    /// Folder, and which part of it was looked at -> where in `bytes` its listing is.
    places: HashMap<String, BTreeMap<u64, Range<usize>>>,
    /// Listings that were learnt since.
    learnt: Mutex<BTreeMap<(String, u64), Vec<u8>>>,
    /// Whether that is not on disk.
    changed: AtomicBool,
}

/// What the file system says of a file's identity and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    size: u64,
    modified: i128,
    changed: i128,
    inode: u64,
    device: u64,
}

impl Facts {
    /// The facts of a file.
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    /// Whether a folder with these facts is the one that had those `then`, and stands where
    /// it stood. A name that is made or removed in it moves both times; one that is moved,
    /// be it for a while, has its second one moved alone.
    pub(super) fn is_same_folder(&self, then: &Self) -> bool {
        let same = (self.inode, self.device) == (then.inode, then.device);
        same && (self.changed == then.changed || self.modified != then.modified)
    }

    /// Their bytes; nothing for a time that is centuries away.
    pub(super) fn to_bytes(self) -> Option<[u8; 40]> {
        let modified = i64::try_from(self.modified).ok()?.to_le_bytes();
        let changed = i64::try_from(self.changed).ok()?.to_le_bytes();
        let numbers = [self.size, self.inode, self.device].map(u64::to_le_bytes);
        let [size, inode, device] = numbers;
        let mut bytes = [0; 40];
        for (place, part) in bytes.chunks_exact_mut(8).zip([size, modified, changed, inode, device])
        {
            place.copy_from_slice(&part);
        }
        Some(bytes)
    }

    pub(super) fn from_bytes(bytes: [u8; 40]) -> Self {
        let part = |index: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[8 * index..8 * index + 8]);
            part
        };
        Self {
            size: u64::from_le_bytes(part(0)),
            modified: i64::from_le_bytes(part(1)).into(),
            changed: i64::from_le_bytes(part(2)).into(),
            inode: u64::from_le_bytes(part(3)),
            device: u64::from_le_bytes(part(4)),
        }
    }

    /// Whether the file was last touched safely before `moment`.
    pub(super) fn is_older_than(&self, moment: Duration) -> bool {
        [self.modified, self.changed].into_iter().all(|stamp| {
            let tick = if stamp % 1_000_000_000 == 0 { COARSE_TICK } else { TICK };
            i128::try_from(moment.saturating_sub(tick).as_nanos()).is_ok_and(|limit| stamp < limit)
        })
    }
}

impl StatIndex {
    /// Reads the index; a missing or damaged one is empty. `now` is the moment, by
    /// the clock that stamps files, from which they are too young to be remembered.
    pub fn load(path: &Path, now: Duration) -> Self {
        let root = path.parent().unwrap_or(path);
        let bytes = kept_if_sound(root, path).ok().flatten().unwrap_or_default();
        let places = places(&bytes).unwrap_or_default();
        Self { started: now, bytes, places, ..Self::default() }
    }

    /// Whether a file with these facts may be remembered: no later write can leave them
    /// as they are.
    pub fn may_remember(&self, facts: &Facts) -> bool {
        facts.is_older_than(self.started)
    }

    /// Calls `look` with the listing of a folder, where there is one. `part` says which
    /// part of it was looked at.
    pub(super) fn with<T>(
        &self,
        folder: &str,
        part: u64,
        look: impl FnOnce(Listing<'_>) -> T,
    ) -> Option<T> {
        let learnt = lock(&self.learnt).get(&(folder.to_owned(), part)).cloned();
        let bytes = match &learnt {
            Some(bytes) => bytes.as_slice(),
            None => &self.bytes[self.places.get(folder)?.get(&part)?.clone()],
        };
        Listing::parse(bytes).map(look)
    }

    /// The parts of a folder of which there are listings.
    pub(super) fn parts(&self, folder: &str) -> Vec<u64> {
        self.places.get(folder).into_iter().flatten().map(|(part, _)| *part).collect()
    }

    /// Remembers a listing.
    pub(super) fn learn(&self, folder: &str, part: u64, listing: Vec<u8>) {
        let before = self.places.get(folder).and_then(|parts| parts.get(&part));
        let key = (folder.to_owned(), part);
        let mut learnt = lock(&self.learnt);
        let changed = match before {
            Some(place) if self.bytes[place.clone()] == listing => learnt.remove(&key).is_some(),
            _ if learnt.get(&key) == Some(&listing) => false,
            _ => {
                learnt.insert(key, listing);
                true
            }
        };
        if changed {
            self.changed.store(true, Ordering::Release);
        }
    }

    /// The bytes of the index, where it changed since it was read or this was asked last:
    /// without the listings of folders that are gone.
    pub(super) fn changed_bytes(&self) -> Option<Vec<u8>> {
        if !self.changed.swap(false, Ordering::AcqRel) {
            return None;
        }
        let learnt = lock(&self.learnt);
        let mut all: BTreeMap<(&str, u64), &[u8]> = BTreeMap::new();
        for (folder, parts) in &self.places {
            if fs::exists(Path::new(folder)) {
                let parts = parts.iter();
                all.extend(
                    parts.map(|(part, at)| ((folder.as_str(), *part), &self.bytes[at.clone()])),
                );
            }
        }
        all.extend(
            learnt
                .iter()
                .map(|((folder, part), bytes)| ((folder.as_str(), *part), bytes.as_slice())),
        );
        let mut bytes = VERSION.as_bytes().to_vec();
        for ((folder, part), listing) in all {
            put_text(&mut bytes, folder);
            bytes.extend(part.to_le_bytes());
            bytes.extend((listing.len() as u64).to_le_bytes());
            bytes.extend(listing);
        }
        let sum = checksum(&bytes);
        bytes.extend(sum.as_bytes());
        Some(bytes)
    }
}

/// Where each listing of an index is; nothing where it is damaged or of another version.
fn places(bytes: &[u8]) -> Option<HashMap<String, BTreeMap<u64, Range<usize>>>> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if checksum(body).as_bytes() != sum {
        return None;
    }
    let mut reader = Reader(body.strip_prefix(VERSION.as_bytes())?);
    let mut places: HashMap<String, BTreeMap<u64, Range<usize>>> = HashMap::new();
    while !reader.0.is_empty() {
        let folder = reader.text()?.to_owned();
        let part = reader.number()?;
        let length = reader.number()?.try_into().ok()?;
        let begin = body.len() - reader.0.len();
        reader.take(length)?;
        places.entry(folder).or_default().insert(part, begin..begin + length);
    }
    Some(places)
}

fn checksum(bytes: &[u8]) -> Digest {
    Digest::from_bytes(*blake3::Hasher::new().update_rayon(bytes).finalize().as_bytes())
}
