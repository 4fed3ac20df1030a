//! `ingot contract`: contracts drafted from data, compared, and held against data.
//!
//! What a contract means for data is the business of the worker whose kind reads it; here it
//! is a form of files ([`ingot_protocol::contract`]).

mod check;
mod diff;
mod infer;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ingot_protocol::contract::Contract;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit, Sources, Span};
use crate::sys::env;
use crate::workspace::Stop;
use crate::workspace::files::{self, Kind};

/// Arguments of `ingot contract`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold data against a contract, and write nothing
    Check(check::Arguments),
    /// Draft a contract that data keep, for you to correct
    Infer(infer::Arguments),
    /// Say what changed between two contracts, and whether it breaks who relies on the old one
    Diff(diff::Arguments),
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments, global, output),
        Command::Infer(arguments) => infer::run(arguments, global, output),
        Command::Diff(arguments) => diff::run(arguments, global, output),
    }
}

const FIX: &str = "name a file that you may read";

/// The folder in which files are named.
fn base(global: &Global) -> Result<PathBuf, Stop> {
    match &global.directory {
        Some(folder) => Ok(folder.clone()),
        None => env::directory().map_err(|error| files::stop(&error, Kind::Small, FIX)),
    }
}

/// Reads a contract, with its text; a mistake is told at its place.
fn read(base: &Path, path: &Path) -> Result<(String, Contract), Stop> {
    let file = base.join(path);
    let bytes = files::read_own(&file, Kind::Small);
    let bytes = bytes.map_err(|error| files::stop(&error, Kind::Small, FIX))?;
    let missing = |what: &str| {
        let message = format!("{} {what}", path.display());
        Stop::of(Diagnostic::error("E1035", message).help("name the file of a contract"))
    };
    let text = String::from_utf8(bytes.ok_or_else(|| missing("is not there"))?);
    let text = text.map_err(|_| missing("is not UTF-8"))?;
    match Contract::parse(&text) {
        Ok(contract) => Ok((text, contract)),
        Err(mistake) => {
            let span = Span { file: 0, start: mistake.place.start, end: mistake.place.end };
            let code = if mistake.contradiction { "E0224" } else { "E0223" };
            let told = Diagnostic::error(code, mistake.what).label(span, "").help(mistake.help);
            Err(Stop { diagnostics: vec![told], sources: Sources::of(path.to_owned(), text) })
        }
    }
}
