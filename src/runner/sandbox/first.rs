//! Process 1 of a step: puts the walls up around itself, forks the step, reaps. It has one
//! thread, which waits for what comes first: a signal, the end of the core, a look at the
//! memory.
//!
//! SIGTERM asks: it is passed to every process of the step, and all of them are waited
//! for. How long is the core's to say: SIGKILL ends, and the kernel ends everything below
//! it; only then is it gone itself. It ends when the core does: the server's death ends
//! it, and so does the end of its channel. Where no namespace can be had, it adopts
//! orphans and kills them itself, on SIGINT too.
//!
//! Invariant: nothing of the step runs before each wall is up or known to be missing, and
//! that is said. No power is left to it by then, as none is to the step.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process, kill_process_group, prlimit,
    set_parent_process_death_signal, wait,
};
use rustix::thread::UnshareFlags;

use super::super::launch::{Launch, Report};
use super::serve::{Order, Prepared};
use super::walls::{Spaces, Walls};
use super::{memory, raw, root};
use crate::sys::bounded::{self, Bound};
use crate::sys::process;

/// How this process ends: whether its network can be used again.
pub(super) const CLEAN: i32 = 0;
pub(super) const USED: i32 = 3;

/// The longest orders.
const MOST: u64 = 64 << 20;

/// Does what the core orders, to the end.
pub(super) fn run(order: Order, spaces: &Spaces, prepared: &Prepared) -> i32 {
    let end = if spaces.own { Signal::KILL } else { Signal::INT };
    let _ = set_parent_process_death_signal(Some(end));
    let Ok(signals) = raw::signals() else { return USED };
    let mut channel = UnixStream::from(order.channel);
    if rustix::stdio::dup2_stdout(&order.stdout).is_err()
        || rustix::stdio::dup2_stderr(&order.stderr).is_err()
    {
        return USED;
    }
    drop((order.stdout, order.stderr));
    let launch = match hear(&mut channel) {
        Ok(launch) => launch,
        Err(error) => {
            tell(&mut channel, &Report { error: Some(error.to_string()), ..Report::default() });
            return USED;
        }
    };
    let mut walls = Walls::default();
    walls.raise(&launch, spaces, prepared);
    let step = match raw::fork(UnshareFlags::empty()) {
        Ok(Some(step)) => step,
        Ok(None) => {
            let report = become_step(&launch, walls, prepared, &mut channel);
            tell(&mut channel, &report);
            return USED;
        }
        Err(error) => {
            tell(&mut channel, &Report { error: Some(error.to_string()), ..Report::default() });
            return USED;
        }
    };
    if let Some(memory) = launch.memory {
        let most = Rlimit { current: Some(memory), maximum: Some(memory) };
        let _ = prlimit(Some(step), Resource::Data, most);
    }
    let life = Life { step, signals, channel, watch: launch.memory.map(|_| Default::default()) };
    let (mut channel, report) = life.lead();
    if !spaces.own {
        kill_below();
    }
    tell(&mut channel, &report);
    if is_unused() { CLEAN } else { USED }
}

/// The orders: their length in eight bytes, and then as many bytes.
fn hear(channel: &mut UnixStream) -> io::Result<Launch> {
    let mut length = [0; 8];
    channel.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    channel.take(length.min(MOST)).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(io::Error::other)
}

/// Puts the last wall up around this process, which is process 1's copy, and becomes the
/// step's program; gives why it did not.
fn become_step(
    launch: &Launch,
    mut walls: Walls,
    prepared: &Prepared,
    channel: &mut UnixStream,
) -> Report {
    raw::set_mask(raw::Mask::Free);
    if prepared.landlock
        && let Err(error) = walls.close(launch)
    {
        return Report { error: Some(error), ..Report::default() };
    }
    tell(channel, &walls.report());
    let place =
        |path: &Path| if walls.moved { root::inside(launch, path) } else { path.to_owned() };
    let environment = launch
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), place(value.as_ref()).into_os_string()))
        .collect();
    let error = process::become_program(process::Start {
        program: &place(&launch.program),
        arguments: launch.arguments.iter().map(Into::into).collect(),
        environment,
        directory: Some(&place(&launch.directory)),
        stdin: None,
    });
    Report {
        error: Some(format!("{error}: {}", error.source)),
        program: Some(is_the_programs(&error.source)),
        ..Report::default()
    }
}

