//! `ingot contract diff OLD NEW`: what changed, and whether it is breaking.

use std::path::{Path, PathBuf};

use clap::Args;
use ingot_protocol::contract::Contract;
use ingot_protocol::contract::diff::{Change, Effect, changes};

use super::Global;
use super::Output;
use crate::diag::{Diagnostic, Exit, Sources, Span, escape};
use crate::report::table;
use crate::sys::env;
use crate::workspace::Stop;
use crate::workspace::files::{self, Kind};

/// Arguments of `ingot contract diff`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The contract as it was
    old: PathBuf,
    /// The contract as it is
    new: PathBuf,
    /// End with exit code 1 where a change is breaking
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let base = match &global.directory {
        Some(folder) => folder.clone(),
        None => env::directory().map_err(|error| files::stop(&error, Kind::Small, FIX))?,
    };
    let (old, new) = (read(&base, &arguments.old)?, read(&base, &arguments.new)?);
    let changes = changes(&old, &new);
    let breaking = changes.iter().filter(|change| change.effect == Effect::Breaking).count();
    if output.json {
        for change in &changes {
            let line = serde_json::json!({
                "event": "change", "effect": change.effect.name(), "about": change.about,
                "what": change.what,
            });
            output.data(&format!("{line}\n"));
        }
    } else if !changes.is_empty() {
        let rows: Vec<Vec<String>> = changes.iter().map(row).collect();
        output.data(&table::render(&["effect", "about", "change"], &rows));
    }
    output.note(&match (changes.len(), breaking) {
        (0, _) => "the contracts promise the same\n".to_owned(),
        (1, _) => format!("1 change, {breaking} breaking\n"),
        (count, _) => format!("{count} changes, {breaking} breaking\n"),
    });
    match arguments.exit_code && breaking > 0 {
        true => Ok(Exit::StepFailed),
        false => Ok(Exit::Done),
    }
}

const FIX: &str = "name a file that you may read";

fn row(change: &Change) -> Vec<String> {
    let Change { effect, about, what } = change;
    vec![effect.name().to_owned(), escape::line(about).into(), escape::line(what).into()]
}

/// Reads a contract; a mistake is told at its place.
fn read(base: &Path, path: &Path) -> Result<Contract, Stop> {
    let file = base.join(path);
    let bytes = files::read_own(&file, Kind::Small);
    let bytes = bytes.map_err(|error| files::stop(&error, Kind::Small, FIX))?;
    let missing = |what: &str| {
        let message = format!("{} {what}", path.display());
        Stop::of(Diagnostic::error("E1035", message).help("name two contracts: OLD and NEW"))
    };
    let text = String::from_utf8(bytes.ok_or_else(|| missing("is not there"))?);
    let text = text.map_err(|_| missing("is not UTF-8"))?;
    Contract::parse(&text).map_err(|mistake| {
        let span = Span { file: 0, start: mistake.place.start, end: mistake.place.end };
        let code = if mistake.contradiction { "E0224" } else { "E0223" };
        let told = Diagnostic::error(code, mistake.what).label(span, "").help(mistake.help);
        Stop { diagnostics: vec![told], sources: Sources::of(path.to_owned(), text) }
    })
}
