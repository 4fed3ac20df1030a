//! `ingot kinds`: what steps there can be, and what they take.

pub(super) mod describe;

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::kinds::Provided;
use crate::kinds::params::nearest;
use crate::report::table;
use crate::runner::workers;
use crate::workspace::{Stop, anywhere};

/// Arguments of `ingot kinds`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A kind, to see its ports and params
    kind: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let (kinds, missing) = anywhere::kinds(&global.opener())?;
    let Some(name) = &arguments.kind else {
        if output.json {
            for provided in kinds.iter() {
                output.document(&format!("{}\n", json(provided)));
            }
            return Ok(Exit::Done);
        }
        let rows: Vec<Vec<String>> = kinds
            .iter()
            .map(|provided| vec![provided.kind.name.clone(), provided.kind.summary.clone()])
            .collect();
        output.data(&table::render(&["kind", "what it does"], &rows));
        for diagnostic in missing {
            output.note(&format!("{}\n", diagnostic.message));
        }
        output.note("\n`ingot kinds KIND` shows its ports and params\n");
        return Ok(Exit::Done);
    };
    let Some(provided) = kinds.get(name) else {
        let mistake = Diagnostic::error("E0304", format!("there is no kind `{name}`"));
        let names = kinds.iter().map(|provided| provided.kind.name.as_str());
        if let Some(worker) = workers::optional(name) {
            let makes = workers::MAKES_OPTIONAL;
            let fix = format!("its worker `{worker}` is not installed: {makes}");
            return Err(Stop::of(mistake.help(fix)));
        }
        return Err(match nearest(name, names) {
            Some(near) => Stop::of(mistake.help(format!("did you mean `{near}`?"))),
            None if missing.is_empty() => Stop::of(mistake.help("`ingot kinds` lists them")),
            // The one that provides it may be among these.
            None => Stop { diagnostics: missing, ..Stop::of(mistake) },
        });
    };
    output.data(&if output.json {
        format!("{}\n", json(provided))
    } else {
        describe::describe(provided)
    });
    Ok(Exit::Done)
}

fn json(provided: &Provided) -> String {
    serde_json::to_string(&*provided.kind).unwrap_or_default()
}
