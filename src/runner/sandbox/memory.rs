//! What a step holds in memory outside of its processes: files in `/dev/shm`, shared
//! segments, files that have no name. Seen from process 1 of the step, which is in its
//! namespaces. What a process hides by forbidding to be looked at is not seen: files
//! without a name of a process that made itself undumpable.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// How often it is looked at.
const TICK: Duration = Duration::from_millis(50);

/// A change below this is not told.
const GRAIN: u64 = 1 << 20;

/// Tells how many bytes there are, whenever that has changed.
pub(super) fn watch(tell: &mut dyn FnMut(u64)) {
    let mut told = 0u64;
    loop {
        std::thread::sleep(TICK);
        let bytes = in_folder() + segments() + unnamed();
        if bytes.abs_diff(told) >= GRAIN {
            told = bytes;
            tell(bytes);
        }
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

/// Files in memory that processes hold open, each once.
fn unnamed() -> u64 {
    let processes = fs::names(Path::new("/proc")).unwrap_or_default();
    let mut found = BTreeMap::new();
    for process in processes {
        if !process.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let folder = Path::new("/proc").join(process).join("fd");
        for name in fs::names(&folder).unwrap_or_default() {
            let link = folder.join(name);
            let target = fs::read_link(&link).unwrap_or_default();
            if target.as_os_str().as_encoded_bytes().starts_with(b"/memfd:") {
                if let Ok(facts) = fs::facts_behind(&link) {
                    found.insert((facts.dev(), facts.ino()), facts.blocks() * 512);
                }
            }
        }
    }
    found.values().sum()
}
