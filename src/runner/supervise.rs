//! Watches one launched step: its events, its log, its limits, its end.
//!
//! A step that is cancelled or takes too long is asked to end, so that it can write
//! a checkpoint, and killed when it has not ended within its grace. Invariant: when
//! [`supervise`] returns, every process of the step is gone where the sandbox's `kill`
//! held. The value of a secret reaches neither the log nor an event.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender};
use ingot_protocol::Event;

use super::launch::{Launch, Report};
use super::launcher::{Launcher, Running};
use super::log::Log;
use super::mask::Mask;
use super::said;
use super::{RunError, excerpt};
use crate::sys::process::{self, Start};

/// One step to launch.
#[derive(Debug)]
pub struct Run<'a> {
    /// What starts steps in the sandbox.
    pub launcher: &'a Launcher,
    /// Whether it is used; else the program is started as it is, and nothing holds.
    pub sandbox: bool,
    /// The orders.
    pub launch: Launch,
    /// Values that must not reach the log.
    pub mask: Mask,
    /// The reservation's lock, which lives as long as the step.
    pub lock: Option<File>,
    /// Where the log goes.
    pub log: &'a Path,
    /// The wall clock's limit.
    pub timeout: Option<Duration>,
    /// Set when the build ends.
    pub cancel: &'a AtomicBool,
    /// How long it has to end when it is asked to; [`GRACE`] but for tests.
    pub grace: Duration,
    /// What its standard output is.
    pub output: Output,
}

/// What a program's standard output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Events, a line each.
    Events,
    /// Log.
    Log,
    /// One answer, which is given whole.
    Answer,
}

/// What is known of a run that ended, well or not.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// What of the sandbox held.
    pub held: Vec<String>,
    /// Most memory it was seen to have.
    pub peak_memory: u64,
    /// Why something does not hold.
    pub lacking: Option<String>,
    /// The log's last lines.
    pub tail: Vec<String>,
    /// What it answered, where its output is that.
    pub answer: Vec<u8>,
}

/// Longest event.
const LONGEST: u64 = 1 << 20;
/// Longest answer.
const MOST_ANSWER: u64 = 16 << 20;
/// How often limits are looked at.
const TICK: Duration = Duration::from_millis(50);
/// How long a step that was asked to end has for it: to write a checkpoint, say.
pub const GRACE: Duration = Duration::from_secs(10);
/// How long a step may take to be gone when it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

enum Message {
    Event(Event),
    Garbage {
        line: String,
        reason: String,
    },
    /// What follows the last whole line.
    Torn(String),
}

/// Runs a step to its end.
pub fn supervise(
    mut run: Run<'_>,
    on_event: &mut dyn FnMut(Event),
) -> (Ended, Result<(), RunError>) {
    let mut ended = Ended::default();
    let log = match Log::create(run.log, run.mask.clone()) {
        Ok(log) => log,
        Err(error) => return (ended, Err(error.into())),
    };
    let mut running = match start(&mut run) {
        Ok(running) => running,
        Err(error) => return (ended, Err(error)),
    };
    let watched = watch(&run, &mut running, &log, &mut ended, on_event);
    if watched.is_err() {
        end(&mut running);
    }
    let report = running.report();
    ended.held = report.held.clone().unwrap_or_default();
    ended.lacking = report.lacking.clone();
    ended.tail = log.into_tail();
    let result = watched.and_then(|said| outcome(&run, said, report));
    (ended, result)
}

/// How a step ended that nobody ended.
fn outcome(run: &Run<'_>, said: WorkerEnd, report: Report) -> Result<(), RunError> {
    if let Some(reason) = report.error {
        let program = run.launch.program.clone();
        return Err(match report.program {
            Some(true) => RunError::NotStarted { program, reason },
            _ => RunError::Sandbox(reason),
        });
    }
    if let Some(failure) = said.failure {
        return Err(failure);
    }
    match (report.code, report.signal) {
        (_, Some(signal)) => Err(RunError::Signal { signal }),
        (Some(0), _) => match said.torn {
            Some(line) => Err(RunError::garbage(&line, "it has no end")),
            None => Ok(()),
        },
        (Some(code), _) => Err(RunError::Exit { code }),
        (None, None) if report.held.is_none() => {
            Err(RunError::Sandbox("the launcher ended early".to_owned()))
        }
        (None, None) => Err(RunError::Signal { signal: 9 }),
    }
}

#[cfg(target_os = "linux")]
fn start(run: &mut Run<'_>) -> Result<Running, RunError> {
    match run.sandbox {
        true => run.launcher.launch(&run.launch, run.lock.take()),
        false => start_bare(run),
    }
}

#[cfg(not(target_os = "linux"))]
fn start(run: &mut Run<'_>) -> Result<Running, RunError> {
    start_bare(run)
}

