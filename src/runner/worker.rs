//! A worker's three verbs, from the core's side.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ingot_protocol::draft::{Draft, Question};
use ingot_protocol::hold::{Held, Holding};
use ingot_protocol::{Descriptor, Difference, Event, Inspection, Request, codes};
use serde::de::DeserializeOwned;

use super::exec_root::ExecRoot;
use super::launch::Launch;
use super::launcher::Launcher;
use super::mask::Mask;
use super::sandbox::Wall;
use super::supervise::{GRACE, Output, Run, supervise};
use super::{RunError, environment, probe};
use crate::sys::process::{self, Start};
use crate::sys::{env, fs};

/// How long `describe` and `inspect` may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long all rows of data may be read: somebody waits, and can end it.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// How much memory looking at an artifact may take.
const MOST_MEMORY: u64 = 4 << 30;

/// The request's name in the exec root.
pub const REQUEST: &str = "request.json";

/// Writes a request into an exec root.
pub fn write_request(root: &Path, request: &Request) -> Result<(), RunError> {
    let mut bytes =
        serde_json::to_vec_pretty(request).map_err(|error| RunError::Form(error.to_string()))?;
    bytes.push(b'\n');
    Ok(fs::write_atomically(&root.join(REQUEST), &bytes, 0o444)?)
}

/// A worker that is asked something. Somebody else may have written it, or what it reads:
/// it runs in the sandbox as a step does, and sees itself and these artifacts alone.
#[derive(Debug, Clone, Copy)]
pub struct Inquiry<'a> {
    /// What starts it.
    pub launcher: &'a Launcher,
    /// The worker.
    pub program: &'a Path,
    /// Where its libraries are.
    pub libraries: &'a [PathBuf],
    /// An empty folder for this question.
    pub work: &'a Path,
}

