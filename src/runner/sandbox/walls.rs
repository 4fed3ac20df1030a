//! [`Walls`]: what stands between a step and the machine, put up by process 1 of the step
//! around itself, one after the other.
//!
//! Invariant: a wall that could not be had is told with its reason. What it does not do:
//! the last one, [`super::files`], is the step's own, since process 1 stays outside of it.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getpid, set_child_subreaper, set_dumpable_behavior,
    setrlimit,
};
use rustix::thread::{CapabilitySet, CapabilitySets, LinkNameSpaceType, UnshareFlags};

use super::super::launch::{Launch, Report, STEP};
use super::files::{self, Reach};
use super::serve::Prepared;
use super::system::{DEVICES, USER};
use super::{Wall, calls, raw, root};

/// Which namespaces this process is in.
#[derive(Debug)]
pub(super) struct Spaces {
    /// Mounts, processes, and the rest but the network.
    pub own: bool,
    /// An empty network that was used before.
    pub network: Option<OwnedFd>,
}

/// The walls around this process.
#[derive(Debug, Default)]
pub(super) struct Walls {
    /// Those that stand.
    stand: Vec<Wall>,
    /// Why the first other one does not.
    lacking: Option<String>,
    /// What the step may reach.
    reach: Reach,
    /// Whether the step's paths are those of a root of its own.
    pub moved: bool,
}

impl Walls {
    /// Puts up each that can be had, but for the last.
    pub(super) fn raise(&mut self, launch: &Launch, spaces: &Spaces, prepared: &Prepared) {
        let internet = launch.network || (spaces.own && has_own_network(spaces));
        if spaces.own {
            self.stand.push(Wall::Processes);
            self.enter(launch, prepared);
            match become_own_user(&prepared.processes) {
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
            self.reach.devices = DEVICES.iter().map(Into::into).collect();
        }
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        match drop_powers() {
            Ok(()) => self.stand.push(Wall::Powers),
            Err(error) => self.lacks("no powers", &error),
        }
        let allowed = calls::Allowed { internet, network: launch.network };
        match prepared.filters.refuse(allowed) {
            Ok(()) => self.stand.push(Wall::Calls),
            Err(error) => self.lacks("a filter of system calls", &error),
        }
        if internet || self.stand.contains(&Wall::Calls) {
            self.stand.push(Wall::Network);
        }
        if !prepared.landlock {
            self.lacks("a second wall around files", &"the kernel has no Landlock");
            let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
        }
    }

    /// Puts up the last one around this thread, which is the step's; this kernel has it.
    pub(super) fn close(&mut self, launch: &Launch) -> Result<(), String> {
        files::restrict(launch, &self.reach)?;
        self.stand.push(Wall::Files);
        Ok(())
    }

    /// Moves into a root of the step's own.
    fn enter(&mut self, launch: &Launch, prepared: &Prepared) {
        let _ = rustix::system::sethostname(b"ingot");
        match root::enter(launch, prepared.system.as_ref()) {
            Ok(()) => {
                self.moved = true;
                self.stand.push(Wall::Root);
                // Whatever is in that root is the step's to read, and nothing else is.
                self.reach.reads = vec![PathBuf::from("/")];
                self.reach.devices = vec![PathBuf::from("/dev")];
                let own = ["out", "tmp", "checkpoint"].map(|name| PathBuf::from(STEP).join(name));
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

    /// Which stand, and why others do not.
    pub(super) fn report(&self) -> Report {
        let mut stand = self.stand.clone();
        stand.sort();
        let held = stand.iter().map(|wall| wall.word().to_owned()).collect();
        Report { held: Some(held), lacking: self.lacking.clone(), ..Report::default() }
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
