//! [`Host`]: what the functions that a plugin imports do.
//!
//! Invariant: a guest reaches what its request names and nothing else; every call
//! counts against the [`Meter`]. A mistake of the guest's that it could handle is an
//! answer; what could not be handled alike everywhere ends the run.

use std::path::PathBuf;

use ingot_protocol::codes::is_code;
use ingot_protocol::{Event, Finding, Metric, PluginLimits, Severity, seed::derive};
use wasmtime::Error;
use wasmtime::component::{Resource, ResourceTable};

use crate::bindings::{artifacts, report, seed, types};
use crate::error::PluginError;
use crate::input::{Input, Reader};
use crate::limits::Meter;
use crate::output::{Collected, Output, Writer};

/// Most bytes of one call of `read` or `write`.
pub const CHUNK: usize = 1 << 20;
/// Most bytes of one metric or finding: each is one line of events, and those are short.
const LONGEST_REPORT: usize = 100 << 10;
/// Most characters of what progress is counted in.
const LONGEST_UNIT: usize = 64;

/// The state of one store: one run of one step.
pub struct Host {
    /// What the guest has hold of.
    pub table: ResourceTable,
    /// What it has taken.
    pub meter: Meter,
    /// What it reported; in order.
    pub reported: Vec<Event>,
    /// What is told at once: progress.
    pub tell: Box<dyn FnMut(GuestMessage)>,
    /// The outputs, by their index in the request.
    pub outputs: Vec<Collected>,
    seed: Option<u64>,
}

/// What a guest says that is in no result.
pub enum GuestMessage {
    /// How far it has come.
    Progress(Event),
    /// A line of its log.
    Log(String),
}

impl Host {
    /// The state of a run that has not begun.
    pub fn new(
        limits: PluginLimits,
        seed: Option<u64>,
        tell: Box<dyn FnMut(GuestMessage)>,
    ) -> Self {
        Self {
            table: ResourceTable::new(),
            meter: Meter::new(limits),
            reported: Vec::new(),
            tell,
            outputs: Vec::new(),
            seed,
        }
    }

    /// Adds an output; gives what the guest gets of it.
    pub fn add_output(&mut self, port: &str, artifact_type: &str, path: PathBuf) -> Output {
        self.outputs.push(Collected::new(port, artifact_type, path));
        Output { index: self.outputs.len() - 1 }
    }

    /// The same, of which the bytes are kept as they come.
    pub fn add_raw_output(&mut self, port: &str, artifact_type: &str, path: PathBuf) -> Output {
        self.outputs.push(Collected::raw(port, artifact_type, path));
        Output { index: self.outputs.len() - 1 }
    }

    /// Counts what is reported.
    fn count(&mut self, what: &str, bytes: usize) -> Result<(), PluginError> {
        self.meter.report(bytes)?;
        if bytes > LONGEST_REPORT {
            let what = format!("a {what} has {bytes} bytes; {LONGEST_REPORT} are the most");
            return Err(PluginError::Report(what));
        }
        Ok(())
    }
}

fn failure(error: &PluginError) -> types::Failure {
    types::Failure { code: error.code().to_owned(), message: error.to_string(), help: None }
}

impl types::Host for Host {}
impl artifacts::Host for Host {}

impl artifacts::HostReader for Host {
    fn read(&mut self, reader: Resource<Reader>, max: u32) -> Result<Vec<u8>, Error> {
        let max = (max as usize).min(CHUNK);
        Ok(self.table.get_mut(&reader)?.read(max)?)
    }

    fn drop(&mut self, reader: Resource<Reader>) -> Result<(), Error> {
        self.table.delete(reader)?;
        self.meter.closed();
        Ok(())
    }
}

impl artifacts::HostWriter for Host {
    fn write(&mut self, writer: Resource<Writer>, bytes: Vec<u8>) -> Result<(), Error> {
        let Writer { output, stream } = *self.table.get(&writer)?;
        if bytes.len() > CHUNK {
            let reason =
                format!("{} bytes were written at once; {CHUNK} are the most", bytes.len());
            return Err(PluginError::output(&self.outputs[output].port, reason).into());
        }
        self.meter.output(bytes.len())?;
        Ok(self.outputs[output].write(stream, bytes)?)
    }

    fn drop(&mut self, writer: Resource<Writer>) -> Result<(), Error> {
        let Writer { output, stream } = self.table.delete(writer)?;
        self.meter.closed();
        Ok(self.outputs[output].close(stream)?)
    }
}

impl artifacts::HostInput for Host {
    fn port(&mut self, input: Resource<Input>) -> Result<String, Error> {
        Ok(self.table.get(&input)?.port.clone())
    }

