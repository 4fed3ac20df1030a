//! The guest's side of `ingot:step@1.0.0`: from its types to ours and back.
//!
//! Invariant: the interface is the file's, `../wit/step.wit`; nothing is retyped
//! but the names. An import that no step uses is not in the component, so a
//! plugin that draws no random numbers needs no grant for them.

use crate::{Determinism, Expansion, Finding, InputPort, Kind, Metric, OutputPort, Run, Severity};

/// Generated from the interface.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "ingot:step/step",
        pub_export_macro: true,
        export_macro_name: "export",
        generate_all,
    });
}

use bindings::ingot::step::{artifacts, report, seed, types};

pub use bindings::{Config, Descriptor, Failure, Guest, Input, Output};

pub(crate) struct Host;
pub(crate) struct HostInput(artifacts::Input);
pub(crate) struct HostOutput(artifacts::Output);
pub(crate) struct HostReader(artifacts::Reader);
pub(crate) struct HostWriter(artifacts::Writer);

/// A kind, and how a step of it is done.
type Entry = (fn() -> Kind, fn(&Run) -> Result<(), crate::Failure>);

/// What the plugin has.
pub fn describe(kinds: &[Kind]) -> Descriptor {
    Descriptor { kinds: kinds.iter().map(kind).collect(), artifact_types: Vec::new() }
}

/// Does one step by the table of kinds.
pub fn run(
    config: Config,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    steps: &[Entry],
) -> Result<(), Failure> {
    std::panic::set_hook(Box::new(|panic| report::log(&panic.to_string())));
    let Some((_, step)) = steps.iter().find(|(kind, _)| kind().name == config.kind) else {
        let message = format!("no kind `{}` in this plugin", config.kind);
        return Err(Failure { code: "KIND".to_owned(), message, help: None });
    };
    let inputs = inputs.into_iter().map(|input| crate::Input::new(HostInput(input))).collect();
    let outputs = outputs.into_iter().map(|output| crate::Output::new(HostOutput(output)));
    let run = Run::new(config.params, inputs, outputs.collect(), Host);
    step(&run).map_err(|crate::Failure { code, message, help }| Failure { code, message, help })
}

impl HostInput {
    pub(crate) fn port(&self) -> String {
        self.0.port()
    }

    pub(crate) fn artifact_type(&self) -> String {
        self.0.artifact_type()
    }

    pub(crate) fn streams(&self) -> Vec<String> {
        self.0.streams()
    }

    pub(crate) fn open(&self, name: &str) -> Result<HostReader, crate::Failure> {
        self.0.open(name).map(HostReader).map_err(ours)
    }
}

impl HostReader {
    pub(crate) fn read(&mut self, max: u32) -> Vec<u8> {
        self.0.read(max)
    }
}

impl HostOutput {
    pub(crate) fn port(&self) -> String {
        self.0.port()
    }

    pub(crate) fn artifact_type(&self) -> String {
        self.0.artifact_type()
    }

    pub(crate) fn create(&self, name: &str) -> Result<HostWriter, crate::Failure> {
        self.0.create(name).map(HostWriter).map_err(ours)
    }
}

impl HostWriter {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

impl Host {
    pub(crate) fn metric(&self, metric: Metric) {
        let Metric { name, value, low, high, confidence, slice } = metric;
        report::add_metric(&report::Metric { name, value, low, high, confidence, slice });
    }

    pub(crate) fn finding(&self, finding: Finding) {
        let Finding { severity, code, message, column, rows, examples } = finding;
        let severity = match severity {
            Severity::Info => report::Severity::Info,
            Severity::Warning => report::Severity::Warning,
            Severity::Error => report::Severity::Error,
        };
        let finding = report::Finding { severity, code, message, column, rows, examples };
        report::add_finding(&finding);
    }

    pub(crate) fn progress(&self, done: u64, total: u64, of_what: &str) {
        report::progress(done, total, of_what);
    }

    pub(crate) fn log(&self, line: &str) {
        report::log(line);
    }

    pub(crate) fn draw(&self, purpose: &str, index: u64) -> u64 {
        seed::draw(purpose, index)
    }
}

fn ours(Failure { code, message, help }: Failure) -> crate::Failure {
    crate::Failure { code, message, help }
}

fn kind(kind: &Kind) -> types::Kind {
    types::Kind {
        name: kind.name.clone(),
        summary: kind.summary.clone(),
        params: kind.params.to_string(),
        inputs: kind.inputs.iter().map(input_port).collect(),
        outputs: kind.outputs.iter().map(output_port).collect(),
        determinism: match kind.determinism {
            Determinism::Bitwise => types::Determinism::Bitwise,
            Determinism::None => types::Determinism::None,
        },
        random: kind.random,
        accepts_failed: kind.accepts_failed,
        expands: kind.expands.iter().map(expansion).collect(),
    }
}

fn input_port(port: &InputPort) -> types::InputPort {
    types::InputPort {
        name: port.name.clone(),
        types: port.types.clone(),
        required: port.required,
        many: port.many,
        splits: port.splits.clone(),
        forwarded: port.forwarded,
    }
}

fn output_port(port: &OutputPort) -> types::OutputPort {
    types::OutputPort {
        name: port.name.clone(),
        artifact_type: port.artifact_type.clone(),
        file: port.file,
    }
}

fn expansion(expansion: &Expansion) -> types::Expansion {
    types::Expansion {
        port: expansion.port.clone(),
        name: expansion.name.clone(),
        kind: expansion.kind.clone(),
        output: expansion.output.clone(),
        inputs: expansion.inputs.clone(),
        params: expansion.params.clone(),
    }
}
