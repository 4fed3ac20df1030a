//! `ingot plugin`: for who writes a Wasm plugin: make, build, test, look at it.
//!
//! A plugin's folder has a `Cargo.toml`, or for any other language a `build.sh`, which
//! writes a core module or a component to the path that it is given, and `cases/`. What
//! builds and tests is the author's own code: it is not sandboxed.

mod build;
mod inspect;
mod new;
mod test;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit, Sources};
use crate::runner::workers::WASM;
use crate::sys::{PathError, env, fs};
use crate::workspace::open::launcher;
use crate::workspace::workers::{self, Workers};
use crate::workspace::{Settings, Stop};

/// Arguments of `ingot plugin`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a new plugin
    New(new::Arguments),
    /// Build a plugin's component from source
    Build(build::Arguments),
    /// Build it, and run its tests natively and in the host
    Test(test::Arguments),
    /// Show what a component is and which kinds it brings
    Inspect(inspect::Arguments),
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments, global, output),
        Command::Build(arguments) => build::run(arguments, global, output),
        Command::Test(arguments) => test::run(arguments, global, output),
        Command::Inspect(arguments) => inspect::run(arguments, global, output),
    }
}

/// Most bytes of a file of a plugin's.
const MOST: u64 = 256 << 20;

/// A path of the command line, from the folder where it works.
fn place(global: &Global, path: &Path) -> Result<PathBuf, Stop> {
    let base = match &global.directory {
        Some(folder) => folder.clone(),
        None => env::directory().map_err(|error| failed(&error))?,
    };
    Ok(base.join(path))
}

/// The worker that hosts plugins, and where its libraries are.
fn host() -> Result<(PathBuf, Vec<PathBuf>), Stop> {
    let settings = Settings::load(None)?;
    let found = workers::find(&settings.workers().value, None, &launcher()?);
    let Workers { workers, libraries, missing, .. } = found;
    let found = workers.into_iter().find(|(_, _, said)| said.worker == WASM);
    let Some((program, _, _)) = found else {
        let named = |missing: &Diagnostic| missing.message.contains(WASM);
        let diagnostics = missing.into_iter().filter(named).collect();
        return Err(Stop { diagnostics, sources: Sources::default() });
    };
    let libraries = libraries.get(&program).cloned().unwrap_or_default();
    Ok((program, libraries))
}

/// How a plugin is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Cargo,
    Script,
}

/// How the plugin in a folder is built.
fn sort(folder: &Path) -> Result<Sort, Stop> {
    match (fs::exists(&folder.join("Cargo.toml")), fs::exists(&folder.join("build.sh"))) {
        (true, _) => Ok(Sort::Cargo),
        (false, true) => Ok(Sort::Script),
        (false, false) => Err(Stop::of(
            Diagnostic::error("E1015", format!("{} is no plugin's folder", folder.display())).help(
                "name a folder with a Cargo.toml or a build.sh; `ingot plugin new NAME` makes one",
            ),
        )),
    }
}

fn failed(error: &PathError) -> Stop {
    Stop::of(
        Diagnostic::error("E0503", error.to_string())
            .caused_by(error)
            .help("choose a folder that you may write to"),
    )
}