impl Inquiry<'_> {
    /// What the worker says of itself.
    pub fn describe(&self) -> Result<Descriptor, RunError> {
        let descriptor: Descriptor = self.ask(&["describe"], &[])?;
        match codes::check(&descriptor.codes) {
            Ok(()) => Ok(descriptor),
            Err(reason) => Err(RunError::Said {
                code: "E0806".to_owned(),
                message: format!("what it says of its codes cannot be: {reason}"),
                help: None,
            }),
        }
    }

    /// The same of a worker that is not installed: only where files are kept from it.
    pub fn describe_a_strangers(&self) -> Result<Descriptor, RunError> {
        let work = self.work.join("probe");
        fs::create_dir(&work)?;
        let (held, _) = probe::held(self.launcher, &work);
        if !held.iter().any(|word| word == Wall::Files.word()) {
            let why = "files cannot be kept from a program on this machine";
            return Err(RunError::Sandbox(why.to_owned()));
        }
        self.describe()
    }

    /// What an artifact of this type holds.
    pub fn show(&self, artifact_type: &str, artifact: &Path) -> Result<Inspection, RunError> {
        self.ask(&["inspect", "show", artifact_type], &[("artifact", artifact)])
    }

    /// How two artifacts of this type differ.
    pub fn diff(
        &self,
        artifact_type: &str,
        old: &Path,
        new: &Path,
    ) -> Result<Difference, RunError> {
        self.ask(&["inspect", "diff", artifact_type], &[("old", old), ("new", new)])
    }

    /// Whether what stands at a path is what the worker reads as an artifact type. What it
    /// says instead names the path as the step that wrote it does.
    pub fn check(&self, artifact_type: &str, port: &str, artifact: &Path) -> Result<(), RunError> {
        let question = ["inspect", "check", artifact_type];
        let wrong = match self.ask::<String>(&question, &[(port, artifact)]) {
            Ok(_) => return Ok(()),
            Err(wrong) => wrong,
        };
        let RunError::Said { code, message, help } = wrong else { return Err(wrong) };
        let placed = ExecRoot::output(port).display().to_string();
        let message = message.replace(&format!("in/{port}"), &placed);
        let message = format!("its output `{port}` is no `{artifact_type}`: {message}");
        Err(RunError::Said { code, message, help })
    }

    /// A draft of a file of a form for data, which messages call as the question does.
    pub fn draft(&self, form: &str, question: &Question, data: &Path) -> Result<Draft, RunError> {
        let asked =
            serde_json::to_string(question).map_err(|error| RunError::Form(error.to_string()))?;
        self.ask(&["draft", form, &asked], &[("data", data)])
            .map_err(|wrong| named(wrong, &question.name))
    }

    /// What data are under a file of a form; messages call the data as the question does.
    pub fn hold(&self, form: &str, holding: &Holding, data: &Path) -> Result<Held, RunError> {
        let asked =
            serde_json::to_string(holding).map_err(|error| RunError::Form(error.to_string()))?;
        let question = ["hold", form, &asked];
        self.ask_within(LONG, &question, &[("data", data)])
            .map_err(|wrong| named(wrong, &holding.data.name))
    }

    fn ask<T: DeserializeOwned>(
        &self,
        question: &[&str],
        artifacts: &[(&str, &Path)],
    ) -> Result<T, RunError> {
        self.ask_within(PATIENCE, question, artifacts)
    }

    fn ask_within<T: DeserializeOwned>(
        &self,
        patience: Duration,
        question: &[&str],
        artifacts: &[(&str, &Path)],
    ) -> Result<T, RunError> {
        let mut root = ExecRoot::new(self.work)?;
        let mut arguments: Vec<String> = question.iter().map(|word| (*word).to_owned()).collect();
        for (name, artifact) in artifacts {
            arguments.push(root.place_input(name, artifact)?.display().to_string());
        }
        let launch = Launch {
            program: self.program.to_owned(),
            arguments,
            environment: environment::environment(root.path(), 1, &[]).into_iter().collect(),
            directory: root.path().to_owned(),
            reads: root.reads().iter().chain(self.libraries).cloned().collect(),
            writes: vec![root.path().join("out"), root.path().join("tmp")],
            protects: Vec::new(),
            network: false,
            gpu: false,
            memory: Some(MOST_MEMORY),
        };
        let (ended, result) = supervise(
            Run {
                launcher: self.launcher,
                sandbox: true,
                launch,
                mask: Mask::default(),
                lock: None,
                log: &self.work.join("log"),
                timeout: Some(patience),
                cancel: &AtomicBool::new(false),
                grace: GRACE,
                output: Output::Answer,
            },
            &mut |_| {},
        );
        match result {
            Ok(()) => answer(&ended.answer),
            Err(failed @ RunError::Exit { .. }) => Err(said(&ended.answer).unwrap_or(failed)),
            Err(failed) => Err(failed),
        }
    }
}

/// The same error with what the user calls the data.
fn named(wrong: RunError, name: &str) -> RunError {
    match wrong {
        RunError::Said { code, message, help } => {
            RunError::Said { code, message: message.replace("in/data", name), help }
        }
        other => other,
    }
}

/// Why a worker that ended badly did, where it says so.
fn said(answer: &[u8]) -> Option<RunError> {
    match Event::parse(answer).ok()? {
        Event::Error { code, message, help } => Some(RunError::Said { code, message, help }),
        _ => None,
    }
}

fn answer<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RunError> {
    serde_json::from_slice(bytes)
        .map_err(|error| RunError::garbage(&String::from_utf8_lossy(bytes), &error.to_string()))
}

/// The folders from which the loader takes a worker's libraries: what a step of
/// it must be able to read. Empty where the loader does not say.
pub fn library_folders(program: &Path) -> Vec<PathBuf> {
    let mut environment = of_this_process();
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
fn of_this_process() -> Vec<(String, OsString)> {
    ["PATH", "LD_LIBRARY_PATH"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), env::variable_os(name)?)))
        .chain([("OMP_WAIT_POLICY".to_owned(), OsString::from("passive"))])
        .collect()
}
