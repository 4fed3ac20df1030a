//! Processes: started with a complete environment, in a group of their own.
//!
//! Nothing of this process's environment is inherited unless it is named, and
//! Ctrl-C at the terminal reaches this process alone: it decides what ends.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub use std::process::{Child, ChildStderr, ChildStdout, ExitCode, ExitStatus};

use super::PathError;
use super::fault::point;

/// A process to start.
#[derive(Debug)]
pub struct Start<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(String, OsString)>,
    /// Its working directory; this process's where none is given.
    pub directory: Option<&'a Path>,
    /// What it reads; nothing where none is given.
    pub stdin: Option<File>,
}

/// From now on, the group may write to what this process and its children make.
pub fn let_group_write() {
    rustix::process::umask(rustix::fs::Mode::WOTH);
}

/// Starts a process with pipes on its output, in a process group of its own.
pub fn start(start: Start<'_>) -> Result<Child, PathError> {
    let Start { program, arguments, environment, directory, stdin } = start;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    point("start", program)
        .and_then(|()| command.spawn())
        .map_err(|error| PathError::new("start", program, error))
}

/// What a short process said.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its output.
    pub stdout: Vec<u8>,
}

/// Most that a short process may say.
const MOST: u64 = 16 << 20;

/// Runs a short process to its end, and kills it when it takes longer than
/// `limit` or says too much.
pub fn ask(start_this: Start<'_>, limit: Duration) -> Result<Said, PathError> {
    let program: PathBuf = start_this.program.to_owned();
    let wrong = |error| PathError::new("ask", &program, error);
    let mut child = start(start_this)?;
    let Some(stdout) = child.stdout.take() else {
        return Err(wrong(io::Error::other("no output")));
    };
    drop(child.stderr.take());
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stdout.take(MOST).read_to_end(&mut bytes).map(|_| bytes)
    });
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(wrong)? {
            break status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Err(wrong(io::Error::new(io::ErrorKind::TimedOut, "it does not answer")));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let stdout = reader
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("its output cannot be read")))
        .map_err(wrong)?;
    Ok(Said { status, stdout })
}

/// Becomes an interactive process: runs it with this terminal, and waits.
pub fn interact(start: Start<'_>) -> Result<ExitStatus, PathError> {
    let Start { program, arguments, environment, directory, .. } = start;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    point("start", program)
        .and_then(|()| command.status())
        .map_err(|error| PathError::new("start", program, error))
}

/// Asks a process that this one started to end.
pub fn terminate(child: &Child) {
    if let Some(pid) = child.id().try_into().ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Bytes of memory that a process and all below it hold; zero where the system
/// does not say.
pub fn tree_memory(child: &Child) -> u64 {
    let mut waiting = vec![child.id()];
    let mut pages = 0;
    let mut seen = 0;
    while let Some(id) = waiting.pop() {
        seen += 1;
        if seen > 10_000 {
            break;
        }
        let folder = PathBuf::from(format!("/proc/{id}"));
        if let Ok(text) = std::fs::read_to_string(folder.join("statm")) {
            let resident = text.split(' ').nth(1).and_then(|word| word.parse::<u64>().ok());
            pages += resident.unwrap_or(0);
        }
        let Ok(threads) = std::fs::read_dir(folder.join("task")) else { continue };
        for thread in threads.flatten() {
            if let Ok(text) = std::fs::read_to_string(thread.path().join("children")) {
                waiting.extend(text.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
            }
        }
    }
    pages * rustix::param::page_size() as u64
}

/// Starts a second stage of this program with everything that this one has.
pub fn pass_on(program: &Path, arguments: Vec<OsString>) -> Result<Child, PathError> {
    let mut command = Command::new(program);
    command.args(arguments);
    point("start", program)
        .and_then(|()| command.spawn())
        .map_err(|error| PathError::new("start", program, error))
}

/// Starts a step with this process's environment and output, and nothing to read.
pub fn become_step(
    program: &Path,
    arguments: Vec<OsString>,
    directory: &Path,
) -> Result<Child, PathError> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command.spawn().map_err(|error| PathError::new("start", program, error))
}

/// Processes that this one is the parent of.
pub fn children() -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|text| {
            text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// Ends this process.
pub fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// Runs a program to its end with this process's environment and output.
pub fn run_to_end(program: &Path, arguments: &[String], directory: &Path) -> ExitCode {
    let status = Command::new(program).args(arguments).current_dir(directory).status();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| code.try_into().ok());
    ExitCode::from(code.unwrap_or(1u8))
}
