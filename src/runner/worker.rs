//! A worker's three verbs, from the core's side.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ingot_protocol::{Descriptor, Difference, Inspection, Request};
use serde::de::DeserializeOwned;

use super::RunError;
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
        Start { program, arguments, environment: environment(), directory: None, stdin: None };
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
    let mut environment = environment();
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
fn environment() -> Vec<(String, OsString)> {
    ["PATH", "LD_LIBRARY_PATH"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), env::variable_os(name)?)))
        .chain([("OMP_WAIT_POLICY".to_owned(), OsString::from("passive"))])
        .collect()
}
