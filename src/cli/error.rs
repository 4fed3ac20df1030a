//! `ingot error CODE`: what a code means.

use clap::Args;

use super::exit::{Exit, Stop};
use super::output::Output;
use crate::diag::{Diagnostic, codes};
use crate::report::table;

/// Arguments of `ingot error`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code, such as E0309; none lists them all
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Stop> {
    let Some(code) = &arguments.code else {
        let rows: Vec<Vec<String>> =
            codes::all().map(|entry| vec![entry.code.to_owned(), entry.title.to_owned()]).collect();
        output.data(&table::render(&["code", "what it says"], &rows));
        return Ok(Exit::Done);
    };
    let Some(entry) = codes::find(code) else {
        return Err(Stop::of(
            Diagnostic::error("E1003", format!("there is no code `{code}`"))
                .help("`ingot error` lists them"),
        ));
    };
    output.data(&format!("{}: {}\n\n{}\n", entry.code, entry.title, entry.explanation.trim()));
    Ok(Exit::Done)
}
