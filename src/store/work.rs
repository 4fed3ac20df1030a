//! What stands beside the results: exec roots, logs, checkpoints, descriptors,
//! observations.
//!
//! Invariant: none of it is ever read to decide what a result is.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::mark::is_own;
use super::{Store, StoreError, kept_if_sound};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::bounded::{self, Links};
use crate::sys::{fs, lock};

/// A folder of its own for one running step, removed when dropped.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
    /// Says to other processes that someone lives here.
    _lock: File,
}

impl WorkFolder {
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        let _ = fs::remove_all(&self.path);
        let _ = fs::remove_file(&lock_of(&self.path));
    }
}

/// What one run of a step took: never part of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// 1.
    pub version: u32,
    /// The action key.
    pub key: ActionKey,
    /// Seconds since 1970 at its end.
    pub at: u64,
    /// Seconds it took, with those of earlier runs whose checkpoints it went on from.
    pub seconds: f64,
    /// The seconds of those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub before: f64,
    /// Most memory it had, in bytes, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory: Option<u64>,
    /// What of the sandbox held: `fs`, `net`, `kill`.
    #[serde(default)]
    pub held: Vec<String>,
    /// The programs that a command started, by what it calls them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub programs: BTreeMap<String, Started>,
}

fn is_zero(seconds: &f64) -> bool {
    *seconds == 0.0
}

/// A program of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its path.
    pub path: String,
    /// What stands behind the links there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
}

impl Store {
    /// A fresh folder for a running step.
    pub fn work_folder(&self) -> Result<WorkFolder, StoreError> {
        let path = fs::temporary_beside(&self.root.join("work").join("step"));
        let lock_path = lock_of(&path);
        let held = lock::lock(&lock_path)?;
        match fs::create_dir(&path) {
            Ok(()) => Ok(WorkFolder { path, _lock: held }),
            Err(error) => {
                let _ = fs::remove_file(&lock_path);
                Err(error.into())
            }
        }
    }

    /// Removes work folders and leases whose process is gone.
    pub fn sweep_work(&self) -> Result<(), StoreError> {
        self.sweep_leases()?;
        let work = self.root.join("work");
        for name in fs::names(&work)? {
            let path = work.join(&name);
            if !is_own("work", &path)? {
                continue;
            }
            if path.extension().is_some_and(|extension| extension == "lock") {
                if let Some(_held) = lock::try_lock(&path)? {
                    fs::remove_all(&path.with_extension(""))?;
                    fs::remove_file(&path)?;
                }
            } else if !fs::is_there(&lock_of(&path))? {
                // The lock is made first and removed last, so no one lives here.
                fs::remove_all(&path)?;
            }
        }
        Ok(())
    }

    /// Where an action's log stands.
    pub fn log_path(&self, key: ActionKey) -> PathBuf {
        self.root.join("logs").join(format!("{key}.log"))
    }

    /// An action's log, opened; nothing where there is none.
    pub fn log(&self, key: ActionKey) -> Result<Option<File>, StoreError> {
        Ok(bounded::open_optional(&self.log_path(key), Links::NoneBelow(&self.root))?)
    }

    /// Where an action's checkpoints stand.
    pub fn checkpoint_path(&self, key: ActionKey) -> PathBuf {
        self.root.join("checkpoints").join(key.0.to_hex())
    }

    /// The folder for an action's checkpoints: what else stands there is removed, so that no
    /// link leads a step's writes out of the store.
    pub fn checkpoint_folder(&self, key: ActionKey) -> Result<PathBuf, StoreError> {
        let path = self.checkpoint_path(key);
        if fs::metadata_optional(&path)?.is_some_and(|found| !found.is_dir()) {
            fs::remove_file(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// A cached descriptor, by what identifies the worker's file.
    pub fn descriptor(&self, identity: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(kept_if_sound(&self.root, &self.descriptor_path(identity))?)
    }

    /// Caches a descriptor.
    pub fn put_descriptor(&self, identity: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_whole(&self.descriptor_path(identity), bytes)
    }

    fn descriptor_path(&self, identity: &str) -> PathBuf {
        self.root.join("descriptors").join(Digest::of(identity.as_bytes()).to_hex())
    }

    /// Adds an observation of a step.
    pub fn observe(&self, step: &str, observation: &Observation) -> Result<(), StoreError> {
        if let Ok(mut line) = serde_json::to_vec(observation) {
            line.push(b'\n');
            fs::append(&self.observation_path(step), &line)?;
        }
        Ok(())
    }

    /// Whether each of these steps was ever observed: one look at a folder for all of them.
    pub fn observed<'a>(
        &self,
        steps: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<bool>, StoreError> {
        let names = fs::names(&self.root.join("observations"))?;
        let names: BTreeSet<OsString> = names.into_iter().collect();
        let is_there = |step| !names.is_empty() && names.contains(&*observation_name(step));
        Ok(steps.map(is_there).collect())
    }

    /// The last observation of a step; a damaged line is passed over.
    pub fn last_observation(&self, step: &str) -> Result<Option<Observation>, StoreError> {
        Ok(observations(&self.root, &self.observation_path(step))?.pop())
    }

    fn observation_path(&self, step: &str) -> PathBuf {
        self.root.join("observations").join(observation_name(step))
    }
}

fn observation_name(step: &str) -> OsString {
    format!("{}.jsonl", file_name(step)).into()
}

/// A file name that no other step has, whatever its name holds.
pub(super) fn file_name(step: &str) -> String {
    let name: String = step
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_@=.,".contains(c) { c } else { '+' })
        .take(100)
        .collect();
    let tag = &Digest::of(step.as_bytes()).to_hex()[..8];
    format!("{name}-{tag}")
}

/// What a file of observations holds, the oldest first; damaged lines are passed over.
pub(super) fn observations(root: &Path, path: &Path) -> Result<Vec<Observation>, StoreError> {
    let bytes = kept_if_sound(root, path)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}
