//! `ingot contract infer DATA`: a contract that data keep, drafted by the worker that reads
//! contracts.

use std::path::{Path, PathBuf};

use clap::Args;
use ingot_protocol::contract::FORM;

use super::Global;
use super::Output;
use crate::diag::{Diagnostic, Exit, escape};
use crate::sys::{PathError, env, fs, place};
use crate::workspace::{Opener, Selection, Stop, Workspace, draft};

/// The form of files of templates, which its worker alone knows.
const TEMPLATES: &str = "templates";

/// Arguments of `ingot contract infer`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A source of the manifest, or a file of the workspace
    data: String,
    /// Draft the file of templates of this column of text instead
    #[arg(long, value_name = "COLUMN")]
    templates: Option<String>,
    /// Write it to this file, in which nothing stands
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let base = match &global.directory {
        Some(folder) => folder.clone(),
        None => env::directory().map_err(|error| failed(&error))?,
    };
    let place = arguments.output.as_ref().map(|file| base.join(file));
    if let (Some(place), Some(shown)) = (&place, &arguments.output)
        && fs::exists(place)
    {
        return Err(taken(shown));
    }
    let opener: Opener<'_> = global.opener();
    let workspace = Workspace::open(&opener, &Selection::default())?;
    let form = if arguments.templates.is_some() { TEMPLATES } else { FORM };
    let column = arguments.templates.as_deref();
    let drafted = draft::draft(&workspace, (form, column), (&arguments.data, &base))?;
    match (&place, &arguments.output) {
        (Some(place), Some(shown)) => {
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            }
            let written = place::write(place, drafted.text.as_bytes(), 0o644, |_| Ok(false));
            if !written.map_err(|error| failed(&error))? {
                return Err(taken(shown));
            }
            output.note(&format!("wrote {}\n", shown.display()));
        }
        _ => output.data(&drafted.text),
    }
    for note in &drafted.notes {
        output.note(&format!("{}\n", escape::line(note)));
    }
    output.note("read it before you rely on it: it says what these data keep\n");
    Ok(Exit::Done)
}

fn taken(shown: &Path) -> Stop {
    Stop::of(
        Diagnostic::error("E1008", format!("{} is there already", shown.display()))
            .help("name another file, or move it away: nothing is written over it"),
    )
}

fn failed(error: &PathError) -> Stop {
    Stop::of(
        Diagnostic::error("E0503", error.to_string())
            .caused_by(error)
            .help("choose a folder that you may write to"),
    )
}
