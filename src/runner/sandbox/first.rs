//! Process 1 of a step: puts the walls up around itself, starts the step, reaps.
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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process,
    kill_process_group, prlimit, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit, wait,
};
use rustix::thread::{CapabilitySet, CapabilitySets, LinkNameSpaceType, UnshareFlags};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::super::launch::{Launch, Report, STEP};
use super::files::{self, Reach};
use super::serve::Order;
use super::{Wall, calls, memory, raw, root};
use crate::sys::bounded::{self, Bound};
use crate::sys::process::{self, Child};

/// Which namespaces this process is in.
#[derive(Debug)]
pub(super) struct Spaces {
    /// Mounts, processes, and the rest but the network.
    pub own: bool,
    /// An empty network that was used before.
    pub network: Option<OwnedFd>,
}

/// How this process ends: whether its network can be used again.
pub(super) const CLEAN: i32 = 0;
pub(super) const USED: i32 = 3;

/// The longest orders.
const MOST: u64 = 64 << 20;

/// Who a step is in a user namespace of its own: the same everywhere.
const USER: u32 = 1000;

/// Does what the core orders, to the end.
pub(super) fn run(order: Order, spaces: Spaces) -> i32 {
    let end = if spaces.own { Signal::KILL } else { Signal::INT };
    let _ = set_parent_process_death_signal(Some(end));
    let Ok(signals) = Signals::new([SIGTERM, SIGINT]) else { return USED };
    raw::set_mask(raw::Mask::Free);
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
    let Ok(watched) = channel.try_clone() else { return USED };
    let step = match launched(&launch, &spaces, &mut channel) {
        Ok(child) => child,
        Err(report) => {
            tell(&mut channel, &report);
            return USED;
        }
    };
    limit(&step, &launch);
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || obey(signals, &heard));
    std::thread::spawn(move || end_with_core(&watched));
    if launch.memory.is_some()
        && let Ok(mut channel) = channel.try_clone()
    {
        std::thread::spawn(move || {
            memory::watch(&mut |shared| {
                tell(&mut channel, &Report { shared: Some(shared), ..Report::default() })
            });
        });
    }
    let report = reap(&step, &asked);
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

/// Puts the walls up and starts the step.
fn launched(launch: &Launch, spaces: &Spaces, channel: &mut UnixStream) -> Result<Child, Report> {
    let mut walls = Walls::default();
    walls.raise(launch, spaces);
    // The last wall is a thread's own: what the step may not look into is this process,
    // which stays outside of it.
    std::thread::scope(|scope| {
        let behind = scope.spawn(|| {
            if files::restrict(launch, &walls.reach) {
                walls.stand.push(Wall::Files);
            } else {
                walls.lacks("a second wall around files", &"the kernel has no Landlock");
                let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
            }
            tell(channel, &walls.report());
            start(launch, walls.moved)
        });
        behind.join().unwrap_or_else(|_| Err(Report::default()))
    })
}

/// Starts the step, by its paths in the root that it has.
fn start(launch: &Launch, moved: bool) -> Result<Child, Report> {
    let place = |path: &Path| if moved { root::inside(launch, path) } else { path.to_owned() };
    let environment = launch
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), place(value.as_ref()).into_os_string()))
        .collect();
    let start = process::Start {
        program: &place(&launch.program),
        arguments: launch.arguments.iter().map(Into::into).collect(),
        environment,
        directory: Some(&place(&launch.directory)),
        stdin: None,
    };
    process::start_here(start).map_err(|error| Report {
        error: Some(format!("{error}: {}", error.source)),
        program: Some(is_the_programs(&error.source)),
        ..Report::default()
    })
}

/// The walls around this process.
#[derive(Debug, Default)]
struct Walls {
    /// Those that stand.
    stand: Vec<Wall>,
    /// Why the first other one does not.
    lacking: Option<String>,
    /// What the step may reach.
    reach: Reach,
    /// Whether the step's paths are those of a root of its own.
    moved: bool,
}

impl Walls {
    /// Puts up each that can be had, but for the last.
    fn raise(&mut self, launch: &Launch, spaces: &Spaces) {
        let internet = launch.network || (spaces.own && has_own_network(spaces));
        // The processes of the machine, by which a user namespace gets its users.
        let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
        let proc = rustix::fs::open("/proc", flags, rustix::fs::Mode::empty());
        if spaces.own {
            self.stand.push(Wall::Processes);
            self.enter(launch);
            match proc.map_err(io::Error::from).and_then(|proc| become_own_user(&proc)) {
                Ok(()) => self.stand.push(Wall::Ipc),
                Err(error) => self.lacks("a user of its own", &error),
            }
        } else {
            self.lacks("namespaces", &"the machine forbids them");
            let _ = set_child_subreaper(Some(getpid()));
        }
        if !self.moved {
            self.reach.reads = files::SYSTEM.iter().map(Into::into).collect();
            let own = [&launch.program, &launch.directory];
            self.reach.reads.extend(launch.reads.iter().chain(own).cloned());
            self.reach.writes = launch.writes.clone();
        }
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        match drop_powers() {
            Ok(()) => self.stand.push(Wall::Powers),
            Err(error) => self.lacks("no powers", &error),
        }
        match calls::refuse(calls::Allowed { internet, network: launch.network }) {
            Ok(()) => self.stand.push(Wall::Calls),
            Err(error) => self.lacks("a filter of system calls", &error),
        }
        if internet || self.stand.contains(&Wall::Calls) {
            self.stand.push(Wall::Network);
        }
    }

