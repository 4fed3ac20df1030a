//! `ingot import dvc [DIR]`: another tool's pipeline as a manifest.

mod adopt;
mod checksum;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit, Sources, Span};
use crate::import::dvc::{self, DVC_LOCK, DVC_YAML, Unreadable};
use crate::sys::{PathError, env, fs, place};
use crate::workspace::files::{self, Kind};
use crate::workspace::{MANIFEST, Stop};

/// Arguments of `ingot import`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write an ingot.toml from a dvc.yaml
    Dvc(Dvc),
}

#[derive(Debug, Args)]
struct Dvc {
    /// The folder with dvc.yaml; none means this one
    folder: Option<PathBuf>,
    /// Take outputs that are there, and that dvc.lock vouches for, as the steps' results
    #[arg(long)]
    adopt: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let What::Dvc(arguments) = &arguments.what;
    let base = match &global.directory {
        Some(folder) => folder.clone(),
        None => env::directory().map_err(|error| failed(&error))?,
    };
    let root = arguments.folder.as_ref().map_or(base.clone(), |folder| base.join(folder));
    let root = fs::canonical(&root).map_err(|error| failed(&error))?;
    for file in [DVC_YAML, DVC_LOCK, "params.yaml"] {
        check(&root, file)?;
    }
    let Some(text) = read(&root, DVC_YAML) else {
        return Err(Stop::of(
            Diagnostic::error("E1013", format!("{} holds no {DVC_YAML}", root.display()))
                .help("`ingot import dvc DIR` names the folder that does"),
        ));
    };
    let path = root.join(MANIFEST);
    let taken = || {
        Stop::of(
            Diagnostic::error("E1008", format!("{} holds an {MANIFEST} already", root.display()))
                .help("move it away: nothing is written over it"),
        )
    };
    if fs::exists(&path) {
        return Err(taken());
    }
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| "pipeline".to_owned());
    let translated = dvc::translate(&name, &text, &|file| read(&root, file))
        .map_err(|error| unreadable(&root, &error))?;
    let lock = match arguments.adopt {
        true => Some(adopt::read_lock(&root)?),
        false => None,
    };
    let written = place::write(&path, translated.manifest.as_bytes(), 0o644, |_| Ok(false));
    if !written.map_err(|error| failed(&error))? {
        return Err(taken());
    }
    let shown = arguments.folder.clone().unwrap_or_default().join(MANIFEST);
    if output.json {
        for note in &translated.notes {
            let line = serde_json::json!({
                "event": "note", "file": note.file, "line": note.line, "text": note.text,
            });
            output.data(&format!("{line}\n"));
        }
    } else {
        for note in &translated.notes {
            output.data(&format!("{note}\n"));
        }
    }
    let (steps, notes) = (translated.points.len(), translated.notes.len());
    output.note(&format!("wrote {}: {steps} steps, {notes} notes\n", shown.display()));
    if let Some(lock) = &lock {
        adopt::adopt(&root, &translated.points, lock, output)?;
    }
    let place = match &arguments.folder {
        Some(folder) => format!(" -C {}", folder.display()),
        None => String::new(),
    };
    output.note(&format!("`ingot plan{place}` shows what a build would do\n"));
    Ok(Exit::Done)
}

/// A file beside `dvc.yaml`, if it is there and a text.
fn read(root: &Path, file: &str) -> Option<String> {
    let bytes = files::read_optional(root, &root.join(file), Kind::Small).ok().flatten()?;
    String::from_utf8(bytes).ok()
}

/// Tells of a file that stands beside `dvc.yaml` and is not one.
fn check(root: &Path, file: &str) -> Result<(), Stop> {
    files::read_optional(root, &root.join(file), Kind::Small)
        .map(|_| ())
        .map_err(|error| files::stop(&error, Kind::Small, "make the file readable"))
}

fn unreadable(root: &Path, error: &Unreadable) -> Stop {
    let text = read(root, &error.file).unwrap_or_default();
    let lines = text.split_inclusive('\n').take(error.mistake.line.saturating_sub(1));
    let start = lines.map(str::len).sum();
    let diagnostic = Diagnostic::error("E1013", format!("{} cannot be read", error.file))
        .label(Span { file: 0, start, end: start }, error.mistake.what.clone())
        .help("correct the YAML here");
    let sources = Sources::of(PathBuf::from(&error.file), text);
    Stop { diagnostics: vec![diagnostic], sources }
}

fn failed(error: &PathError) -> Stop {
    Stop::of(
        Diagnostic::error("E0503", error.to_string())
            .caused_by(error)
            .help("choose a folder that you may read and write"),
    )
}
