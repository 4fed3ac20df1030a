//! The command line of `ingot-wasm`.
//!
//! `describe`, `run` and `inspect` are every worker's. The others are the core's way to a
//! plugin: `fetch ADDRESS SHA256 FILE`, `compile COMPONENT COMPILED` and
//! `describe-plugin PLUGIN.json DESCRIPTOR.json`,
//! and the author's: `componentize MODULE COMPONENT [WIT]`, `try COMPONENT CASE`.
//! Invariant: only `compile` and `try` contain a compiler's work.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ingot_protocol::{
    Descriptor, Difference, Event, Failure, Inspection, PROTOCOL, PluginRequest, Request, Worker,
    worker,
};

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
        }
    }

    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
        run::run(request, emit)
    }

    fn show(&self, artifact: &Path) -> Result<Inspection, Failure> {
        ingot_data::worker::DataWorker.show(artifact)
    }

    fn diff(&self, old: &Path, new: &Path) -> Result<Difference, Failure> {
        ingot_data::worker::DataWorker.diff(old, new)
    }
}

/// Asks the compiled plugin that one file names, and writes its answer into another.
fn describe_plugin(plugin: &Path, descriptor: &Path) -> Result<(), PluginError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PluginError::Io { path, source }
    };
    let bytes = fs::read(plugin).map_err(io(plugin))?;
    let wrong = |source: serde_json::Error| PluginError::Io {
        path: plugin.to_owned(),
        source: source.into(),
    };
    let plugin: PluginRequest = serde_json::from_slice(&bytes).map_err(wrong)?;
    let said = run::describe(&plugin)?;
    fs::write(descriptor, serde_json::to_vec(&said).map_err(wrong)?).map_err(io(descriptor))
}
