//! `ingot __launch`: one small process for the steps of a build.
//!
//! It forks the first process of each step into namespaces of its own, so that a step
//! costs no start of a program. Its standard input is a socket that the core alone has: a
//! message is one step, with the step's pipes, its reservation, and a channel of its own,
//! over which the core gets a handle of that process. What is the same for all of them is
//! made once. An empty network takes milliseconds to make, so one whose step is gone, and
//! in which nothing is left, serves the next.
//!
//! Invariant: a reservation is let go only when no process of its step is left. When the
//! core is gone, it ends all steps, and then itself.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid,
};
use rustix::thread::{CapabilitySet, UnshareFlags};

use super::calls::Filters;
use super::system::{self, System};
use super::walls::Spaces;
use super::{first, raw};
use crate::sys::process::ExitCode;
use crate::sys::{channel, fs};

/// One step, as it is asked for.
#[derive(Debug)]
pub(super) struct Order {
    /// Where the core says the rest, and hears how it goes.
    pub channel: OwnedFd,
    /// The step's standard output.
    pub stdout: OwnedFd,
    /// The step's standard error.
    pub stderr: OwnedFd,
    /// The step's reservation.
    pub lock: Option<OwnedFd>,
    /// Whether it has the machine's network.
    pub network: bool,
}

/// How long the steps have to end when the core is gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs the server until the core is gone.
pub(in super::super) fn main() -> ExitCode {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let _ = rustix::fs::open("/dev/null", OFlags::RDONLY, Mode::empty())
        .map(|null| rustix::stdio::dup2_stdin(&null));
    // What comes before a step can hear signals waits until it does.
    raw::set_mask(raw::Mask::Hold);
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let Ok(processes) = rustix::fs::open("/proc", flags, Mode::empty()) else {
        return ExitCode::FAILURE;
    };
    let spaces = may_leave();
    let prepared = Prepared {
        processes,
        system: if spaces { system() } else { None },
        filters: Filters::new(),
        landlock: raw::has_landlock(),
    };
    let mut server = Server { prepared, spaces, running: Vec::new(), networks: Vec::new() };
    while let Some(order) = server.next(&socket) {
        if let Started::Step(order, spaces) = server.start(order) {
            // This is the copy: nothing else of the server's is its business.
            let Server { prepared, running, networks, .. } = server;
            drop((running, networks, socket));
            raw::exit(first::run(order, &spaces, &prepared));
        }
    }
    server.end();
    ExitCode::SUCCESS
}

/// What is made once for the steps of a build.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The processes of the machine, by which a user namespace gets its users.
    pub processes: OwnedFd,
    /// What every step sees of the machine.
    pub system: Option<System>,
    /// The filters of system calls.
    pub filters: Filters,
    /// Whether the kernel has Landlock.
    pub landlock: bool,
}

/// What every step sees, mounted among mounts of this process's own. What the machine
/// mounts later is seen here too.
fn system() -> Option<System> {
    raw::leave(UnshareFlags::NEWNS).ok()?;
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC).ok()?;
    System::prepare().ok()
}

#[derive(Debug)]
struct Server {
    prepared: Prepared,
    /// Whether namespaces can be had.
    spaces: bool,
    running: Vec<Running>,
    /// Empty networks that no step is in.
    networks: Vec<OwnedFd>,
}

#[derive(Debug)]
struct Running {
    id: Pid,
    handle: OwnedFd,
    network: Option<OwnedFd>,
    /// Let go when the step is gone.
    _lock: Option<OwnedFd>,
}

enum Started {
    Server,
    Step(Order, Spaces),
}

impl Server {
    /// The next order, and meanwhile what steps that end had; nothing when the core is gone.
    fn next(&mut self, socket: &OwnedFd) -> Option<Order> {
        loop {
            let mut watched = vec![PollFd::new(socket, PollFlags::IN)];
            let handles = self.running.iter().map(|step| PollFd::new(&step.handle, PollFlags::IN));
            watched.extend(handles);
            if poll(&mut watched, None).is_err() {
                continue;
            }
            let told = watched[0].revents();
            let ended: Vec<bool> =
                watched[1..].iter().map(|handle| !handle.revents().is_empty()).collect();
            let mut ended = ended.into_iter();
            let (gone, running) =
                self.running.drain(..).partition(|_| ended.next().unwrap_or(false));
            self.running = running;
            for step in gone {
                self.free(step);
            }
            if told.contains(PollFlags::IN) {
                return receive(socket);
            }
            if !told.is_empty() {
                return None;
            }
        }
    }

