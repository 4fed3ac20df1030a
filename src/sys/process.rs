//! Processes: started with a complete environment, in a group of their own.
//!
//! Nothing of this process's environment is inherited unless it is named, and
//! Ctrl-C at the terminal reaches this process alone: it decides what ends.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub use std::process::{Child, ChildStderr, ChildStdout, ExitCode, ExitStatus, id};

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
pub struct ProcessOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Its output.
    pub stdout: Vec<u8>,
}

/// Most that a short process may say.
const MOST: u64 = 16 << 20;

/// Runs a short process to its end, and kills it when it takes longer than
/// `limit` or says too much.
pub fn ask(start_this: Start<'_>, limit: Duration) -> Result<ProcessOutput, PathError> {
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
    Ok(ProcessOutput { status, stdout })
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
    send(child, rustix::process::Signal::TERM);
}

/// Kills a process that this one started, and all of its process group.
pub fn kill_group(child: &Child) {
    if let Some(pid) = child.id().try_into().ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

/// Asks a process that this one started to end at once.
pub fn interrupt(child: &Child) {
    send(child, rustix::process::Signal::INT);
}

fn send(child: &Child, signal: rustix::process::Signal) {
    if let Some(pid) = child.id().try_into().ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// What a process writes, to be read.
pub type Output = File;

/// The signal that ended a process.
pub fn signal_of(status: &ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt;
    status.signal()
}

/// What a process that this one started, and all below it, hold in memory.
pub fn memory_of(child: &Child) -> Memory {
    child.id().try_into().map(tree_memory).unwrap_or_default()
}

/// What processes hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// Bytes in all.
    pub resident: u64,
    /// Bytes of these that others may hold as well: files in memory that are mapped.
    pub shared: u64,
}

/// The memory of a process and all below it; nothing where the system does not say.
pub fn tree_memory(id: i32) -> Memory {
    let mut sum = Memory::default();
    for id in tree(vec![id]) {
        let text = status_of(id);
        let of = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
        };
        sum.resident += of("VmRSS:").unwrap_or(0) << 10;
        sum.shared += of("RssShmem:").unwrap_or(0) << 10;
    }
    sum
}

/// What the system says of a process; by a thread of it where its first one has ended.
fn status_of(id: i32) -> String {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok();
    let has_memory = |text: &String| text.contains("VmRSS:");
    let first = read(PathBuf::from(format!("/proc/{id}/status"))).filter(has_memory);
    let others = || {
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).ok()?;
        let mut texts = threads.flatten().filter_map(|thread| read(thread.path().join("status")));
        texts.find(has_memory)
    };
    first.or_else(others).unwrap_or_default()
}

/// Every process below this one.
pub fn below() -> Vec<i32> {
    tree(children())
}

/// Processes that this one is the parent of.
pub fn children() -> Vec<i32> {
    children_of(Path::new("/proc/self"))
}

/// Most processes of a tree that are looked at.
const MOST_PROCESSES: usize = 10_000;

/// These processes and everything below them.
fn tree(mut found: Vec<i32>) -> Vec<i32> {
    let mut next = 0;
    while let Some(id) = found.get(next)
        && found.len() < MOST_PROCESSES
    {
        let below = children_of(&PathBuf::from(format!("/proc/{id}")));
        found.extend(below);
        next += 1;
    }
    found
}

fn children_of(process: &Path) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(process.join("task")) else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|text| {
            text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// Becomes another program, which writes where this one does; gives why it did not.
pub fn become_program(start: Start<'_>) -> PathError {
    let Start { program, arguments, environment, directory, .. } = start;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment).stdin(Stdio::null());
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let error = match point("start", program) {
        Ok(()) => command.exec(),
        Err(error) => error,
    };
    PathError::new("start", program, error)
}

/// Starts a process that reads a socket and writes nothing, in a group of its own.
pub fn start_server(program: &Path, argument: &str, socket: OwnedFd) -> Result<Child, PathError> {
    let mut command = Command::new(program);
    command
        .arg(argument)
        .env_clear()
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    point("start", program)
        .and_then(|()| command.spawn())
        .map_err(|error| PathError::new("start", program, error))
}
