//! What of the sandbox this machine has: found out by a step that does nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::exec_root::ExecRoot;
use super::launch::Launch;
use super::launcher::Launcher;
use super::mask::Mask;
use super::supervise::{GRACE, Output, Run, supervise};

/// The words for what holds, and why something does not; `work` is an empty folder.
pub fn held(launcher: &Launcher, work: &Path) -> (Vec<String>, Option<String>) {
    let root = match ExecRoot::new(work) {
        Ok(root) => root,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let launch = Launch {
        program: PathBuf::from("/bin/true"),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: root.path().to_owned(),
        reads: Vec::new(),
        writes: vec![root.path().join("out"), root.path().join("tmp")],
        protects: Vec::new(),
        network: false,
        gpu: false,
        memory: None,
    };
    let run = Run {
        launcher,
        sandbox: true,
        launch,
        mask: Mask::default(),
        lock: None,
        log: &work.join("log"),
        timeout: Some(Duration::from_secs(10)),
        cancel: &AtomicBool::new(false),
        grace: GRACE,
        output: Output::Log,
    };
    let (ended, result) = supervise(run, &mut |_| {});
    let why = ended.lacking.or_else(|| Some(result.err()?.to_string()));
    (ended.held, why)
}
