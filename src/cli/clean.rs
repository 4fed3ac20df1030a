//! `ingot clean`: removes what a build made.

use clap::Args;

use super::exit::{Exit, Stop};
use super::output::Output;
use super::settings::Settings;
use super::{Global, workspace};
use crate::diag::Diagnostic;
use crate::sys::fs;

/// Arguments of `ingot clean`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Remove the whole store, results included
    #[arg(long)]
    all: bool,
}

/// What a build makes again where it is needed.
const DERIVED: [&str; 4] = ["failed", "out", "views", "work"];

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let root = workspace::find_root(global)?;
    let store = Settings::load(Some(&root))?.store(&root).value;
    if !fs::exists(&store) {
        output.note("nothing to clean\n");
        return Ok(Exit::Done);
    }
    let failed = |error: crate::sys::PathError| {
        Stop::of(
            Diagnostic::error("E0503", error.to_string())
                .caused_by(&error)
                .help("end the builds that run here, or check the folder's permissions"),
        )
    };
    if arguments.all {
        fs::remove_all(&store).map_err(failed)?;
        output.note(&format!("removed {}\n", store.display()));
    } else {
        for name in DERIVED {
            fs::remove_all(&store.join(name)).map_err(failed)?;
            fs::create_dir_all(&store.join(name)).map_err(failed)?;
        }
        output.note(&format!(
            "removed {} of {}; results are kept\n",
            DERIVED.join(", "),
            store.display()
        ));
        output.note("`ingot clean --all` removes those too\n");
    }
    Ok(Exit::Done)
}
