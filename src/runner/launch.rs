//! [`Launch`]: what the launcher is told, and what it tells back.
//!
//! Both are small JSON files in the step's work folder, outside what the step
//! can see. The environment is not among them: the launcher has the step's own,
//! so that the value of a secret is never written down.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// Most bytes of the orders, and of the report.
const MOST: u64 = 64 << 20;

/// One step for the launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its working directory: the exec root.
    pub directory: PathBuf,
    /// Files and folders that it may read, beside the system's.
    pub reads: Vec<PathBuf>,
    /// Folders that it may write.
    pub writes: Vec<PathBuf>,
    /// Folders that nobody below may change in any way, `writes` excepted.
    pub protects: Vec<PathBuf>,
    /// Whether the network is there.
    pub network: bool,
    /// Whether the GPUs are there.
    pub gpu: bool,
    /// Bytes of memory that one process may have.
    pub memory: Option<u64>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// What of the sandbox held: `fs`, `net`, `kill`.
    pub held: Vec<String>,
    /// Why the program could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether that is because of the program: it is not there, or cannot be executed.
    #[serde(default)]
    pub program: bool,
    /// The signal that ended the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

impl Launch {
    /// Orders that allow nothing, to try a sandbox with.
    pub fn nothing() -> Self {
        Self {
            program: PathBuf::from("/proc"),
            arguments: Vec::new(),
            directory: PathBuf::from("/proc"),
            reads: Vec::new(),
            writes: Vec::new(),
            protects: Vec::new(),
            network: false,
            gpu: false,
            memory: None,
        }
    }

    /// Writes the orders into `work`.
    pub fn write(&self, work: &Path) -> Result<(), RunError> {
        let bytes = serde_json::to_vec(self).map_err(|error| RunError::Form(error.to_string()))?;
        Ok(fs::write_atomically(&orders(work), &bytes, 0o600)?)
    }

    /// Reads the orders in `work`.
    pub fn read(work: &Path) -> Result<Self, RunError> {
        let bytes = bounded::read(&orders(work), Bound::below(work, MOST))?;
        serde_json::from_slice(&bytes).map_err(|error| RunError::Form(error.to_string()))
    }
}

impl Report {
    /// What the launcher wrote; nothing where it was killed before.
    pub fn read(work: &Path) -> Result<Self, RunError> {
        let bytes =
            bounded::read_optional(&report(work), Bound::below(work, MOST))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default())
    }
}

fn orders(work: &Path) -> PathBuf {
    work.join("launch.json")
}

/// Where the launcher reports: a line a state, the last one counts.
pub(super) fn report(work: &Path) -> PathBuf {
    work.join("report.jsonl")
}
