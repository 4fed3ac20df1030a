//! `ingot error CODE`: what a code means, of this program or of a worker.
//!
//! A worker's codes stand in its descriptor. One that is installed is asked, as for `ingot
//! kinds`; nothing of a workspace runs.

use clap::Args;
use ingot_protocol::codes::is_code;

use super::Global;
use super::output::Output;
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Exit, Sources, codes};
use crate::engine::drive::Driven;
use crate::kinds::Kinds;
use crate::plan::Plan;
use crate::report::table;
use crate::workspace::{Stop, anywhere};

/// Arguments of `ingot error`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code, such as E0309; none lists them all
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let Some(code) = &arguments.code else {
        list(global, output);
        return Ok(Exit::Done);
    };
    if let Some(entry) = codes::find(code) {
        output.data(&explanation(entry.code, entry.title, entry.explanation));
        return Ok(Exit::Done);
    }
    let (kinds, missing) = anywhere::codes(&global.opener())?;
    let Some((code, found)) = kinds.code(code) else {
        return Err(unknown(code, &kinds, missing));
    };
    output.data(&explanation(code, &found.title, &found.explanation));
    Ok(Exit::Done)
}

/// Every code with its line: this program's, then those of the workers.
fn list(global: &Global, output: &Output) {
    let row = |code: &str, title: &str| vec![code.to_owned(), title.to_owned()];
    let mut rows: Vec<Vec<String>> =
        codes::all().map(|entry| row(entry.code, entry.title)).collect();
    let found = anywhere::codes(&global.opener());
    if let Ok((kinds, _)) = &found {
        rows.extend(kinds.codes().into_iter().map(|(code, found)| row(code, &found.title)));
    }
    output.data(&table::render(&["code", "what it says"], &rows));
    match found {
        Ok((_, missing)) => {
            for diagnostic in missing {
                output.note(&format!("{}\n", diagnostic.message));
            }
        }
        // What is wrong with a config may be what somebody looks up.
        Err(stop) => output.diagnostics(&stop.diagnostics, &stop.sources),
    }
}

fn explanation(code: &str, title: &str, explanation: &str) -> String {
    format!("{code}: {title}\n\n{}\n", explanation.trim())
}

/// A code that nobody here has.
fn unknown(code: &str, kinds: &Kinds, missing: Vec<Diagnostic>) -> Stop {
    let mistake = Diagnostic::error("E1003", format!("there is no code `{code}`"));
    let asked = code.to_ascii_uppercase();
    let others = kinds.codes();
    let known: Vec<&str> = codes::all().map(|entry| entry.code).chain(others.into_keys()).collect();
    // A letter is a worker's, so a code is mistyped in its digits.
    let alike: Vec<&str> = known
        .iter()
        .copied()
        .filter(|known| known.chars().next() == asked.chars().next())
        .collect();
    let is_code = is_code(&asked) && asked.ends_with(|last: char| last.is_ascii_digit());
    if is_code && alike.is_empty() && !missing.is_empty() {
        let mistake = mistake.help("a worker that is not here may have it");
        let diagnostics = std::iter::once(mistake).chain(missing).collect();
        return Stop { diagnostics, sources: Sources::default() };
    }
    let near = match alike.is_empty() {
        true => nearest(&asked, known.into_iter()),
        false => nearest(&asked, alike.into_iter()),
    };
    Stop::of(match near {
        Some(near) => mistake.help(format!("did you mean `{near}`?")),
        None => mistake.help("`ingot error` lists them"),
    })
}

/// Says what explains the end of a build: the code of the first failure. A finding's code
/// stands at its line, which says what was found.
pub(super) fn more(kinds: &Kinds, plan: &Plan, driven: &Driven, output: &Output) {
    let Some((step, code)) = driven.failures.first() else { return };
    let explained =
        codes::find(code).is_some() || kinds.explains(&plan.steps[*step].provider, code);
    if explained && !output.json && !driven.interrupted {
        output.note(&format!("`ingot error {code}` explains more\n"));
    }
}
