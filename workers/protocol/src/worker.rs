//! A worker's side of the protocol: the three verbs, parsed and answered.
//!
//! A worker in Rust implements [`Worker`] and calls [`main`] with it; it then
//! never parses an argument and never formats an event. A panic in a worker is
//! its process's end, and so one failed step.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::de::DeserializeOwned;

use crate::draft::{Draft, Question};
use crate::hold::{Held, Holding};
use crate::{Descriptor, Difference, Event, Inspection, PROTOCOL, Request};

/// What a worker in Rust provides.
pub trait Worker {
    /// The descriptor that `describe` prints.
    fn describe(&self) -> Descriptor;

    /// Does one step. Paths in `request` are relative to the working directory.
    fn run(&self, request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure>;

    /// What one artifact of a type holds.
    fn show(&self, artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure>;

    /// Whether an artifact that somebody else wrote is what this worker reads as the type.
    /// It is asked only of types that its descriptor calls checked.
    fn check(&self, artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
        let message = format!("this worker does not check `{artifact_type}`");
        Err(Failure::new("W0004", format!("{}: {message}", artifact.display())))
    }

    /// Drafts a file of a form from data, for a person to correct.
    fn draft(&self, form: &str, _question: &Question, data: &Path) -> Result<Draft, Failure> {
        let message = format!("this worker drafts no `{form}`");
        Err(Failure::new("W0004", format!("{}: {message}", data.display())))
    }

    /// Holds data against a file of a form, and writes nothing.
    fn hold(&self, form: &str, _holding: &Holding, data: &Path) -> Result<Held, Failure> {
        let message = format!("this worker holds nothing against a `{form}`");
        Err(Failure::new("W0004", format!("{}: {message}", data.display())))
    }

    /// How two artifacts of one type differ.
    fn diff(&self, artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure>;
}

/// Why a verb failed, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable code, for example `D0104`.
    pub code: String,
    /// What is wrong: a lower-case fragment with the place in it.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Failure {
    /// A failure with a code and a message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), help: None }
    }

    /// The same with a fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Exit code of a worker that was called wrongly.
const USAGE: u8 = 2;
/// Exit code of a run that failed with an [`Event::Error`].
const FAILED: u8 = 1;

/// Answers one command line and returns the exit code.
pub fn main(worker: &dyn Worker) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words.as_slice() {
        ["describe"] => print_json(&worker.describe()),
        ["run", request] => run(worker, Path::new(request)),
        ["inspect", "show", artifact_type, artifact] => worker
            .show(artifact_type, Path::new(artifact))
            .and_then(|inspection| print_json(&inspection)),
        ["inspect", "check", artifact_type, artifact] => {
            worker.check(artifact_type, Path::new(artifact)).and_then(|()| print_json(&"good"))
        }
        ["inspect", "diff", artifact_type, old, new] => worker
            .diff(artifact_type, Path::new(old), Path::new(new))
            .and_then(|difference| print_json(&difference)),
        ["draft", form, question, data] => asked(question)
            .and_then(|question| print_json(&worker.draft(form, &question, Path::new(data))?)),
        ["hold", form, question, data] => asked(question).and_then(|holding: Holding| {
            print_json(&worker.hold(form, &holding, Path::new(data))?)
        }),
        _ => {
            let _ = writeln!(
                std::io::stderr(),
                "usage: WORKER describe | run REQUEST.json | inspect show TYPE ARTIFACT \
                 | inspect check TYPE ARTIFACT | inspect diff TYPE OLD NEW \
                 | draft FORM QUESTION DATA | hold FORM QUESTION DATA"
            );
            return ExitCode::from(USAGE);
        }
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let event =
                Event::Error { code: failure.code, message: failure.message, help: failure.help };
            print_event(&event);
            ExitCode::from(FAILED)
        }
    }
}

fn run(worker: &dyn Worker, path: &Path) -> Result<(), Failure> {
    let request = read_request(path)?;
    worker.run(&request, &mut |event| print_event(&event))
}

/// A question, which is JSON.
fn asked<T: DeserializeOwned>(question: &str) -> Result<T, Failure> {
    serde_json::from_str(question)
        .map_err(|error| Failure::new("W0001", format!("the question: {error}")))
}

fn read_request(path: &Path) -> Result<Request, Failure> {
    let wrong = |what: String| Failure::new("W0001", format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let request: Request =
        serde_json::from_reader(BufReader::new(file)).map_err(|error| wrong(error.to_string()))?;
    if request.protocol != PROTOCOL {
        return Err(wrong(format!(
            "protocol {} was asked for, this worker speaks {PROTOCOL}",
            request.protocol
        ))
        .help("install workers and `ingot` of the same version"));
    }
    Ok(request)
}

/// The single artifact of an input port that is not `many`.
pub fn single<'a>(request: &'a Request, port: &str) -> Result<&'a crate::Input, Failure> {
    optional(request, port)?
        .ok_or_else(|| Failure::new("W0002", format!("input port `{port}` is empty")))
}

/// The artifact of an input port that may be empty.
pub fn optional<'a>(request: &'a Request, port: &str) -> Result<Option<&'a crate::Input>, Failure> {
    match request.inputs.get(port).map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([input]) => Ok(Some(input)),
        Some(inputs) => Err(Failure::new(
            "W0002",
            format!("input port `{port}` takes one artifact, got {}", inputs.len()),
        )),
    }
}

/// Where an output port is to be written.
pub fn output(request: &Request, port: &str) -> Result<PathBuf, Failure> {
    request
        .outputs
        .get(port)
        .map(|output| output.path.clone())
        .ok_or_else(|| Failure::new("W0003", format!("output port `{port}` is not in the request")))
}

fn print_json<T: serde::Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new("W0004", error.to_string()))?;
    writeln!(std::io::stdout(), "{text}")
        .map_err(|error| Failure::new("W0004", format!("stdout: {error}")))
}

/// A closed stdout means that nobody listens any more; the run goes on so that
/// its outputs are whole, and the core decides.
fn print_event(event: &Event) {
    if let Ok(line) = serde_json::to_string(event) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
