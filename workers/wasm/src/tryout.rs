//! The verb `try`: one case of a plugin's own tests, in the host that will run it.
//!
//! On disk, in the case's folder: `case.json` ([`Case`]) and `in/INPUT/STREAM` are read,
//! `out/OUTPUT/STREAM` and `result.json` ([`Outcome`]) are written; streams are raw bytes
//! under their numbers. Invariant: the same code runs as in a build, with the default
//! limits and every grant; only where streams come from and go to is another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ingot_protocol::{Event, Failure, PluginLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasmtime::component::Component;

use crate::bindings::types::Config;
use crate::compile;
use crate::component::{Plugin, grants};
use crate::engine::engine;
use crate::error::PluginError;
use crate::host::{GuestMessage, Host};
use crate::input::Input;

const VERSION: u32 = 1;

/// What to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    version: u32,
    kind: String,
    params: Map<String, Value>,
    seed: Option<u64>,
    inputs: Vec<CaseInput>,
    outputs: Vec<CaseOutput>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseInput {
    port: String,
    #[serde(rename = "type")]
    artifact_type: String,
    streams: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseOutput {
    port: String,
    #[serde(rename = "type")]
    artifact_type: String,
}

/// How it went.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    version: u32,
    streams: Vec<OutcomeStream>,
    metrics: Vec<Value>,
    findings: Vec<Value>,
    log: Vec<String>,
    failure: Option<Value>,
}

#[derive(Debug, Serialize)]
struct OutcomeStream {
    output: usize,
    name: String,
    file: usize,
}

/// Runs one case of a component; of one that `compile` made into `compiled`, where that
/// is said: such a file is machine code, and its maker is trusted.
pub fn tryout(component: &Path, compiled: bool, folder: &Path) -> Result<(), PluginError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| PluginError::Io { path, source }
    };
    let file = folder.join("case.json");
    let bytes = fs::read(&file).map_err(io(&file))?;
    let case: Case = serde_json::from_slice(&bytes)
        .map_err(|error| PluginError::Io { path: file.clone(), source: error.into() })?;
    if case.version != VERSION {
        let what = format!("the case has version {}, this program reads {VERSION}", case.version);
        return Err(PluginError::Report(what));
    }
    let engine = engine()?;
    let granted: Vec<String> = grants().map(str::to_owned).collect();
    let plugin = if !compiled {
        let component = Component::from_binary(&engine, &compile::read(component)?)
            .map_err(|error| PluginError::Compile { reason: format!("{error:#}") })?;
        Plugin::of(&engine, &component, &granted)?
    } else {
        Plugin::open(&engine, component, &granted)?
    };
    let log = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&log);
    let tell = move |said| {
        if let GuestMessage::Log(line) = said {
            told.borrow_mut().push(line);
        }
    };
    let limits = PluginLimits::default();
    let mut host = Host::new(limits, case.seed, Box::new(tell));
    let mut outcome = Outcome { version: VERSION, ..Outcome::default() };
    let outputs = case
        .outputs
        .iter()
        .enumerate()
        .map(|(index, output)| {
            let path = folder.join("out").join(index.to_string());
            host.add_raw_output(&output.port, &output.artifact_type, path)
        })
        .collect();
    let config = Config { kind: case.kind, params: Value::Object(case.params).to_string() };
    match plugin.run(host, limits.fuel, &config, inputs(folder, case.inputs), outputs) {
        Ok((host, _)) => take(host, &mut outcome)?,
        Err(error) => outcome.failure = Some(said(error)),
    }
    outcome.log = log.take();
    let file = folder.join("result.json");
    let text = serde_json::to_vec_pretty(&outcome)
        .map_err(|error| PluginError::Io { path: file.clone(), source: error.into() })?;
    fs::write(&file, text).map_err(io(&file))
}

fn inputs(folder: &Path, inputs: Vec<CaseInput>) -> Vec<Input> {
    let files = |index: usize, streams: Vec<String>| -> BTreeMap<String, PathBuf> {
        let place = |at: usize| folder.join("in").join(index.to_string()).join(at.to_string());
        streams.into_iter().enumerate().map(|(at, name)| (name, place(at))).collect()
    };
    let each = inputs.into_iter().enumerate();
    each.map(|(index, input)| {
        Input::of_files(&input.port, &input.artifact_type, files(index, input.streams))
    })
    .collect()
}

fn take(host: Host, outcome: &mut Outcome) -> Result<(), PluginError> {
    for event in host.reported {
        match event {
            Event::Metric(metric) => outcome.metrics.push(serde_json::json!({
                "name": metric.name,
                "value": metric.value,
                "low": metric.low,
                "high": metric.high,
                "confidence": metric.confidence,
                "slice": metric.slice,
            })),
            Event::Finding(finding) => outcome.findings.push(serde_json::json!({
                "severity": finding.severity,
                "code": finding.code,
                "message": finding.message,
                "column": finding.column,
                "rows": finding.rows,
                "examples": finding.examples,
            })),
            _ => {}
        }
    }
    for (index, output) in host.outputs.into_iter().enumerate() {
        for (file, name) in output.names().into_iter().enumerate() {
            outcome.streams.push(OutcomeStream { output: index, name: name.to_owned(), file });
        }
        if !output.is_empty() {
            output.finish()?;
        }
    }
    Ok(())
}

fn said(error: PluginError) -> Value {
    let Failure { code, message, help } = error.into();
    serde_json::json!({ "code": code, "message": message, "help": help })
}
