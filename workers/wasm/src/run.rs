//! One step of a plugin: a request in, artifacts and events out.
//!
//! Invariant: what the guest wrote counts only when it ended well; until then the
//! outputs of the request are not whole, and nothing is reported. Progress and log are
//! told at once.

use std::io::Write;
use std::path::Path;

use ingot_protocol::{Event, Failure, Inspection, PluginRequest, Request};
use ingot_tables::reported;

use crate::bindings::types::Config;
use crate::component::Plugin;
use crate::engine::engine;
use crate::error::PluginError;
use crate::host::{GuestMessage, Host};
use crate::input::Input;

/// The types of outputs that the host writes itself.
const REPORTED: [&str; 2] = ["findings", "metrics"];

/// Does one step.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let plugin = request.plugin.as_ref().ok_or(PluginError::NoPlugin)?;
    let component = Plugin::open(&engine()?, &plugin.compiled, &plugin.grants)?;
    let mut host = Host::new(plugin.limits, request.seed, Box::new(tell));
    let mut inputs = Vec::new();
    for (port, artifacts) in &request.inputs {
        for artifact in artifacts {
            inputs.push(Input::of(port, artifact)?);
        }
    }
    let mut outputs = Vec::new();
    for (port, output) in &request.outputs {
        if !REPORTED.contains(&output.artifact_type.as_str()) {
            outputs.push(host.add_output(port, &output.artifact_type, output.path.clone()));
        }
    }
    let params = serde_json::Value::Object(request.params.clone()).to_string();
    let config = Config { kind: plugin.kind.clone(), params };
    let fuel = plugin.limits.fuel;
    let (host, used) = component.run(host, fuel, &config, inputs, outputs)?;
    for output in host.outputs {
        output.finish()?;
    }
    report(request, host.reported, emit)?;
    emit(Event::Observe { name: "fuel".to_owned(), value: used as f64 });
    Ok(())
}

/// Gives what was reported where the kind wants it: an output of the type `findings` or
/// `metrics` takes all of its sort, and what no output takes is the step's own.
fn report(
    request: &Request,
    reported: Vec<Event>,
    emit: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    let place = |artifact_type: &str| {
        let found = request.outputs.values().find(|output| output.artifact_type == artifact_type);
        found.map(|output| output.path.as_path())
    };
    let (findings_at, metrics_at) = (place("findings"), place("metrics"));
    let (mut findings, mut metrics) = (Vec::new(), Vec::new());
    for event in reported {
        match event {
            Event::Finding(finding) if findings_at.is_some() => findings.push(finding),
            Event::Metric(metric) if metrics_at.is_some() => metrics.push(metric),
            other => emit(other),
        }
    }
    if let Some(path) = findings_at {
        reported::write_findings(path, &findings)?;
    }
    if let Some(path) = metrics_at {
        reported::write_metrics(path, &metrics)?;
    }
    Ok(())
}

/// The descriptor of a compiled plugin.
pub fn describe(plugin: &PluginRequest) -> Result<ingot_protocol::Descriptor, PluginError> {
    let component = Plugin::open(&engine()?, &plugin.compiled, &plugin.grants)?;
    let host = Host::new(plugin.limits, None, Box::new(tell));
    // What it may take for that is no manifest's to say.
    let asked = |error| PluginError::Asked(Box::new(error));
    let said = component.describe(host, plugin.limits.fuel).map_err(asked)?;
    crate::describe::checked(said)
}

/// What an artifact of one of the plugin's types holds; where the plugin does not say, how
/// many streams it has.
pub fn inspect(
    plugin: &PluginRequest,
    artifact: &Path,
    artifact_type: &str,
) -> Result<Inspection, PluginError> {
    let component = Plugin::open(&engine()?, &plugin.compiled, &plugin.grants)?;
    let input = Input::of_path(artifact_type, artifact)?;
    let streams = input.streams().len();
    let host = Host::new(plugin.limits, None, Box::new(tell));
    let said = component.inspect(host, plugin.limits.fuel, input)?;
    let (summary, tables) = match said {
        Some(said) => (said.summary, said.tables.into_iter().collect()),
        None if streams == 1 => ("1 file".to_owned(), Default::default()),
        None => (format!("{streams} files"), Default::default()),
    };
    Ok(Inspection { artifact_type: artifact_type.to_owned(), summary, tables })
}

/// Tells what is in no result: events on standard output, the log on standard error.
fn tell(told: GuestMessage) {
    match told {
        GuestMessage::Progress(event) => {
            if let Ok(line) = serde_json::to_string(&event) {
                let _ = writeln!(std::io::stdout(), "{line}");
            }
        }
        GuestMessage::Log(line) => {
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}
