//! The runner: one step, as one sandboxed process tree.
//!
//! | file | owns |
//! |---|---|
//! | [`exec_root`] | the folder that a step sees: `in/`, `out/`, `tmp/` |
//! | [`launch`] | what the launcher is told, as a value |
//! | [`launcher`] | starts steps in the sandbox, and knows those that run |
//! | [`sandbox`] | what of the machine a step may see; `ingot __launch` |
//! | [`supervise`] | pipes, limits, the end |
//! | [`log`] | what a step writes that is no event |
//! | [`mask`], [`said`], [`leak`] | secrets in logs, in events, in outputs |
//! | [`plugins`] | Wasm plugins, compiled and asked |
//! | [`probe`] | what of the sandbox this machine has |
//! | [`worker`] | a worker's three verbs, from the core's side |
//! | [`workers`] | where the workers are, and their cached descriptors |
//! | [`command`] | a command's arguments and environment |
//! | [`tools`] | which program a name is, and what it may read |
//! | [`complaint`] | what a program says it could not have |
//! | [`undeclared`] | what a step missed, and where the workspace has it |
//!
//! Invariant: when a run has ended, no process of it is left, so its outputs can
//! be taken by rename. What it does not do: it never sees a store, a plan or a
//! manifest: paths come in, paths go out.

pub mod command;
pub mod complaint;
pub mod environment;
pub mod exec_root;
pub mod launch;
pub mod launcher;
pub mod leak;
mod log;
pub mod mask;
pub mod plugins;
pub mod probe;
pub mod said;
pub mod sandbox;
pub mod supervise;
pub mod tools;
pub mod undeclared;
pub mod worker;
pub mod workers;

use std::path::PathBuf;
use std::time::Duration;

use crate::sys::PathError;

/// `ingot __launch`: the process that starts steps in the sandbox.
#[cfg(target_os = "linux")]
pub fn serve() -> crate::sys::process::ExitCode {
    sandbox::serve::main()
}

/// There is no sandbox on this system.
#[cfg(not(target_os = "linux"))]
pub fn serve() -> crate::sys::process::ExitCode {
    crate::sys::process::ExitCode::FAILURE
}

