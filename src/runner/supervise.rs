//! Watches one launched step: its events, its log, its limits, its end.
//!
//! On disk: the log it is told to write, emptied first and cut at [`MOST_LOG`].
//! A step that is cancelled or takes too long is asked to end, so that it can write
//! a checkpoint, and killed when it has not ended within its grace. Invariant: when
//! [`supervise`] returns, the launcher is gone, and with it every process of the step
//! where the sandbox's `kill` held. The value of a secret does not reach the log.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender};
use ingot_protocol::Event;

use super::RunError;
use super::launch::{Launch, Report};
use super::launcher::NOT_STARTED;
use crate::sys::process::{self, Child, Start};
use crate::sys::{PathError, fs};

/// One step to launch.
#[derive(Debug)]
pub struct Run<'a> {
    /// The program that sandboxes: `ingot` itself.
    pub launcher: &'a Path,
    /// The step's work folder.
    pub work: &'a Path,
    /// The orders.
    pub launch: Launch,
    /// The step's whole environment.
    pub environment: Vec<(String, OsString)>,
    /// Values that must not reach the log.
    pub secrets: Vec<OsString>,
    /// The reservation's lock, which dies with the launcher.
    pub lock: Option<File>,
    /// Where the log goes.
    pub log: &'a Path,
    /// The wall clock's limit.
    pub timeout: Option<Duration>,
    /// Bytes of memory that the process tree may have.
    pub memory: Option<u64>,
    /// Set when the build ends.
    pub cancel: &'a AtomicBool,
    /// How long it has to end when it is asked to; [`GRACE`] but for tests.
    pub grace: Duration,
    /// Whether standard output is events; else it is log.
    pub events: bool,
}

/// What is known of a run that ended, well or not.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// What of the sandbox held.
    pub held: Vec<String>,
    /// Most memory it was seen to have.
    pub peak_memory: u64,
    /// The log's last lines.
    pub tail: Vec<String>,
}

/// Where a log is cut.
pub const MOST_LOG: u64 = 32 << 20;
/// Longest event, and longest line of a log that is looked at as one.
const LONGEST: u64 = 1 << 20;
/// How many lines of the log a failure shows.
const TAIL: usize = 20;
/// How often limits are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long a step that was asked to end has for it: to write a checkpoint, say.
pub const GRACE: Duration = Duration::from_secs(10);
/// How long a launcher may take to kill all that is below it.
const PATIENCE: Duration = Duration::from_secs(5);

enum Message {
    Event(Event),
    Garbage(String),
    /// What follows the last whole line.
    Torn(String),
}

/// Runs a step to its end.
pub fn supervise(
    mut run: Run<'_>,
    on_event: &mut dyn FnMut(Event),
) -> (Ended, Result<(), RunError>) {
    let mut ended = Ended::default();
    let log = match Log::create(&run) {
        Ok(log) => Mutex::new(log),
        Err(error) => return (ended, Err(error.into())),
    };
    let child = run.launch.write(run.work).and_then(|()| Ok(start(&mut run)?));
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return (ended, Err(error)),
    };
    let watched = watch(&run, &mut child, &log, &mut ended, on_event);
    if watched.is_err() {
        end(&mut child);
    }
    let status = child.wait();
    let report = Report::read(run.work).unwrap_or_default();
    ended.held = report.held.clone();
    let log = log.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    ended.tail = log.tail.into();
    let code = status.ok().and_then(|status| status.code());
    let result = watched.and_then(|said| match (said, report, code) {
        (_, Report { error: Some(reason), program: true, .. }, _) => {
            Err(RunError::NotStarted { program: run.launch.program, reason })
        }
        (_, Report { error: Some(error), .. }, _) => Err(RunError::Sandbox(error)),
        (Said { failure: Some(failure), .. }, ..) => Err(failure),
        (_, Report { signal: Some(signal), .. }, _) => Err(RunError::Signal { signal }),
        (Said { torn: Some(line), .. }, _, Some(0)) => Err(RunError::Garbage { line }),
        (_, _, Some(0)) => Ok(()),
        (_, _, None) => Err(RunError::Signal { signal: 9 }),
        (_, Report { held, .. }, Some(code))
            if code == i32::from(NOT_STARTED) && held.is_empty() =>
        {
            Err(RunError::Sandbox("the launcher ended early".to_owned()))
        }
        (_, _, Some(code)) => Err(RunError::Exit { code }),
    });
    (ended, result)
}

fn start(run: &mut Run<'_>) -> Result<Child, PathError> {
    process::start(Start {
        program: run.launcher,
        arguments: vec!["__launch".into(), run.work.into()],
        environment: std::mem::take(&mut run.environment),
        directory: Some(run.work),
        stdin: run.lock.take(),
    })
}