    /// Takes back what an ended step had.
    fn free(&mut self, step: Running) {
        let status = waitpid(Some(step.id), WaitOptions::empty());
        let code = status.ok().flatten().and_then(|(_, status)| status.exit_status());
        if code == Some(first::CLEAN) {
            self.networks.extend(step.network);
        }
    }

    /// Forks the first process of a step; in that process, gives what it is to do.
    fn start(&mut self, order: Order) -> Started {
        let mut network = None;
        if self.spaces {
            network = if order.network { None } else { self.networks.pop() };
            let mut flags = UnshareFlags::NEWNS
                | UnshareFlags::NEWPID
                | UnshareFlags::NEWIPC
                | UnshareFlags::NEWUTS
                | UnshareFlags::NEWCGROUP;
            let makes_network = !order.network && network.is_none();
            if makes_network {
                flags |= UnshareFlags::NEWNET;
            }
            match raw::fork(flags) {
                Ok(None) => return Started::Step(order, Spaces { own: true, network }),
                Ok(Some(id)) => {
                    self.follow(id, order, network, makes_network);
                    return Started::Server;
                }
                // The machine forbids what it seemed to allow.
                Err(error) if is_refused(&error) => {
                    self.spaces = false;
                    if self.prepared.system.take().is_some() {
                        system::withdraw();
                    }
                }
                // It has no room just now: the channel closes without a word.
                Err(_) => return Started::Server,
            }
        }
        match raw::fork(UnshareFlags::empty()) {
            Ok(None) => return Started::Step(order, Spaces { own: false, network: None }),
            Ok(Some(id)) => self.follow(id, order, network, false),
            // The channel closes without a word, and the core says so.
            Err(_) => {}
        }
        Started::Server
    }

    /// Gives the core its handle of a step, and keeps what the step has.
    fn follow(&mut self, id: Pid, order: Order, network: Option<OwnedFd>, fresh: bool) {
        let Ok(handle) = pidfd_open(id, PidfdFlags::empty()) else { return };
        let network = if fresh {
            let path = format!("{}/ns/net", id.as_raw_pid());
            let flags = OFlags::RDONLY | OFlags::CLOEXEC;
            rustix::fs::openat(&self.prepared.processes, path, flags, Mode::empty()).ok()
        } else {
            network
        };
        let _ =
            channel::send(order.channel.as_fd(), &id.as_raw_pid().to_le_bytes(), &[handle.as_fd()]);
        self.running.push(Running { id, handle, network, _lock: order.lock });
    }

    /// Ends every step, and waits until it is gone.
    fn end(&mut self) {
        let signal = if self.spaces { Signal::KILL } else { Signal::INT };
        for step in &self.running {
            let _ = pidfd_send_signal(&step.handle, signal);
        }
        let until = Instant::now() + PATIENCE;
        for step in &self.running {
            while Instant::now() < until
                && matches!(waitpid(Some(step.id), WaitOptions::NOHANG), Ok(None))
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = pidfd_send_signal(&step.handle, Signal::KILL);
        }
    }
}

/// Whether the machine does not let anyone do this, now or later.
fn is_refused(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let never =
        [Errno::PERM, Errno::ACCESS, Errno::INVAL, Errno::NOSYS, Errno::NOSPC, Errno::USERS];
    never.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Whether namespaces can be had; an ordinary user's are below a user namespace in which
/// they are still the same user.
fn may_leave() -> bool {
    let powers = rustix::thread::capabilities(None);
    if powers.is_ok_and(|powers| powers.effective.contains(CapabilitySet::SYS_ADMIN)) {
        return true;
    }
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    raw::leave(UnshareFlags::NEWUSER).is_ok()
        && [
            ("setgroups", "deny".to_owned()),
            ("gid_map", format!("{group} {group} 1")),
            ("uid_map", format!("{user} {user} 1")),
        ]
        .iter()
        .all(|(file, text)| {
            fs::overwrite(&Path::new("/proc/self").join(file), text.as_bytes()).is_ok()
        })
}

/// The next order; nothing when the core is gone.
fn receive(socket: &OwnedFd) -> Option<Order> {
    let mut byte = [0u8; 1];
    let mut files = channel::receive(socket.as_fd(), &mut byte).ok()?.into_iter();
    let (channel, stdout, stderr) = (files.next()?, files.next()?, files.next()?);
    let lock = files.next();
    Some(Order { channel, stdout, stderr, lock, network: byte[0] == 1 })
}
