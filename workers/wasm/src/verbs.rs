//! The command line of `ingot-wasm`.
//!
//! `describe`, `run` and `inspect` are every worker's. The others are the core's way to a
//! plugin: `fetch ADDRESS SHA256 FILE`, `compile COMPONENT COMPILED` and
//! `describe-plugin PLUGIN.json DESCRIPTOR.json`, `inspect-plugin PLUGIN.json ARTIFACT
//! TYPE INSPECTION.json`,
//! and the author's: `componentize MODULE COMPONENT [WIT]`, `try COMPONENT CASE`,
//! `try-compiled COMPILED CASE`.
//! Invariant: only `compile` and `try` contain a compiler's work.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ingot_protocol::{
    Descriptor, Difference, Event, Failure, Inspection, PROTOCOL, PluginRequest, Request, Worker,
    codes, worker,
};

use crate::codes::CODES;
use crate::error::PluginError;
use crate::{compile, componentize, describe, fetch, run, tryout};

/// Answers one command line.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["compile", component, compiled] => {
            compile::compile(Path::new(component), Path::new(compiled))
        }
        ["describe-plugin", plugin, descriptor] => {
            describe_plugin(Path::new(plugin), Path::new(descriptor))
        }
        ["inspect-plugin", plugin, artifact, artifact_type, inspection] => inspect_plugin(
            Path::new(plugin),
            Path::new(artifact),
            artifact_type,
            Path::new(inspection),
        ),
        ["componentize", module, component] => {
            componentize::componentize(Path::new(module), None, Path::new(component))
        }
        ["componentize", module, component, wit] => {
            let wit = Some(Path::new(*wit));
            componentize::componentize(Path::new(module), wit, Path::new(component))
        }
        ["fetch", address, sha256, to] => fetch::fetch(address, sha256, Path::new(to)),
        ["try", component, case] => tryout::tryout(Path::new(component), false, Path::new(case)),
        ["try-compiled", compiled, case] => {
            tryout::tryout(Path::new(compiled), true, Path::new(case))
        }
        _ => return worker::main(&WasmWorker),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let Failure { code, message, help } = error.into();
            if let Ok(line) = serde_json::to_string(&Event::Error { code, message, help }) {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The worker. It has no kind of its own: each plugin brings its own.
#[derive(Debug, Clone, Copy)]
pub struct WasmWorker;

impl Worker for WasmWorker {
    fn describe(&self) -> Descriptor {
        Descriptor {
            protocol: PROTOCOL,
            worker: describe::WORKER.to_owned(),
            stands_on: std::collections::BTreeMap::new(),
            types: Vec::new(),
            kinds: Vec::new(),
            codes: codes::table(&[CODES]),
        }
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        run::run(request, emit)
    }

    fn show(&self, artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
        ingot_tables::inspect::show(artifact_type, artifact)
    }

    fn diff(&self, artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
        ingot_tables::inspect::diff(artifact_type, old, new)
    }
}

/// Asks the compiled plugin that one file names, and writes its answer into another.
fn describe_plugin(plugin: &Path, descriptor: &Path) -> Result<(), PluginError> {
    write(descriptor, &run::describe(&read(plugin)?)?)
}

/// Asks it what an artifact of one of its types holds. A plugin that does not say gets the
/// artifact's streams counted.
fn inspect_plugin(
    plugin: &Path,
    artifact: &Path,
    artifact_type: &str,
    inspection: &Path,
) -> Result<(), PluginError> {
    write(inspection, &run::inspect(&read(plugin)?, artifact, artifact_type)?)
}

fn read(path: &Path) -> Result<PluginRequest, PluginError> {
    let io = |source| PluginError::Io { path: path.to_owned(), source };
    let bytes = fs::read(path).map_err(io)?;
    serde_json::from_slice(&bytes).map_err(|error| io(error.into()))
}

fn write(path: &Path, answer: &impl serde::Serialize) -> Result<(), PluginError> {
    let io = |source| PluginError::Io { path: path.to_owned(), source };
    let bytes = serde_json::to_vec(answer).map_err(|error| io(error.into()))?;
    fs::write(path, bytes).map_err(io)
}
