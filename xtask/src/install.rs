//! `cargo xtask install`: the programs, built for speed, where the shell finds them.
//!
//! Invariant: `cargo install` writes what is written, so that `cargo uninstall` takes it
//! away again. The worker of training links to libtorch where it stands.

use std::process::Command;

use anyhow::Result;

use crate::stages::Stages;
use crate::{command, libtorch, workspace};

/// The packages in the order of their programs' names, by their folders.
const FOLDERS: [&str; 4] = [".", "workers/data", "workers/torch", "workers/wasm"];

/// Installs every program; `arguments` are cargo's own.
pub(crate) fn run(stages: &mut Stages, arguments: &[&str]) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    for folder in FOLDERS {
        stages.run(&format!("cargo install --path {folder}"), || {
            let mut cargo =
                Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.current_dir(workspace::root()).env("LIBTORCH", &libtorch);
            cargo.args(["install", "--locked", "--path", folder]).args(arguments);
            command::run(&mut cargo, "see the compiler's message above")
        })?;
    }
    Ok(())
}
