//! What of the machine a step may see and change.
//!
//! Owns the list of system paths and the Landlock rules. Invariant: what could
//! not be had is in the answer, never silent. Mounts and namespaces are
//! [`super::launcher`]'s.

use std::path::{Path, PathBuf};

use super::launch::Launch;

/// What holds, or would hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Only declared files can be read, only outputs written.
    pub fs: bool,
    /// There is no network unless declared.
    pub net: bool,
    /// No process outlives the step.
    pub kill: bool,
}

impl Held {
    /// The words for what holds.
    pub fn words(self) -> Vec<String> {
        [("fs", self.fs), ("net", self.net), ("kill", self.kill)]
            .into_iter()
            .filter(|(_, held)| *held)
            .map(|(word, _)| word.to_owned())
            .collect()
    }
}

/// What every program needs to start: loaders, libraries, time zones, trust.
const SYSTEM: [&str; 23] = [
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/sbin",
    "/usr",
    "/etc/alternatives",
    "/etc/group",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/resolv.conf",
    "/etc/ssl",
    "/etc/ca-certificates",
    "/proc",
    "/sys/devices/system",
    "/sys/fs/cgroup",
];

/// Devices that hold nothing.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What a GPU's driver needs.
const GPU: [&str; 4] =
    ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/sys/bus/pci"];

/// Restricts this thread, and every process that it starts from now on, to the
/// files that `launch` names; `shm` says that `/dev/shm` is its own. Gives
/// whether that holds.
#[cfg(target_os = "linux")]
pub fn restrict_files(launch: &Launch, shm: bool) -> bool {
    use landlock::{
        ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus, Scope, path_beneath_rules,
    };
    let abi = ABI::V6;
    let read = AccessFs::from_read(abi);
    let all = AccessFs::from_all(abi);
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut reads: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    reads.push(launch.program.clone());
    reads.push(launch.directory.clone());
    reads.extend(launch.reads.iter().cloned());
    let mut gpus: Vec<PathBuf> = Vec::new();
    if launch.gpu {
        gpus.extend(GPU.iter().map(PathBuf::from));
        gpus.extend((0..16).map(|index| PathBuf::from(format!("/dev/nvidia{index}"))));
    }
    let mut writes = launch.writes.clone();
    if shm {
        writes.push(PathBuf::from("/dev/shm"));
    }
    let restricted = (|| {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .scope(Scope::from_all(abi))?
            .create()?
            .add_rules(path_beneath_rules(reads, read))?
            .add_rules(path_beneath_rules(writes, all))?
            .add_rules(path_beneath_rules(DEVICES, device))?
            .add_rules(path_beneath_rules(gpus, device | AccessFs::IoctlDev))?
            .restrict_self()
    })();
    restricted.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// There is no such restriction on this system.
#[cfg(not(target_os = "linux"))]
pub fn restrict_files(_launch: &Launch, _shm: bool) -> bool {
    false
}

/// What this machine would hold; found out by trying with `launcher`.
pub fn available(launcher: &Path) -> Held {
    let start = crate::sys::process::Start {
        program: launcher,
        arguments: vec!["__launch".into(), "--probe".into()],
        environment: Vec::new(),
        directory: None,
        stdin: None,
    };
    let Ok(said) = crate::sys::process::ask(start, std::time::Duration::from_secs(10)) else {
        return Held::default();
    };
    let text = String::from_utf8_lossy(&said.stdout);
    let has = |word: &str| text.split_whitespace().any(|found| found == word);
    Held { fs: has("fs"), net: has("net"), kill: has("kill") }
}
