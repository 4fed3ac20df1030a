//! What a user trusts: a record a workspace, in the user's own config folder.
//!
//! On disk: `trust/HEX` below the config folder, JSON, by the digest of the workspace's path.
//! Invariant: a record that is not of this form and this workspace trusts nothing.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::sys::bounded::{self, Bound};
use crate::sys::{PathError, env, fs};

/// The version of the form.
const VERSION: u32 = 1;

/// What is trusted in one workspace.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// The workspace's folder, for people.
    pub workspace: String,
    /// Its workers.
    pub workers: Vec<Program>,
}

/// A program as it was when it was trusted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Its path in the workspace.
    pub path: String,
    /// Its bytes.
    pub content: Content,
}

/// What of a workspace is trusted.
#[derive(Debug)]
pub struct Trusted(Record);

impl Record {
    /// A record of this version.
    pub fn new(root: &Path, workers: Vec<Program>) -> Self {
        Self { version: VERSION, workspace: root.display().to_string(), workers }
    }
}

impl Trusted {
    /// What is trusted in the workspace at `root`.
    pub fn of(root: &Path) -> Self {
        let path = path_of(root);
        Self(path.and_then(|path| read(&path)).unwrap_or_default())
    }

    /// The record's bytes, which move when anything else is trusted.
    pub fn facts(root: &Path) -> Vec<u8> {
        let bytes =
            path_of(root).and_then(|path| bounded::read(&path, Bound::own(MOST_BYTES)).ok());
        bytes.unwrap_or_default()
    }

    /// Whether a program with these bytes is.
    pub fn has(&self, content: Content) -> bool {
        self.0.workers.iter().any(|program| program.content == content)
    }
}

/// Every record.
pub fn all() -> Vec<Record> {
    let Some(folder) = folder() else { return Vec::new() };
    let names = fs::names(&folder).unwrap_or_default();
    names.into_iter().filter_map(|name| read(&folder.join(name))).collect()
}

/// Writes the record of the workspace at `root`.
pub fn write(root: &Path, record: &Record) -> Result<(), PathError> {
    let Some(path) = path_of(root) else { return Err(nowhere()) };
    if let Some(folder) = path.parent() {
        fs::create_private_dir_all(folder)?;
    }
    let mut bytes = serde_json::to_vec_pretty(record).unwrap_or_default();
    bytes.push(b'\n');
    fs::write_durably(&path, &bytes, 0o600)
}

/// Removes the record of the workspace at `root`; gives whether there was one.
pub fn remove(root: &Path) -> Result<bool, PathError> {
    let Some(path) = path_of(root) else { return Ok(false) };
    let was = fs::is_there(&path)?;
    fs::remove_file(&path).map(|()| was)
}

/// More than the workers of any workspace.
const MOST_BYTES: u64 = 16 << 20;

fn read(path: &Path) -> Option<Record> {
    let bytes = bounded::read_optional(path, Bound::own(MOST_BYTES)).ok().flatten()?;
    serde_json::from_slice::<Record>(&bytes).ok().filter(|record| record.version == VERSION)
}

fn folder() -> Option<PathBuf> {
    Some(env::config_folder()?.join("trust"))
}

fn path_of(root: &Path) -> Option<PathBuf> {
    let root = fs::canonical(root).unwrap_or_else(|_| root.to_owned());
    Some(folder()?.join(Digest::of(root.as_os_str().as_bytes()).to_hex()))
}

fn nowhere() -> PathError {
    let error = std::io::Error::other("neither HOME nor XDG_CONFIG_HOME is set");
    PathError::new("find", Path::new("ingot/trust"), error)
}