/// Why a run gave no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The file system.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The launcher's orders have no form.
    #[error("a path that the step needs is not UTF-8: {0}")]
    Form(String),
    /// A program is not there.
    #[error("there is no program `{name}`")]
    NoProgram {
        /// Its name as declared.
        name: String,
    },
    /// The program of a declared tool is not there.
    #[error("the tool `{tool}` is `{program}`, which is not there")]
    NoTool {
        /// The tool's name.
        tool: String,
        /// Its program as declared.
        program: String,
    },
    /// A program is there and cannot be started, or is not where its path says.
    #[error("{} cannot be started: {reason}", program.display())]
    NotStarted {
        /// Its path.
        program: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The process could not be set up.
    #[error("the sandbox could not be set up: {0}")]
    Sandbox(String),
    /// It ended with a failure.
    #[error("it ended with exit code {code}")]
    Exit {
        /// The exit code.
        code: i32,
    },
    /// It was killed.
    #[error("it was killed by signal {signal}{}", signal_name(*signal))]
    Signal {
        /// The signal.
        signal: i32,
    },
    /// It said why it failed.
    #[error("{message}")]
    Said {
        /// The worker's code.
        code: String,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// It took too long.
    #[error("it took longer than its timeout of {} s", limit.as_secs_f64())]
    Timeout {
        /// The limit.
        limit: Duration,
    },
    /// It took too much memory.
    #[error("it took {} MiB of memory, more than its {} MiB", used >> 20, limit >> 20)]
    Memory {
        /// What it had.
        used: u64,
        /// What it may have.
        limit: u64,
    },
    /// It was asked to end.
    #[error("it was interrupted")]
    Cancelled,
    /// It wrote something else than events.
    #[error("it wrote a line that is no event ({reason}): {line}")]
    Garbage {
        /// The line's beginning.
        line: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The value of a secret is where it would be kept.
    #[error("the value of a secret is in {place}")]
    Leak {
        /// Where.
        place: String,
    },
    /// A secret that it declares has no value here.
    #[error("the secret `{name}` is not set")]
    NoSecret {
        /// The variable.
        name: String,
    },
    /// The value of a secret is too short to be told from other text.
    #[error("the value of the secret `{name}` has {length} characters")]
    ShortSecret {
        /// The variable.
        name: String,
        /// How long its value is.
        length: usize,
    },
    /// It wrote more events than are taken.
    #[error("it wrote more events than are taken: {limit}")]
    Flood {
        /// The most.
        limit: String,
    },
    /// Its events file is none.
    #[error("its events file cannot be read: {}", reason.source)]
    Events {
        /// Why not.
        reason: PathError,
    },
    /// An output is not there.
    #[error("it ended well, but its output `{port}` is not at {}", path.display())]
    NoOutput {
        /// The port.
        port: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// An input stands where the exec root has something of its own.
    #[error("an input wants to stand at `{at}`, where a step has a folder of its own")]
    OwnName {
        /// The place in the exec root.
        at: String,
    },
    /// A plugin's file is not what it was when the build began.
    #[error("{} is another file than when the build began", path.display())]
    Moved {
        /// The file.
        path: PathBuf,
    },
    /// An input stands where another one does.
    #[error("two inputs want to stand at `{at}`")]
    Crowded {
        /// The place in the exec root.
        at: String,
    },
}

/// So many characters are shown of a line that was not understood. Whoever calls has masked
/// it: the beginning of a secret is not known by itself.
fn excerpt(line: &str) -> String {
    line.chars().take(200).collect()
}

impl RunError {
    /// A line that is no event, without its secrets.
    pub fn garbage(masked: &str, reason: &str) -> Self {
        Self::Garbage { line: excerpt(masked), reason: excerpt(reason) }
    }

    /// The diagnostic code.
    pub fn code(&self) -> &str {
        match self {
            Self::Path(error) if error.is_full() => "E0604",
            Self::Path(_) | Self::Form(_) => "E0503",
            Self::NoProgram { .. } | Self::NoTool { .. } | Self::NotStarted { .. } => "E0605",
            Self::Sandbox(_) => "E0606",
            Self::Exit { .. } => "E0801",
            Self::Signal { .. } => "E0802",
            Self::Timeout { .. } => "E0803",
            Self::Memory { .. } => "E0804",
            Self::NoOutput { .. } => "E0805",
            Self::Garbage { .. } | Self::Flood { .. } | Self::Events { .. } => "E0806",
            Self::Crowded { .. } | Self::OwnName { .. } => "E0807",
            Self::Moved { .. } => "E0504",
            Self::Cancelled => "E0808",
            Self::Leak { .. } => "E0810",
            Self::ShortSecret { .. } => "E0811",
            Self::NoSecret { .. } => "E0614",
            Self::Said { code, .. } => code,
        }
    }

    /// What to do about it, in this step.
    pub fn help(&self, step: &str) -> Option<String> {
        let help = match self {
            Self::Said { help, .. } => return help.clone(),
            Self::Path(error) if error.is_full() => "make room on the disk, and build again",
            Self::Path(error) if error.refusal().is_some() => {
                "write a regular file of this size at most, and no link"
            }
            Self::Path(_) | Self::Form(_) | Self::Cancelled => return None,
            Self::NoProgram { name } => {
                return Some(format!(
                    "install `{name}`, or declare where it is: [tools.{name}] program = \"/path/to/{name}\""
                ));
            }
            Self::NoTool { tool, .. } => {
                return Some(format!(
                    "make it (`uv sync`, `python3 -m venv`), or say in ingot.local.toml where this machine has it: [tools.{tool}] program = \"..\""
                ));
            }
            Self::NotStarted { .. } => {
                "declare it as an input where it is of the workspace, and make it executable"
            }
            Self::Sandbox(_) => "`ingot doctor` shows what this machine allows",
            Self::Exit { .. } | Self::Signal { .. } | Self::Garbage { .. } => {
                return Some(format!(
                    "read the log; `ingot shell {step}` opens a shell where it runs"
                ));
            }
            Self::Flood { .. } => {
                "report fewer: what is written for each row belongs into an output"
            }
            Self::Events { .. } => "write a regular file to the path that $INGOT_EVENTS names",
            Self::Timeout { .. } => {
                "give it more time: `timeout = \"2h\"`; what it has checkpointed is kept"
            }
            Self::Memory { .. } => "give it more: `resources = { memory = \"8GiB\" }`",
            Self::NoOutput { .. } => {
                "write the output to the path that `{outputs.PORT}` stands for"
            }
            Self::OwnName { .. } => "rename it in the workspace, or name its files one by one",
            Self::Moved { .. } => "build again",
            Self::Leak { .. } => {
                "let the program write something else: whoever has the result would have the secret"
            }
            Self::ShortSecret { .. } => {
                "give it a value of 8 characters or more, or write it in `environment` where it is no secret"
            }
            Self::NoSecret { name } => {
                return Some(format!(
                    "set {name} where `ingot build` runs, or take it out of `secrets`"
                ));
            }
            Self::Crowded { .. } => "name a smaller path, or rename the folder in the workspace",
        };
        Some(help.to_owned())
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (illegal instruction)",
        6 => " (abort)",
        7 => " (bus error)",
        8 => " (arithmetic)",
        9 => " (kill; the machine may be out of memory)",
        11 => " (segmentation fault)",
        15 => " (terminate)",
        25 => " (file too large)",
        _ => "",
    }
}
