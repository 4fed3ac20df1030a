//! `ingot log STEP`: what a step wrote while it ran last, as far as a terminal may see it,
//! and what it observed on its way, an epoch a line.

use std::io::{BufRead, BufReader, Read};

use clap::Args;

use super::output::Output;
use super::{Global, Selection, curves};
use crate::diag::{Diagnostic, Exit};
use crate::engine::forecast::State;
use crate::report::screen;
use crate::sys::PathError;
use crate::workspace::Stop;
use crate::workspace::analysis::foresee;

/// How much of a line is printed at a time.
const PIECE: u64 = 1 << 16;

/// Arguments of `ingot log`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
    /// Print the bytes that it wrote as they are: colours and whatever else they tell a
    /// terminal, and nothing besides
    #[arg(long)]
    raw: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Selection::default().open(global)?;
    let plan = workspace.plan(std::slice::from_ref(&arguments.step))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let mut found = false;
    for &index in &plan.targets {
        let key = match &forecast.states[index] {
            State::Hit(known) => known.result.key,
            State::Run { key, .. } => *key,
            State::Depends { .. } | State::Blocked { .. } => continue,
        };
        let log = workspace.store.log(key).map_err(|error| workspace.store_stop(&error))?;
        if let Some(log) = log {
            let written = print(log, arguments.raw, output).map_err(|error| {
                let error = PathError::new("read", &workspace.store.log_path(key), error);
                workspace.store_stop(&error.into())
            })?;
            if !written && workspace.store.curve(key).ok().flatten().is_none() {
                output.note(&format!("`{}` wrote no log\n", plan.steps[index].name));
            }
            found = true;
        }
        let curve = workspace.store.curve(key).map_err(|error| workspace.store_stop(&error))?;
        if let Some(curve) = curve.filter(|_| !arguments.raw) {
            output.data(&curves::lines(&curve));
            found = true;
        }
    }
    if found {
        return Ok(Exit::Done);
    }
    Err(workspace.stop(vec![
        Diagnostic::error("E1007", format!("`{}` has no log for this manifest", arguments.step))
            .help(format!(
                "a step from another machine's store brings none; `ingot build --rerun {}` makes one",
                arguments.step
            )),
    ]))
}

/// Prints a log piece by piece; gives whether there is anything in it.
fn print(log: impl Read, raw: bool, output: &Output) -> std::io::Result<bool> {
    let mut reader = BufReader::new(log);
    let (mut piece, mut any) = (Vec::new(), false);
    while !screen::is_closed() {
        let read = reader.by_ref().take(PIECE).read_until(b'\n', &mut piece)?;
        any |= read > 0;
        // A character may be cut at the end of a piece.
        let whole = match std::str::from_utf8(&piece) {
            Err(error) if read > 0 && error.error_len().is_none() => error.valid_up_to(),
            _ => piece.len(),
        };
        let rest = piece.split_off(whole);
        match raw {
            true => output.raw(&piece),
            false => output.data(&String::from_utf8_lossy(&piece)),
        }
        piece = rest;
        if read == 0 {
            break;
        }
    }
    Ok(any)
}
