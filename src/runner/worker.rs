//! A worker's three verbs, from the core's side.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ingot_protocol::{Descriptor, Difference, Inspection, Request};
use serde::de::DeserializeOwned;

use super::exec_root::ExecRoot;
use super::launch::Launch;
use super::supervise::{GRACE, Run, supervise};
use super::{RunError, environment, sandbox};
use crate::sys::process::{self, Start};
use crate::sys::{env, fs};

/// How long `describe` and `inspect` may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The request's name in the exec root.
pub const REQUEST: &str = "request.json";

/// Writes a request into an exec root.
pub fn write_request(root: &Path, request: &Request) -> Result<(), RunError> {
    let mut bytes =
        serde_json::to_vec_pretty(request).map_err(|error| RunError::Form(error.to_string()))?;
    bytes.push(b'\n');
    Ok(fs::write_atomically(&root.join(REQUEST), &bytes, 0o444)?)
}

/// What the worker says of itself.
pub fn describe(program: &Path) -> Result<Descriptor, RunError> {
    ask(program, vec!["describe".into()])
}

/// A worker of the workspace that is asked what it is: in the sandbox, since somebody else
/// may have written it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The program that sandboxes.
    pub launcher: &'a Path,
    /// The worker.
    pub program: &'a Path,
    /// A folder for this alone.
    pub work: &'a Path,
    /// What no process may change.
    pub protects: &'a [PathBuf],
    /// Set when the command ends.
    pub cancel: &'a AtomicBool,
}

/// The largest descriptor.
const MOST_SAID: u64 = 16 << 20;

/// What a worker may take to say what it is.
const MEMORY: u64 = 2 << 30;

impl Asked<'_> {
    /// What the worker says of itself.
    pub fn describe(&self) -> Result<Descriptor, RunError> {
        if !sandbox::available(self.launcher).fs {
            let why = "files cannot be kept from a program on this machine";
            return Err(RunError::Sandbox(why.to_owned()));
        }
        let root = ExecRoot::new(self.work)?;
        // What a launched program writes to its standard output is events or log.
        let script = format!("exec \"$0\" describe > {SAID}");
        let launch = Launch {
            program: PathBuf::from("/bin/sh"),
            arguments: vec!["-c".to_owned(), script, self.program.display().to_string()],
            directory: root.path().to_owned(),
            reads: vec![self.program.to_owned()],
            writes: vec![root.path().join("out"), root.path().join("tmp")],
            protects: self.protects.to_vec(),
            network: false,
            gpu: false,
            memory: Some(MEMORY),
        };
        let variables = environment::environment(root.path(), 1, &[]);
        let (_, result) = supervise(
            Run {
                launcher: self.launcher,
                sandbox: true,
                work: self.work,
                launch,
                environment: variables.into_iter().collect(),
                secrets: Vec::new(),
                lock: None,
                log: &self.work.join("log"),
                timeout: Some(PATIENCE),
                memory: Some(MEMORY),
                cancel: self.cancel,
                grace: GRACE,
                events: false,
            },
            &mut |_| {},
        );
        result?;
        let said = root.path().join(SAID);
        let found = fs::metadata(&said)?;
        if !found.is_file() || found.len() > MOST_SAID {
            return Err(RunError::Garbage { line: "more than a descriptor is long".to_owned() });
        }
        serde_json::from_slice(&fs::read(&said)?)
            .map_err(|error| RunError::Garbage { line: error.to_string() })
    }
}

/// Where the answer is, in the exec root.
const SAID: &str = "out/descriptor.json";

/// What an artifact holds.
pub fn inspect_show(program: &Path, artifact: &Path) -> Result<Inspection, RunError> {
    ask(program, vec!["inspect".into(), "show".into(), artifact.into()])
}

/// How two artifacts differ.
pub fn inspect_diff(program: &Path, old: &Path, new: &Path) -> Result<Difference, RunError> {
    ask(program, vec!["inspect".into(), "diff".into(), old.into(), new.into()])
}

fn ask<T: DeserializeOwned>(program: &Path, arguments: Vec<OsString>) -> Result<T, RunError> {
    let start =
        Start { program, arguments, environment: own_environment(), directory: None, stdin: None };
    let said = process::ask(start, PATIENCE)?;
    if !said.status.success() {
        return Err(match said.status.code() {
            Some(code) => RunError::Exit { code },
            None => RunError::Signal { signal: 9 },
        });
    }
    serde_json::from_slice(&said.stdout).map_err(|_| RunError::Garbage {
        line: String::from_utf8_lossy(&said.stdout).chars().take(200).collect(),
    })
}

/// The folders from which the loader takes a worker's libraries: what a step of
/// it must be able to read. Empty where the loader does not say.
pub fn library_folders(program: &Path) -> Vec<PathBuf> {
    let mut environment = own_environment();
    environment.push(("LD_TRACE_LOADED_OBJECTS".to_owned(), "1".into()));
    let start = Start { program, arguments: Vec::new(), environment, directory: None, stdin: None };
    let Ok(said) = process::ask(start, PATIENCE) else { return Vec::new() };
    let text = String::from_utf8_lossy(&said.stdout);
    let mut folders: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| line.split_once("=>")?.1.trim().split(" (").next())
        .map(Path::new)
        .filter(|path| path.is_absolute())
        .filter_map(|path| Some(fs::canonical(path).ok()?.parent()?.to_owned()))
        .filter(|folder| {
            !["/usr", "/lib", "/lib64"].iter().any(|system| folder.starts_with(system))
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// What a worker that is only asked something has of this environment.
fn own_environment() -> Vec<(String, OsString)> {
    ["PATH", "LD_LIBRARY_PATH"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), env::variable_os(name)?)))
        .chain([("OMP_WAIT_POLICY".to_owned(), OsString::from("passive"))])
        .collect()
}