    fn artifact_type(&mut self, input: Resource<Input>) -> Result<String, Error> {
        Ok(self.table.get(&input)?.artifact_type.clone())
    }

    fn streams(&mut self, input: Resource<Input>) -> Result<Vec<String>, Error> {
        Ok(self.table.get(&input)?.streams())
    }

    fn open(
        &mut self,
        input: Resource<Input>,
        name: String,
    ) -> Result<Result<Resource<Reader>, types::Failure>, Error> {
        let input = self.table.get(&input)?;
        if let Err(error) = input.check(&name) {
            return Ok(Err(failure(&error)));
        }
        self.meter.opened()?;
        let reader = input.open(&name)?;
        Ok(Ok(self.table.push(reader)?))
    }

    fn drop(&mut self, input: Resource<Input>) -> Result<(), Error> {
        self.table.delete(input)?;
        Ok(())
    }
}

impl artifacts::HostOutput for Host {
    fn port(&mut self, output: Resource<Output>) -> Result<String, Error> {
        let index = self.table.get(&output)?.index;
        Ok(self.outputs[index].port.clone())
    }

    fn artifact_type(&mut self, output: Resource<Output>) -> Result<String, Error> {
        let index = self.table.get(&output)?.index;
        Ok(self.outputs[index].artifact_type.clone())
    }

    fn create(
        &mut self,
        output: Resource<Output>,
        name: String,
    ) -> Result<Result<Resource<Writer>, types::Failure>, Error> {
        let index = self.table.get(&output)?.index;
        // A stream is a file: it counts, however little is in it.
        self.meter.output(name.len().max(1))?;
        if let Err(error) = self.outputs[index].check(&name) {
            return Ok(Err(failure(&error)));
        }
        self.meter.opened()?;
        let stream = self.outputs[index].create(&name)?;
        Ok(Ok(self.table.push(Writer { output: index, stream })?))
    }

    fn drop(&mut self, output: Resource<Output>) -> Result<(), Error> {
        self.table.delete(output)?;
        Ok(())
    }
}

impl report::Host for Host {
    fn add_metric(&mut self, metric: report::Metric) -> Result<(), Error> {
        let report::Metric { name, value, low, high, confidence, slice } = metric;
        self.count(
            "metric",
            name.len()
                + slice
                    .iter()
                    .map(|(column, value)| 16 + column.len() + value.len())
                    .sum::<usize>(),
        )?;
        if name.is_empty() {
            return Err(PluginError::Report("a metric has no name".to_owned()).into());
        }
        if ![Some(value), low, high, confidence].iter().flatten().all(|number| number.is_finite()) {
            return Err(
                PluginError::Report(format!("the metric `{name}` is not a finite number")).into()
            );
        }
        let slice = slice.into_iter().collect();
        let metric = Metric { low, high, confidence, slice, ..Metric::new(name, value) };
        self.reported.push(Event::Metric(metric));
        Ok(())
    }

    fn add_finding(&mut self, finding: report::Finding) -> Result<(), Error> {
        let report::Finding { severity, code, message, column, rows, mut examples } = finding;
        self.count(
            "finding",
            code.len()
                + message.len()
                + column.as_ref().map_or(0, String::len)
                + 8 * examples.len(),
        )?;
        if !is_code(&code) {
            return Err(PluginError::Report(format!("the finding's code `{code}` is none")).into());
        }
        examples.sort_unstable();
        let severity = match severity {
            report::Severity::Info => Severity::Info,
            report::Severity::Warning => Severity::Warning,
            report::Severity::Error => Severity::Error,
        };
        self.reported.push(Event::Finding(Finding {
            severity,
            code,
            message,
            column,
            metric: None,
            rows,
            examples,
        }));
        Ok(())
    }

    fn progress(&mut self, done: u64, total: u64, of_what: String) -> Result<(), Error> {
        self.meter.log(of_what.len() + 16)?;
        let unit = of_what.chars().take(LONGEST_UNIT).collect();
        (self.tell)(GuestMessage::Progress(Event::Progress { done, total, unit }));
        Ok(())
    }

    fn log(&mut self, line: String) -> Result<(), Error> {
        self.meter.log(line.len() + 1)?;
        (self.tell)(GuestMessage::Log(line));
        Ok(())
    }
}

impl seed::Host for Host {
    fn draw(&mut self, purpose: String, index: u64) -> Result<u64, Error> {
        match self.seed {
            Some(seed) => Ok(derive(seed, &purpose, index)),
            None => Err(PluginError::Descriptor {
                what: "it draws random numbers, and its kind does not say `random`".to_owned(),
            }
            .into()),
        }
    }
}
