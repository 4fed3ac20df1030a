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

/// What makes the SQL worker one of them, and its folder.
const SQL: (&str, &str) = ("--sql", "workers/sql");

/// Installs every program; the other `arguments` are cargo's own.
pub(crate) fn run(stages: &mut Stages, arguments: &[&str]) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    let (sql, arguments): (Vec<&str>, Vec<&str>) =
        arguments.iter().partition(|argument| **argument == SQL.0);
    let further = (!sql.is_empty()).then_some(SQL.1);
    for folder in FOLDERS.into_iter().chain(further) {
        stages.run(&format!("cargo install --path {folder}"), || {
            let mut cargo =
                Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.current_dir(workspace::root()).env("LIBTORCH", &libtorch);
            cargo.args(["install", "--locked", "--path", folder]).args(&arguments);
            command::run(&mut cargo, "see the compiler's message above")
        })?;
    }
    Ok(())
}