/// Follows the run until its launcher is gone, or must be ended at once.
fn watch(
    run: &Run<'_>,
    child: &mut Child,
    log: &Mutex<Log>,
    ended: &mut Ended,
    on_event: &mut dyn FnMut(Event),
) -> Result<Said, RunError> {
    let begun = Instant::now();
    let (sender, receiver) = crossbeam_channel::unbounded();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let events = run.events;
    std::thread::scope(|scope| {
        if let Some(stdout) = stdout {
            let sender = sender.clone();
            scope.spawn(move || match events {
                true => read_events(stdout, &sender),
                false => read_log(stdout, log),
            });
        }
        if let Some(stderr) = stderr {
            scope.spawn(move || read_log(stderr, log));
        }
        drop(sender);
        let mut heard = Heard { on_event, said: Said::default() };
        let mut ending: Option<(RunError, Instant)> = None;
        let mut open = true;
        let mut looked = begun;
        loop {
            let message = match open {
                true => receiver.recv_timeout(TICK),
                false => Err(RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(message) => {
                    if let Err(garbage) = heard.take(message) {
                        end(child);
                        return Err(ending.map_or(garbage, |(why, _)| why));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if open => open = false,
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
            }
            if receiver.is_empty() && matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                // The pipes are empty when the readers have seen their end.
                for message in &receiver {
                    heard.take(message)?;
                }
                return ending.map_or(Ok(heard.said), |(why, _)| Err(why));
            }
            if looked.elapsed() < TICK {
                continue;
            }
            looked = Instant::now();
            match &ending {
                Some((_, until)) if looked > *until => end(child),
                Some(_) => {}
                None => match limits(run, child, begun, ended) {
                    Ok(()) => {}
                    Err(why @ (RunError::Cancelled | RunError::Timeout { .. })) => {
                        process::terminate(child);
                        ending = Some((why, looked + run.grace));
                    }
                    Err(why) => {
                        end(child);
                        return Err(why);
                    }
                },
            }
        }
    })
}

/// What a worker says of its own end.
#[derive(Default)]
struct Said {
    /// Why it fails.
    failure: Option<RunError>,
    /// A last line that is not whole: one who was killed may leave that.
    torn: Option<String>,
}

/// Takes in what a worker says.
struct Heard<'a> {
    on_event: &'a mut dyn FnMut(Event),
    said: Said,
}

impl Heard<'_> {
    fn take(&mut self, message: Message) -> Result<(), RunError> {
        match message {
            Message::Event(Event::Error { code, message, help }) => {
                self.said.failure = Some(RunError::Said { code, message, help });
            }
            Message::Event(event) => (self.on_event)(event),
            Message::Torn(line) => self.said.torn = Some(line),
            Message::Garbage(line) => return Err(RunError::Garbage { line }),
        }
        Ok(())
    }
}

fn limits(run: &Run<'_>, child: &Child, begun: Instant, ended: &mut Ended) -> Result<(), RunError> {
    if run.cancel.load(Ordering::SeqCst) {
        return Err(RunError::Cancelled);
    }
    if let Some(limit) = run.timeout
        && begun.elapsed() > limit
    {
        return Err(RunError::Timeout { limit });
    }
    let used = process::tree_memory(child);
    ended.peak_memory = ended.peak_memory.max(used);
    match run.memory {
        Some(limit) if used > limit => Err(RunError::Memory { used, limit }),
        _ => Ok(()),
    }
}

/// Ends the launcher and all below it at once, and waits until it is gone.
fn end(child: &mut Child) {
    process::interrupt(child);
    let patience = Instant::now() + PATIENCE;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > patience {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn read_events(stream: impl Read, sender: &Sender<Message>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let message = match serde_json::from_slice(&line) {
            Ok(event) => Message::Event(event),
            Err(_) => {
                let is_torn = !line.ends_with(b"\n") && (line.len() as u64) < LONGEST;
                let line = String::from_utf8_lossy(&line[..line.len().min(200)]).trim().to_owned();
                if is_torn { Message::Torn(line) } else { Message::Garbage(line) }
            }
        };
        let last = matches!(message, Message::Garbage(_));
        if sender.send(message).is_err() || last {
            break;
        }
    }
    let _ = std::io::copy(&mut reader, &mut std::io::sink());
}

fn read_log(stream: impl Read, log: &Mutex<Log>) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).add(&line),
        }
    }
}

/// The log file, and its last lines.
struct Log {
    file: File,
    path: PathBuf,
    written: u64,
    tail: VecDeque<String>,
    secrets: Vec<Vec<u8>>,
}

impl Log {
    fn create(run: &Run<'_>) -> Result<Self, PathError> {
        use std::os::unix::ffi::OsStrExt;
        let secrets = run
            .secrets
            .iter()
            .map(|secret| secret.as_bytes().to_vec())
            .filter(|secret| !secret.is_empty())
            .collect();
        let (file, path) = (fs::create(run.log)?, run.log.to_owned());
        Ok(Self { file, path, written: 0, tail: VecDeque::new(), secrets })
    }

    /// Adds a line. A full disk costs log, not the step.
    fn add(&mut self, line: &[u8]) {
        let line = self.masked(line);
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        let text: String = String::from_utf8_lossy(&line).trim_end().chars().take(500).collect();
        self.tail.push_back(text);
        if self.written > MOST_LOG {
            return;
        }
        self.written += line.len() as u64;
        self.write(&line);
        if self.written > MOST_LOG {
            self.write(b"... the log is cut here\n");
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let _ = fs::write(&mut self.file, &self.path, bytes);
    }

    fn masked(&self, line: &[u8]) -> Vec<u8> {
        let mut line = line.to_vec();
        for secret in &self.secrets {
            while let Some(at) = line.windows(secret.len()).position(|part| part == secret) {
                line.splice(at..at + secret.len(), *b"***");
            }
        }
        line
    }
}