    /// Moves into a root of the step's own.
    fn enter(&mut self, launch: &Launch) {
        let _ = rustix::system::sethostname(b"ingot");
        match root::enter(launch, (USER, USER)) {
            Ok(reads) => {
                self.moved = true;
                self.stand.push(Wall::Root);
                self.reach.reads = reads;
                self.reach.reads.push("/proc".into());
                let own = ["out", "tmp", "checkpoint"].map(|name| Path::new(STEP).join(name));
                self.reach.writes = own.into_iter().chain(["/dev/shm".into()]).collect();
            }
            Err(error) => {
                self.lacks("a root of its own", &error);
                if let Err(error) = root::protect(launch) {
                    self.lacks("a read-only workspace", &error);
                }
            }
        }
    }

    fn lacks(&mut self, what: &str, error: &dyn std::fmt::Display) {
        self.lacking.get_or_insert_with(|| format!("{what}: {error}"));
    }

    fn report(&self) -> Report {
        let mut stand = self.stand.clone();
        stand.sort();
        let held = stand.iter().map(|wall| wall.word().to_owned()).collect();
        Report { held: Some(held), lacking: self.lacking.clone(), ..Report::default() }
    }
}

/// What a process of the step may take; this one has threads of its own.
fn limit(child: &Child, launch: &Launch) {
    if let Some(memory) = launch.memory {
        let most = Rlimit { current: Some(memory), maximum: Some(memory) };
        let _ = prlimit(Some(Pid::from_child(child)), Resource::Data, most);
    }
}

/// An empty network: one that was used before, or the new one that this process is in.
fn has_own_network(spaces: &Spaces) -> bool {
    use std::os::fd::AsFd;
    match &spaces.network {
        Some(network) => rustix::thread::move_into_link_name_space(
            network.as_fd(),
            Some(LinkNameSpaceType::Network),
        )
        .is_ok(),
        None => {
            let _ = raw::raise_loopback();
            true
        }
    }
}

/// Leaves for a user namespace in which the only user is the step's.
fn become_own_user(proc: &OwnedFd) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    let group = rustix::process::getegid().as_raw();
    raw::leave(UnshareFlags::NEWUSER)?;
    for (file, text) in [
        ("self/setgroups", "deny".to_owned()),
        ("self/gid_map", format!("{USER} {group} 1")),
        ("self/uid_map", format!("{USER} {user} 1")),
    ] {
        let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC;
        let file = rustix::fs::openat(proc, file, flags, rustix::fs::Mode::empty())?;
        rustix::io::write(&file, text.as_bytes())?;
    }
    Ok(())
}

/// Gives up every power over the machine, for good.
fn drop_powers() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    let _ = rustix::thread::clear_ambient_capability_set();
    for capability in CapabilitySet::all().iter() {
        // Those that this kernel does not know are none.
        let _ = rustix::thread::remove_capability_from_bounding_set(capability);
    }
    // The owner of the files that say what this process is, not the machine's root.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(rustix::thread::set_capabilities(None, sets)?)
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

/// Ends this process, and all below it, when the core is gone.
fn end_with_core(channel: &UnixStream) {
    let mut watched = [PollFd::new(channel, PollFlags::empty())];
    while poll(&mut watched, None).is_err() {}
    kill_below();
    process::exit(USED);
}

/// Whether a program is to blame that was not started, and not the machine.
fn is_the_programs(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | IsADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error())
}

/// Asks the step to end, or ends it, as the core says.
fn obey(mut signals: Signals, asked: &AtomicBool) {
    for signal in signals.forever() {
        if signal != SIGTERM {
            kill_below();
            process::exit(USED);
        }
        asked.store(true, Ordering::SeqCst);
        // All of them: the first may be a shell that waits for the one that works.
        if getpid() == Pid::INIT {
            let _ = kill_process_group(Pid::INIT, Signal::TERM);
        } else {
            for pid in process::below().into_iter().filter_map(Pid::from_raw) {
                let _ = kill_process(pid, Signal::TERM);
            }
        }
    }
}

/// Waits for the step, and for every orphan that comes its way. What the step
/// started may outlast it only where all were asked to end.
fn reap(child: &Child, asked: &AtomicBool) -> Report {
    let step = Pid::from_child(child);
    let mut end: Option<Report> = None;
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == step => {
                let (code, signal) = (status.exit_status(), status.terminating_signal());
                if code.is_some() || signal.is_some() {
                    end = Some(Report { code, signal, ..Report::default() });
                }
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return end.unwrap_or_default(),
        }
        if let Some(end) = &end
            && !asked.load(Ordering::SeqCst)
        {
            return end.clone();
        }
    }
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
