//! The command line: one file a command.
//!
//! Owns the arguments, the exit code and what is printed. Invariant: data goes
//! to stdout, the rest to stderr; every failure has a code, a place and a fix;
//! what a command prints last is the next useful command. What it does not do:
//! it decides nothing about steps.

mod build;
mod clean;
mod completions;
mod declared;
mod definitions;
mod diff;
mod doctor;
mod error;
mod exit;
mod exports;
mod files;
mod forms;
mod gc;
mod get;
mod graph;
mod import;
mod key;
mod kinds;
mod lock;
mod locks;
mod log;
mod members;
mod memo;
mod new;
mod output;
mod plan;
mod plugin;
mod plugins;
mod precious;
mod pull;
mod push;
mod query;
mod remotes;
mod revision;
mod schema;
mod settings;
mod shell;
mod show;
mod store;
mod tracked;
mod trust;
mod trusted_keys;
mod verify;
mod watch;
mod why;
mod workers;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::report::screen;
pub use exit::Exit;
use output::Output;

/// A build system for machine learning: content-hashed, cached, sandboxed steps.
#[derive(Debug, Parser)]
#[command(name = "ingot", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = EXITS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What a script may go by.
const EXITS: &str = "Exit codes: 0 done, 1 a step failed, 2 the command line is wrong, 3 the manifest is \
wrong, 4 a gate did not pass, 5 the lock does not agree, 6 the machine lacks something, 70 a mistake \
of ours, 74 the output could not be written, 130 interrupted";

/// What every command takes.
#[derive(Debug, Clone, Args)]
struct Global {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Print one JSON event a line on stdout
    #[arg(long, global = true)]
    json: bool,
}

/// What selects and alters a plan.
#[derive(Debug, Clone, Default, Args)]
struct Selection {
    /// Steps or target groups; none means the manifest's default
    targets: Vec<String>,
    /// Override a param of the manifest
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Use a profile of the manifest
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a new workspace
    New(new::Arguments),
    /// Build what changed
    #[command(visible_alias = "b")]
    Build(build::Arguments),
    /// Show what a build would do, and why
    Plan(plan::Arguments),
    /// Say why a step runs, or why it does not
    Why(why::Arguments),
    /// Run steps again and compare their bytes with what is recorded
    Verify(verify::Arguments),
    /// List what depends on a step, a source or a file
    Query(query::Arguments),
    /// Compare runs by their locks: params, data, metrics, sizes and times
    Diff(diff::Arguments),
    /// Show a step's result, or the content of one of its outputs
    Show(show::Arguments),
    /// Print a step's log
    Log(log::Arguments),
    /// Open a shell in a step's exec root
    Shell(shell::Arguments),
    /// Write a manifest from another tool's pipeline
    Import(import::Arguments),
    /// Print the graph of steps
    Graph(graph::Arguments),
    /// Get an output: its path, or a copy
    Get(get::Arguments),
    /// Give results to a remote
    Push(push::Arguments),
    /// Take results from a remote
    Pull(pull::Arguments),
    /// Make or show the key that signs what you give
    Key(key::Arguments),
    /// Remove what a build made
    Clean(clean::Arguments),
    /// Remove from the store what no lock names
    Gc(gc::Arguments),
    /// Check the store, or show its size
    Store(store::Arguments),
    /// List the step kinds and their params
    Kinds(kinds::Arguments),
    /// Make, build, test and look at Wasm plugins
    Plugin(plugin::Arguments),
    /// Check the lock against the manifest, or write it anew from the store
    Lock(lock::Arguments),
    /// Let the workers of this workspace run, as they are now
    Trust(trust::Arguments),
    /// Explain an error code
    Error(error::Arguments),
    /// Print a JSON Schema
    Schema(schema::Arguments),
    /// Print shell completions
    Completions(completions::Arguments),
    /// Check this machine
    Doctor(doctor::Arguments),
}

/// Runs the program with its arguments and gives its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            screen::remember(error.print());
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return ExitCode::from(Output::new(false).end(exit) as u8);
        }
    };
    let output = Output::new(cli.global.json);
    let global = &cli.global;
    let exit = match &cli.command {
        Command::New(arguments) => new::run(arguments, global, &output),
        Command::Build(arguments) => build::run(arguments, global, &output),
        Command::Plan(arguments) => plan::run(arguments, global, &output),
        Command::Why(arguments) => why::run(arguments, global, &output),
        Command::Verify(arguments) => verify::run(arguments, global, &output),
        Command::Query(arguments) => query::run(arguments, global, &output),
        Command::Diff(arguments) => diff::run(arguments, global, &output),
        Command::Show(arguments) => show::run(arguments, global, &output),
        Command::Log(arguments) => log::run(arguments, global, &output),
        Command::Shell(arguments) => shell::run(arguments, global, &output),
        Command::Import(arguments) => import::run(arguments, global, &output),
        Command::Graph(arguments) => graph::run(arguments, global, &output),
        Command::Get(arguments) => get::run(arguments, global, &output),
        Command::Push(arguments) => push::run(arguments, global, &output),
        Command::Pull(arguments) => pull::run(arguments, global, &output),
        Command::Key(arguments) => key::run(arguments, &output),
        Command::Clean(arguments) => clean::run(arguments, global, &output),
        Command::Gc(arguments) => gc::run(arguments, global, &output),
        Command::Store(arguments) => store::run(arguments, global, &output),
        Command::Kinds(arguments) => kinds::run(arguments, global, &output),
        Command::Plugin(arguments) => plugin::run(arguments, global, &output),
        Command::Lock(arguments) => lock::run(arguments, global, &output),
        Command::Trust(arguments) => trust::run(arguments, global, &output),
        Command::Error(arguments) => error::run(arguments, global, &output),
        Command::Schema(arguments) => schema::run(arguments, global, &output),
        Command::Completions(arguments) => completions::run(arguments, &output),
        Command::Doctor(arguments) => doctor::run(arguments, global, &output),
    };
    let exit = exit.unwrap_or_else(|stop| output.stop(&stop));
    ExitCode::from(output.end(exit) as u8)
}
