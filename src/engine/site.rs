//! [`Site`]: the machine that a job runs on, as far as the job can see it.
//!
//! What a job leaves open is here: where the store is, where the programs are that the job
//! calls by name, and what the sandbox keeps it from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::runner::launcher::Launcher;
use crate::store::Store;

/// The machine that a job runs on.
#[derive(Debug)]
pub struct Site<'a> {
    /// Where inputs are taken from and outputs go.
    pub store: &'a Store,
    /// What starts it in the sandbox.
    pub launcher: &'a Launcher,
    /// Whether it runs in a sandbox.
    pub sandbox: bool,
    /// What the provider is here.
    pub program: SiteProgram,
    /// Worker program -> the folders of its libraries.
    pub libraries: &'a BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Artifact type -> the worker that judges what a command or a plugin wrote under it.
    pub judges: &'a BTreeMap<String, PathBuf>,
    /// What no step may change.
    pub protects: Vec<PathBuf>,
    /// Set when the job is to end.
    pub cancel: &'a AtomicBool,
}

/// What the provider of a job is on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteProgram {
    /// A worker.
    Worker(PathBuf),
    /// A plugin.
    Plugin {
        /// The worker that hosts it.
        host: PathBuf,
        /// The component's file.
        component: PathBuf,
    },
    /// The programs of a command.
    Command {
        /// The folder that paths of tools are relative to.
        folder: PathBuf,
        /// Declared tool -> its program here, where that is not as it is declared.
        tools: BTreeMap<String, String>,
    },
}

impl Site<'_> {
    /// The folders of a worker's libraries.
    pub fn libraries_of(&self, program: &Path) -> &[PathBuf] {
        self.libraries.get(program).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the job is to end.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::SeqCst)
    }
}