/// Starts the program itself, in a process group of its own.
fn start_bare(run: &mut Run<'_>) -> Result<Running, RunError> {
    let Launch { program, arguments, directory, environment, .. } = &run.launch;
    let started = process::start(Start {
        program,
        arguments: arguments.iter().map(Into::into).collect(),
        environment: environment.clone(),
        directory: Some(directory),
        stdin: run.lock.take(),
    });
    started.map(Running::Bare).map_err(|error| RunError::NotStarted {
        program: program.clone(),
        reason: error.source.to_string(),
    })
}

/// Follows the run until nothing of it is left, or it must be ended at once.
fn watch(
    run: &Run<'_>,
    running: &mut Running,
    log: &Log,
    ended: &mut Ended,
    on_event: &mut dyn FnMut(Event),
) -> Result<WorkerEnd, RunError> {
    let begun = Instant::now();
    let (sender, receiver) = crossbeam_channel::unbounded();
    let (stdout, stderr) = running.take_output();
    let output = run.output;
    let mut answer = Vec::new();
    let answered = &mut answer;
    let said = std::thread::scope(|scope| {
        if let Some(stdout) = stdout {
            let sender = sender.clone();
            scope.spawn(move || match output {
                Output::Events => read_events(stdout, &sender),
                Output::Log => log.follow(stdout),
                Output::Answer => {
                    let _ = stdout.take(MOST_ANSWER).read_to_end(answered);
                }
            });
        }
        if let Some(stderr) = stderr {
            scope.spawn(move || log.follow(stderr));
        }
        drop(sender);
        let mut heard = Listener { on_event, mask: &run.mask, said: WorkerEnd::default() };
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
                        end(running);
                        return Err(ending.map_or(garbage, |(why, _)| why));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if open => open = false,
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
            }
            if receiver.is_empty() && running.is_over() {
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
                Some((_, until)) if looked > *until => end(running),
                Some(_) => {}
                None => match limits(run, running, begun, ended) {
                    Ok(()) => {}
                    Err(why @ (RunError::Cancelled | RunError::Timeout { .. })) => {
                        running.terminate();
                        ending = Some((why, looked + run.grace));
                    }
                    Err(why) => {
                        end(running);
                        return Err(why);
                    }
                },
            }
        }
    });
    ended.answer = answer;
    said
}

/// What a worker says of its own end.
#[derive(Default)]
struct WorkerEnd {
    /// Why it fails.
    failure: Option<RunError>,
    /// A last line that is not whole: one who was killed may leave that.
    torn: Option<String>,
}

/// Takes in what a worker says.
struct Listener<'a> {
    on_event: &'a mut dyn FnMut(Event),
    mask: &'a Mask,
    said: WorkerEnd,
}

impl Listener<'_> {
    fn take(&mut self, message: Message) -> Result<(), RunError> {
        match message {
            Message::Event(event) => match said::masked(event, self.mask)? {
                Event::Error { code, message, help } => {
                    self.said.failure = Some(RunError::Said { code, message, help });
                }
                event => (self.on_event)(event),
            },
            Message::Torn(line) => self.said.torn = Some(excerpt(&self.mask.text(&line))),
            Message::Garbage { line, reason } => {
                return Err(RunError::garbage(&self.mask.text(&line), &self.mask.text(&reason)));
            }
        }
        Ok(())
    }
}

fn limits(
    run: &Run<'_>,
    running: &mut Running,
    begun: Instant,
    ended: &mut Ended,
) -> Result<(), RunError> {
    if run.cancel.load(Ordering::SeqCst) {
        return Err(RunError::Cancelled);
    }
    if let Some(limit) = run.timeout
        && begun.elapsed() > limit
    {
        return Err(RunError::Timeout { limit });
    }
    let used = running.memory();
    ended.peak_memory = ended.peak_memory.max(used);
    match run.launch.memory {
        Some(limit) if used > limit => Err(RunError::Memory { used, limit }),
        _ => Ok(()),
    }
}

/// Ends the step at once, and waits until nothing of it is left.
fn end(running: &mut Running) {
    running.kill(false);
    let patience = Instant::now() + PATIENCE;
    while !running.is_over() {
        if Instant::now() > patience {
            return running.kill(true);
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
        let message = match Event::parse(&line) {
            Ok(event) => Message::Event(event),
            Err(error) => {
                let is_torn = !line.ends_with(b"\n") && (line.len() as u64) < LONGEST;
                // Whole: it is cut once its secrets are masked.
                let line = String::from_utf8_lossy(&line).trim().to_owned();
                match is_torn {
                    true => Message::Torn(line),
                    false => Message::Garbage { line, reason: error.to_string() },
                }
            }
        };
        let last = matches!(message, Message::Garbage { .. });
        if sender.send(message).is_err() || last {
            break;
        }
    }
    let _ = std::io::copy(&mut reader, &mut std::io::sink());
}
