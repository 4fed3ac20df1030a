//! What a step holds in memory outside of its processes: files in `/dev/shm`, shared
//! segments, files that have no name. Seen from process 1 of the step, which is in its
//! namespaces. Not seen are files without a name that a process hides by making itself
//! undumpable, or that are on their way in a socket, and what sockets and pipes hold.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// How often it is looked at.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// A change below this is not told.
const GRAIN: u64 = 1 << 20;

/// How much there was when it was told last, and when it was looked at.
#[derive(Debug, Default)]
pub(super) struct Watch {
    told: u64,
    looked: Option<Instant>,
}

impl Watch {
    /// How many bytes there are, where that has changed. Whoever asks more often, as at the
    /// end of each of many processes, is told no more often.
    pub(super) fn look(&mut self) -> Option<u64> {
        if self.looked.is_some_and(|looked| looked.elapsed() < TICK) {
            return None;
        }
        self.looked = Some(Instant::now());
        let bytes = in_folder() + segments() + unnamed();
        let has_changed = bytes.abs_diff(self.told) >= GRAIN;
        has_changed.then(|| {
            self.told = bytes;
            bytes
        })
    }
}

fn in_folder() -> u64 {
    rustix::fs::statvfs("/dev/shm")
        .map_or(0, |found| (found.f_blocks.saturating_sub(found.f_bfree)) * found.f_frsize)
}

/// The resident bytes of System V segments: the fifteenth column.
fn segments() -> u64 {
    let bytes =
        bounded::read(Path::new("/proc/sysvipc/shm"), Bound::own(16 << 20)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(14)?.parse::<u64>().ok())
        .sum()
}

/// The links to what a process has open. Its threads have the same, as long as one of them
/// is asked that has not ended.
fn open_files(process: &Path) -> Vec<PathBuf> {
    let of = |folder: PathBuf| -> Vec<PathBuf> {
        let names = fs::names(&folder).unwrap_or_default();
        names.into_iter().map(|name| folder.join(name)).collect()
    };
    let first = of(process.join("fd"));
    if !first.is_empty() {
        return first;
    }
    let threads = fs::names(&process.join("task")).unwrap_or_default();
    let others = threads.into_iter().map(|thread| of(process.join("task").join(thread).join("fd")));
    others.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
}

/// Files in memory that processes hold open, each once.
fn unnamed() -> u64 {
    let processes = fs::names(Path::new("/proc")).unwrap_or_default();
    let mut found = BTreeMap::new();
    for process in processes {
        if !process.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let folder = Path::new("/proc").join(process);
        for link in open_files(&folder) {
            let target = fs::read_link(&link).unwrap_or_default();
            if target.as_os_str().as_encoded_bytes().starts_with(b"/memfd:")
                && let Ok(facts) = fs::facts_behind(&link)
            {
                found.insert((facts.dev(), facts.ino()), facts.blocks() * 512);
            }
        }
    }
    found.values().sum()
}