/// What process 1 does while the step runs.
struct Life {
    step: Pid,
    signals: OwnedFd,
    channel: UnixStream,
    /// Where the step's memory is bounded.
    watch: Option<memory::Watch>,
}

impl Life {
    /// Reaps, and does what it is asked, until the step is over; gives how that went. What
    /// the step started may outlast it only where all were asked to end.
    fn lead(mut self) -> (UnixStream, Report) {
        let tick = Timespec { tv_sec: 0, tv_nsec: memory::TICK.subsec_nanos().into() };
        let tick = self.watch.is_some().then_some(tick);
        let mut end: Option<Report> = None;
        let mut asked = false;
        loop {
            let mut watched = [
                PollFd::new(&self.signals, PollFlags::IN),
                PollFd::new(&self.channel, PollFlags::empty()),
            ];
            if poll(&mut watched, tick.as_ref()).is_ok() && !watched[1].revents().is_empty() {
                // The core is gone.
                end_all();
            }
            for signal in raw::heard(&self.signals) {
                match signal {
                    libc::SIGINT => end_all(),
                    libc::SIGTERM => {
                        asked = true;
                        pass_on();
                    }
                    _ => {}
                }
            }
            loop {
                match wait(WaitOptions::NOHANG) {
                    Ok(Some((pid, status))) if pid == self.step => {
                        let (code, signal) = (status.exit_status(), status.terminating_signal());
                        if code.is_some() || signal.is_some() {
                            end = Some(Report { code, signal, ..Report::default() });
                        }
                    }
                    Ok(Some(_)) | Err(Errno::INTR) => {}
                    Ok(None) => break,
                    Err(_) => return (self.channel, end.unwrap_or_default()),
                }
            }
            if let Some(end) = &end
                && !asked
            {
                return (self.channel, end.clone());
            }
            if let Some(shared) = self.watch.as_mut().and_then(memory::Watch::look) {
                tell(&mut self.channel, &Report { shared: Some(shared), ..Report::default() });
            }
        }
    }
}

/// Asks the step to end: all of its processes, for the first may be a shell that waits for
/// the one that works.
fn pass_on() {
    if getpid() == Pid::INIT {
        let _ = kill_process_group(Pid::INIT, Signal::TERM);
    } else {
        for pid in process::below().into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

/// Ends this process, and all below it.
fn end_all() -> ! {
    kill_below();
    raw::exit(USED)
}

/// Whether no socket of this process's network is left or waits for its end.
fn is_unused() -> bool {
    let numbers = |text: &str| -> u64 {
        let words = text.split_whitespace().zip(text.split_whitespace().skip(1));
        let of_this = words.filter(|(name, _)| ["inuse", "tw"].contains(name));
        of_this.filter_map(|(_, number)| number.parse::<u64>().ok()).sum()
    };
    let text = bounded::read(Path::new("/proc/self/net/sockstat"), Bound::own(1 << 20));
    text.is_ok_and(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        let of_this =
            text.lines().filter(|line| line.starts_with("TCP:") || line.starts_with("UDP:"));
        of_this.map(numbers).sum::<u64>() == 0
    })
}

/// Whether a program is to blame that was not started, and not the machine.
fn is_the_programs(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | IsADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error())
}

/// Kills what this process has adopted, until there is nothing left.
fn kill_below() {
    loop {
        let below = process::children();
        if below.is_empty() {
            return;
        }
        for pid in below.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
            let _ = rustix::process::waitpid(Some(pid), WaitOptions::empty());
        }
    }
}

fn tell(channel: &mut UnixStream, report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let _ = channel.write_all(&line);
    }
}
