//! The sandbox: what of the machine a step may see and change.
//!
//! | file | owns |
//! |---|---|
//! | [`serve`] | `ingot __launch`: one process for the steps of a build, which forks one for each |
//! | [`first`] | that one: process 1 of the step, which puts the walls up, forks it, reaps |
//! | [`walls`] | the walls, one after the other |
//! | [`system`] | what every step sees of the machine, mounted once for a build |
//! | [`root`] | the file tree that the step sees |
//! | [`files`] | the same by Landlock, as a second wall |
//! | [`calls`] | the system calls that no step needs |
//! | [`memory`] | what a step holds in memory outside of its processes |
//! | [`raw`] | the few calls that are `unsafe` |
//!
//! Invariant: what could not be had is in the answer, never silent. What it does not do:
//! it watches no limit and reads no output; that is [`super::supervise`]'s.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod first;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod raw;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
pub(super) mod serve;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod walls;

/// One thing that can hold of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wall {
    /// It has a root of its own: what is not declared does not exist.
    Root,
    /// Only declared files can be read, only outputs written.
    Files,
    /// There is no network unless declared.
    Network,
    /// No process outlives it, and it sees none but its own.
    Processes,
    /// Shared memory, message queues, the host's name and its user are its own.
    Ipc,
    /// It has no power over the machine, whoever runs the build.
    Powers,
    /// System calls that no step needs are refused.
    Calls,
}

impl Wall {
    /// Every wall, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Root,
        Self::Files,
        Self::Network,
        Self::Processes,
        Self::Ipc,
        Self::Powers,
        Self::Calls,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Files => "fs",
            Self::Network => "net",
            Self::Processes => "kill",
            Self::Ipc => "ipc",
            Self::Powers => "caps",
            Self::Calls => "calls",
        }
    }

    /// What can happen without it.
    pub fn without(self) -> &'static str {
        match self {
            Self::Root => "steps can see which files exist, and reach sockets in the file system",
            Self::Files => "steps can read files that they do not declare",
            Self::Network => "steps can reach the network",
            Self::Processes => "a killed step can leave processes behind",
            Self::Ipc => "steps can reach the shared memory of other programs",
            Self::Powers => "a step has the powers of who runs the build",
            Self::Calls => "steps can make every system call",
        }
    }
}

/// The walls that are not among these words.
pub fn lacking(held: &[String]) -> Vec<Wall> {
    let is_there = |wall: &Wall| held.iter().any(|word| word == wall.word());
    Wall::ALL.into_iter().filter(|wall| !is_there(wall)).collect()
}
