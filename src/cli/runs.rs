//! `ingot runs`: the builds of this workspace, each with its variant and what it gave.

pub(super) mod condition;
pub(super) mod table;

use std::path::{Path, PathBuf};

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit, Sources};
use crate::report::table as text;
use crate::store::Store;
use crate::store::runs::{Run, Runs};
use crate::workspace::Stop;
use crate::workspace::store::{open_store, store_stop};
use condition::Condition;
use table::{Form, Table};

/// Columns without room that are named.
const NAMED: usize = 10;

/// Arguments of `ingot runs`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only runs of which this is true, as `accuracy>=0.9`, `params.epochs=20`,
    /// `revision=4f1c`, `status=failed`; of several, all
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Sort by a column; `-COLUMN` turns it round. A run without a value comes last
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Turn the order round
    #[arg(long)]
    reverse: bool,
    /// Only the last runs of those that are left
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Show every column, and params that all of the runs share
    #[arg(long)]
    all: bool,
    /// Write Markdown, for a pull request
    #[arg(long, conflicts_with_all = ["csv", "json"])]
    md: bool,
    /// Write CSV with every column
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let root = global.place()?.root;
    let store = open_store(&root)?;
    let Runs { runs, damaged } = store.runs(&root).map_err(|error| store_stop(&error))?;
    let warnings: Vec<Diagnostic> = damaged
        .iter()
        .map(|path| {
            let message = format!("{} is no run of this version", path.display());
            Diagnostic::warning("E0713", message).help("remove the file; no result needs it")
        })
        .collect();
    output.diagnostics(&warnings, &Sources::default());
    let table = Table::of(&runs);
    let conditions = arguments.conditions.iter().map(|text| Condition::parse(text, &table));
    let conditions = conditions.collect::<Result<Vec<_>, _>>().map_err(Stop::of)?;
    let holds = |row: &usize| conditions.iter().all(|one| one.holds(&table, *row));
    let mut rows: Vec<usize> = (0..runs.len()).filter(holds).collect();
    if let Some(by) = &arguments.sort {
        let (by, falling) = match by.strip_prefix('-') {
            Some(by) => (by, true),
            None => (by.as_str(), false),
        };
        let column = table.column(by).map_err(Stop::of)?;
        table.sort(&mut rows, column, falling != arguments.reverse);
    } else if arguments.reverse {
        rows.reverse();
    }
    if let Some(last) = arguments.last {
        rows.drain(..rows.len().saturating_sub(last));
    }
    if output.json {
        for row in &rows {
            output.data(&line(&runs[*row]));
        }
        return Ok(Exit::Done);
    }
    if arguments.csv {
        output.data(&table.csv(&rows));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output.note(match runs.is_empty() {
            true => "no build has run here; `ingot build` makes a run\n",
            false => "no run is so; `ingot runs` shows them all\n",
        });
        return Ok(Exit::Done);
    }
    let mut named: Vec<usize> = conditions.iter().map(|one| one.column).collect();
    if let Some(by) = &arguments.sort {
        named.extend(table.column(by.trim_start_matches('-')));
    }
    let form = Form { width: (!arguments.md && !arguments.all).then_some(output.width), named };
    let (header, cells, left_out) = table.shown(&rows, &form, arguments.all);
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    output.data(&match arguments.md {
        true => super::diff::markdown(&header, &cells),
        false => text::render(&header, &cells),
    });
    if !left_out.is_empty() {
        let more = match left_out.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = left_out.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        output.note(&format!("\nnot shown: {names}{more}; --all shows them\n"));
    }
    Ok(Exit::Done)
}

/// The run of this number.
pub(super) fn find(store: &Store, root: &Path, number: u64) -> Result<Run, Stop> {
    let Runs { runs, damaged } = store.runs(root).map_err(|error| store_stop(&error))?;
    let last = runs.last().map(|run| run.number);
    if let Some(run) = runs.into_iter().find(|run| run.number == number) {
        return Ok(run);
    }
    let is_it = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| name == format!("{number}.json").as_str())
    };
    let why = match damaged.iter().find(is_it) {
        Some(path) => format!("run {number} cannot be read: {} is damaged", path.display()),
        None => format!("there is no run {number}"),
    };
    let help = match last {
        Some(last) => format!("`ingot runs` lists them; the last one is {last}"),
        None => "`ingot build` makes one".to_owned(),
    };
    Err(Stop::of(Diagnostic::error("E1030", why).help(help)))
}

fn line(run: &Run) -> String {
    let mut line = serde_json::json!({ "event": "run", "status": run.status() });
    if let (Some(line), Ok(serde_json::Value::Object(run))) =
        (line.as_object_mut(), serde_json::to_value(run))
    {
        line.extend(run);
    }
    format!("{line}\n")
}
