//! `ingot contract`: contracts drafted from data, and compared.
//!
//! What a contract means for data is the business of the worker whose kind reads it; here it
//! is a form of files ([`ingot_protocol::contract`]).

mod diff;
mod infer;

use clap::{Args, Subcommand};

use super::Global;
use super::output::Output;
use crate::diag::Exit;
use crate::workspace::Stop;

/// Arguments of `ingot contract`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Draft a contract that data keep, for you to correct
    Infer(infer::Arguments),
    /// Say what changed between two contracts, and whether it breaks who relies on the old one
    Diff(diff::Arguments),
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Infer(arguments) => infer::run(arguments, global, output),
        Command::Diff(arguments) => diff::run(arguments, global, output),
    }
}
