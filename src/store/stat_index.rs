//! [`StatIndex`]: file facts -> digest, so that an unchanged file is not read again.
//!
//! On disk: `stat-index`, one line a file after a version line; written whole
//! by a rename, discarded where damaged. A cache of a cache: it may always be
//! deleted. An entry is believed only if size, mtime, ctime, inode and device
//! agree, and only if the file was older than the clock's tick when it was
//! hashed (git's racily-clean rule): a write within the same tick would leave
//! the facts as they are.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::digest::Digest;
use crate::sys::fs;

const VERSION: &str = "ingot-stat-index 1";

/// Coarser than the tick of a clock that stamps files with fractions of seconds.
const TICK: Duration = Duration::from_millis(50);

/// Coarser than that of a file system which keeps whole seconds, or every second one.
const COARSE_TICK: Duration = Duration::from_secs(3);

/// File facts -> digest.
#[derive(Debug, Default)]
pub struct StatIndex {
    entries: BTreeMap<String, (Facts, Digest)>,
    started: Duration,
    changed: bool,
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
        let text = fs::read_optional(path).ok().flatten().and_then(|b| String::from_utf8(b).ok());
        let entries = text.and_then(|text| parse(&text)).unwrap_or_default();
        Self { entries, started: now, changed: false }
    }

    /// The digest of the file at `path`, if its facts are as they were.
    pub fn get(&self, path: &str, facts: &Facts) -> Option<Digest> {
        self.entries.get(path).filter(|(known, _)| known == facts).map(|(_, digest)| *digest)
    }

    /// Remembers a digest, unless the file is so young that a later write could
    /// leave the same facts.
    pub fn set(&mut self, path: &str, facts: Facts, digest: Digest) {
        if facts.is_older_than(self.started) {
            let before = self.entries.insert(path.to_owned(), (facts, digest));
            self.changed |= before != Some((facts, digest));
        } else if self.entries.remove(path).is_some() {
            self.changed = true;
        }
    }

    /// The index as text, where it changed since it was read or saved.
    pub fn changed_text(&self) -> Option<String> {
        if !self.changed {
            return None;
        }
        let mut text = format!("{VERSION}\n");
        for (name, (facts, digest)) in &self.entries {
            let Facts { size, modified, changed, inode, device } = facts;
            let name = serde_json::Value::from(name.as_str());
            text.push_str(&format!(
                "{digest} {size} {modified} {changed} {inode} {device} {name}\n"
            ));
        }
        let sum = Digest::of(text.as_bytes());
        text.push_str(&format!("end {sum}\n"));
        Some(text)
    }

    /// Says that the text is on disk.
    pub fn saved(&mut self) {
        self.changed = false;
    }
}

fn parse(text: &str) -> Option<BTreeMap<String, (Facts, Digest)>> {
    let text = text.strip_suffix('\n')?;
    let (body, end) = text.split_at(text.rfind('\n')? + 1);
    if end.strip_prefix("end ")? != Digest::of(body.as_bytes()).to_hex() {
        return None;
    }
    let mut lines = body.lines();
    if lines.next()? != VERSION {
        return None;
    }
    lines
        .map(|line| {
            let mut parts = line.splitn(7, ' ');
            let digest = parts.next()?.parse().ok()?;
            let facts = Facts {
                size: parts.next()?.parse().ok()?,
                modified: parts.next()?.parse().ok()?,
                changed: parts.next()?.parse().ok()?,
                inode: parts.next()?.parse().ok()?,
                device: parts.next()?.parse().ok()?,
            };
            let name = serde_json::from_str(parts.next()?).ok()?;
            Some((name, (facts, digest)))
        })
        .collect()
}
