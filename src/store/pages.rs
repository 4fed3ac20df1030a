//! Whether a later write to a file will move its time, though its writer has it mapped.
//!
//! Invariant: the stat index and sources in place rely on a file's facts only if its pages
//! were written back between a moment that the facts are older than and the moment at which
//! it is read. Then every write that comes after the reading moves them, by a call or
//! through a mapping, and one in between has moved them. What it does not do: on a file
//! system in memory, or one over a network, a write through a mapping may move no time.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;

use super::lock;
use crate::sys::{fs, pages};

/// So many files are written back one by one; then a whole file system is, once.
const SINGLE: usize = 8;

/// What was written back since the store was opened.
#[derive(Debug, Default)]
pub(super) struct WrittenBack(Mutex<Done>);

#[derive(Debug, Default)]
struct Done {
    single: usize,
    devices: BTreeSet<u64>,
}

impl WrittenBack {
    /// Has a file's pages written back. Gives whether that was possible.
    pub(super) fn ensure(&self, path: &Path, metadata: &Metadata) -> bool {
        let device = metadata.dev();
        let mut done = lock(&self.0);
        if done.devices.contains(&device) {
            return true;
        }
        done.single += 1;
        if done.single <= SINGLE {
            drop(done);
            return pages::write_back(path).is_ok();
        }
        // The others wait meanwhile: their files are written back too.
        let folder = path.parent().unwrap_or(path);
        let synced = fs::sync_file_system(folder).is_ok();
        if synced {
            done.devices.insert(device);
        }
        synced
    }
}
