//! The command line: one file a command.
//!
//! Owns the arguments, the exit code and what is printed. Invariant: data goes
//! to stdout, the rest to stderr; every failure has a code, a place and a fix;
//! what a command prints last is the next useful command. What it does not do:
//! it decides nothing about steps.

mod arguments;
mod build;
mod clean;
mod completions;
mod contract;
mod curves;
mod diff;
mod doctor;
mod error;
mod exec_action;
mod gc;
mod get;
mod graph;
mod import;
mod key;
mod kinds;
mod lock;
mod log;
mod mutate;
mod new;
mod output;
mod plan;
mod plugin;
mod pull;
mod push;
mod query;
mod runs;
mod schema;
mod shell;
mod show;
mod store;
mod test;
mod trust;
mod verify;
mod why;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::diag::Exit;
use crate::report::screen;
use arguments::{CacheFrom, CacheTo, Global, Selection};
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

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a new workspace
    New(new::Arguments),
    /// Build what changed
    #[command(visible_alias = "b")]
    Build(build::Arguments),
    /// Show what a build would do, and why; as `ingot build --dry-run`
    #[command(visible_alias = "status")]
    Plan(plan::Arguments),
    /// Say why a step runs, or why it does not
    Why(why::Arguments),
    /// Run steps again and compare their bytes with what is recorded
    Verify(verify::Arguments),
    /// List what depends on a step, a source or a file
    Query(query::Arguments),
    /// Compare builds by their locks or their runs: params, data, metrics, sizes and times
    Diff(diff::Arguments),
    /// Build the tests of steps, and say what differs from what they expect
    Test(test::Arguments),
    /// Put faults into copies of the sources, and say which of them nothing stops
    Mutate(mutate::Arguments),
    /// List the builds of this workspace, with their params and metrics
    Runs(runs::Arguments),
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
    /// Draft a contract from data, hold data against one, or compare two
    Contract(contract::Arguments),
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
    /// Run the job that a blob of the store is
    #[command(hide = true)]
    ExecAction(exec_action::Arguments),
}

/// Runs the program with its arguments and gives its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            screen::remember(error.print());
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return ExitCode::from(Output::new(false).end(exit).number());
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
        Command::Contract(arguments) => contract::run(arguments, global, &output),
        Command::Diff(arguments) => diff::run(arguments, global, &output),
        Command::Test(arguments) => test::run(arguments, global, &output),
        Command::Mutate(arguments) => mutate::run(arguments, global, &output),
        Command::Runs(arguments) => runs::run(arguments, global, &output),
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
        Command::ExecAction(arguments) => exec_action::run(arguments, global, &output),
    };
    let exit = exit.unwrap_or_else(|stop| output.stop(&stop));
    ExitCode::from(output.end(exit).number())
}
