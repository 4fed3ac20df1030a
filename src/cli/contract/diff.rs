//! `ingot contract diff OLD NEW`: what changed, and whether it is breaking.

use std::path::PathBuf;

use clap::Args;
use ingot_protocol::contract::diff::{Change, Effect, changes};

use super::{Global, Output, read};
use crate::diag::{Exit, escape};
use crate::report::table;
use crate::workspace::Stop;

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
    let base = super::base(global)?;
    let (old, new) = (read(&base, &arguments.old)?.1, read(&base, &arguments.new)?.1);
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

fn row(change: &Change) -> Vec<String> {
    let Change { effect, about, what } = change;
    vec![effect.name().to_owned(), escape::line(about).into(), escape::line(what).into()]
}
