//! [`Launch`]: what the launcher is told of a step, and [`Report`]: what it tells back.
//!
//! Both go over a socket that nobody else has, as lines of JSON, and are never written
//! down: the values of secrets are among them.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One step for the launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(String, OsString)>,
    /// Its working directory: the exec root. What stands in it, the step has.
    pub directory: PathBuf,
    /// Files and folders that it may read, beside the system's and the exec root's.
    pub reads: Vec<PathBuf>,
    /// Folders that it may write.
    pub writes: Vec<PathBuf>,
    /// Folders that nobody below may change in any way, `writes` excepted.
    pub protects: Vec<PathBuf>,
    /// Whether the network is there.
    pub network: bool,
    /// Whether the GPUs are there.
    pub gpu: bool,
    /// Bytes of memory that the step may have.
    pub memory: Option<u64>,
}

/// Where the exec root stands for a step that has a root of its own.
pub const STEP: &str = "/step";

/// What a launched step comes to; each line adds to what was said before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// What of the sandbox holds; see [`super::sandbox::Wall`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Vec<String>>,
    /// Why something does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<String>,
    /// Bytes of memory that the step has outside of its processes: `/dev/shm`, shared
    /// segments, files in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<u64>,
    /// Why the program could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether that is because of the program: it is not there, or cannot be executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<bool>,
    /// The exit code that the program ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal that ended the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
}

impl Report {
    /// Takes in what a further line says.
    pub fn add(&mut self, later: Self) {
        let Self { held, lacking, shared, error, program, code, signal } = later;
        self.held = held.or(self.held.take());
        self.lacking = lacking.or(self.lacking.take());
        self.shared = shared.or(self.shared);
        self.error = error.or(self.error.take());
        self.program = program.or(self.program);
        self.code = code.or(self.code);
        self.signal = signal.or(self.signal);
    }
}
