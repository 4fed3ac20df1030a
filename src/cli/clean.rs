//! `ingot clean`: removes what a build made.

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::store::clean::DERIVED;
use crate::store::{Store, StoreError};
use crate::sys::fs;
use crate::workspace::store::store_stop;
use crate::workspace::{Settings, Stop};

/// Arguments of `ingot clean`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Remove the whole store, results included
    #[arg(long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let root = global.place()?.root;
    let store = Settings::load(Some(&root))?.store(&root);
    let (folder, by) = (store.value, store.by);
    let is_empty = fs::names(&folder).is_ok_and(|names| names.is_empty());
    if !fs::exists(&folder) || is_empty {
        output.note("nothing to clean\n");
        return Ok(Exit::Done);
    }
    let foreign = Store::clean(&folder, arguments.all).map_err(|error| match error {
        StoreError::Path(error) => Stop::of(
            Diagnostic::error("E0503", error.to_string())
                .caused_by(&error)
                .help("end the builds that run here, or check the folder's permissions"),
        ),
        StoreError::NotAStore { .. } => {
            let mut stop = store_stop(&error);
            for mistake in &mut stop.diagnostics {
                mistake.causes.push(format!("{by} names it; nothing of it was removed"));
            }
            stop
        }
        error => store_stop(&error),
    })?;
    for path in &foreign {
        output.note(&format!("left {}: it is not the store's\n", path.display()));
    }
    if arguments.all {
        let part = if foreign.is_empty() { "" } else { "what is the store's own of " };
        output.note(&format!("removed {part}{}\n", folder.display()));
    } else {
        output.note(&format!(
            "removed {} of {}; results are kept\n",
            DERIVED.join(", "),
            folder.display()
        ));
        output.note("`ingot clean --all` removes those too\n");
    }
    Ok(Exit::Done)
}
