//! Leases: what running builds need, so that a collection beside them takes none of it.
//!
//! On disk: `leases/NAME`, a line a key or content, held by `flock` while its build
//! lives; `locks/store`, shared by whoever looks something up that it has not leased
//! yet, and held alone by a collection.
//!
//! Invariant: between the moment at which a process learns that the store holds
//! something and the moment at which its lease says so, it shares the lock. So a
//! collection, which holds it alone, sees every lease whole.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use super::mark::is_own;
use super::{Store, StoreError, kept};
use crate::model::action::ActionKey;
use crate::model::artifact::Content;
use crate::sys::{clock, fs, lock};

/// The clock may have been set back a little since a lease began.
pub(super) const MARGIN: Duration = Duration::from_secs(10);

/// The right to look things up in the store while no collection runs.
#[derive(Debug)]
pub struct Held {
    _lock: File,
}

/// The right to remove what nobody names. Who takes it reads the locks of the
/// workspaces afterwards: a build that ended before has written its own.
#[derive(Debug)]
pub struct HeldAlone {
    _lock: File,
}

/// What one build needs; gone with it.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    _lock: File,
}

/// What all running builds need.
#[derive(Debug, Default)]
pub(super) struct Leased {
    /// Actions whose results are read.
    pub keys: BTreeSet<ActionKey>,
    /// Contents that are read.
    pub contents: BTreeSet<Content>,
    /// When the oldest of them began.
    pub oldest: Option<Duration>,
}

impl Store {
    /// Keeps collections away until it is dropped; waits for one that runs.
    pub fn hold(&self) -> Result<Held, StoreError> {
        Ok(Held { _lock: lock::lock_shared(&self.root.join("locks").join("store"))? })
    }

    /// Keeps everyone away who looks things up; waits for those who do.
    pub fn hold_alone(&self) -> Result<HeldAlone, StoreError> {
        Ok(HeldAlone { _lock: lock::lock(&self.root.join("locks").join("store"))? })
    }

    /// A lease without anything in it.
    pub fn lease(&self) -> Result<Lease, StoreError> {
        let path = self.root.join("leases").join(fs::temporary_name());
        let held = lock::lock(&path)?;
        Ok(Lease { path, _lock: held })
    }

    /// Removes the leases of builds that are gone; gives those of living ones.
    pub(super) fn sweep_leases(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut living = Vec::new();
        let folder = self.root.join("leases");
        for name in fs::names(&folder)? {
            let path = folder.join(name);
            if !fs::metadata_optional(&path)?.is_some_and(|found| found.is_file()) {
                continue;
            }
            match lock::try_lock(&path)? {
                None => living.push(path),
                Some(_held) if is_own("leases", &path)? => fs::remove_file(&path)?,
                Some(_) => {}
            }
        }
        Ok(living)
    }

    /// What the leases of living builds name.
    pub(super) fn leased(&self) -> Result<Leased, StoreError> {
        let mut leased = Leased::default();
        for path in self.sweep_leases()? {
            let begun = Duration::from_secs(fs::metadata(&path)?.ctime().unsigned_abs());
            leased.take(&kept(&self.root, &path)?.unwrap_or_default(), begun);
        }
        Ok(leased)
    }
}

impl Leased {
    fn take(&mut self, text: &[u8], touched: Duration) {
        let mut begun = touched;
        for line in String::from_utf8_lossy(text).lines() {
            match line.split_once(' ') {
                Some(("begun", seconds)) => {
                    begun = seconds.parse().map(Duration::from_secs).unwrap_or(touched);
                }
                Some(("key", key)) => self.keys.extend(key.parse().ok().map(ActionKey)),
                Some(("content", content)) => self.contents.extend(content.parse::<Content>().ok()),
                _ => {}
            }
        }
        // A time that has not come yet says nothing: then nothing is old enough to go.
        begun = if begun > clock::now() + MARGIN { Duration::ZERO } else { begun.min(touched) };
        self.oldest = Some(self.oldest.map_or(begun, |oldest| oldest.min(begun)));
    }
}

impl Lease {
    /// Says when the build began: nothing younger goes.
    pub fn begin(&self, now: Duration) -> Result<(), StoreError> {
        self.write(&format!("begun {}\n", now.as_secs()))
    }

    /// Leases results and contents. The caller holds the store meanwhile.
    pub fn add(
        &self,
        keys: impl IntoIterator<Item = ActionKey>,
        contents: impl IntoIterator<Item = Content>,
    ) -> Result<(), StoreError> {
        let mut text = String::new();
        for key in keys {
            text.push_str(&format!("key {key}\n"));
        }
        for content in contents {
            text.push_str(&format!("content {content}\n"));
        }
        if text.is_empty() { Ok(()) } else { self.write(&text) }
    }

    fn write(&self, text: &str) -> Result<(), StoreError> {
        Ok(fs::append(&self.path, text.as_bytes())?)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
