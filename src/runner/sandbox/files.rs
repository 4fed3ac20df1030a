//! The second wall: what a step may read and write, by Landlock.
//!
//! Where the step has a root of its own, that root is what it may read: a way out of it
//! would lead to files that are not below it. Without one this is all that keeps undeclared
//! files away: it cannot hide that they exist.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use super::super::launch::Launch;
use super::system;

/// What of the machine every step may read where it has no root of its own.
pub(super) const SYSTEM: [&str; 22] = [
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/sbin",
    "/usr",
    "/etc/alternatives",
    "/etc/ca-certificates",
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
    "/proc",
    "/sys/devices/system",
];

/// What a step may reach.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// What it may read.
    pub reads: Vec<PathBuf>,
    /// What it may change.
    pub writes: Vec<PathBuf>,
    /// Devices that it may use, or the folder of those that there are.
    pub devices: Vec<PathBuf>,
}

/// Restricts this thread, and every process that it starts from now on.
pub(super) fn restrict(launch: &Launch, reach: &Reach) -> Result<(), String> {
    match rules(launch, reach) {
        Ok(RulesetStatus::NotEnforced) => Err("Landlock is not enforced".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn rules(launch: &Launch, reach: &Reach) -> Result<RulesetStatus, RulesetError> {
    let abi = ABI::V6;
    let (read, all) = (AccessFs::from_read(abi), AccessFs::from_all(abi));
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let gpus: Vec<PathBuf> =
        if launch.gpu { system::gpus().chain(["/sys".into()]).collect() } else { Vec::new() };
    let restricted = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(&reach.reads, read))?
        .add_rules(path_beneath_rules(&reach.writes, all))?
        .add_rules(path_beneath_rules(&reach.devices, device))?
        .add_rules(path_beneath_rules(gpus, device | AccessFs::ReadDir | AccessFs::IoctlDev))?
        .restrict_self()?;
    Ok(restricted.ruleset)
}
