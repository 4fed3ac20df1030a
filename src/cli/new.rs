//! `ingot new DIR`: a workspace that builds at once.

use std::path::PathBuf;

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::sys::{PathError, env, fs, place};
use crate::workspace::{MANIFEST, Stop};

/// Arguments of `ingot new`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to make
    path: PathBuf,
}

const FILES: [(&str, &str); 4] = [
    (MANIFEST, include_str!("new/ingot.toml")),
    ("data/flowers.csv", include_str!("new/flowers.csv")),
    ("contracts/flowers.toml", include_str!("new/flowers.toml")),
    (".gitignore", ".ingot/\ningot.local.toml\n"),
];

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let base = match &global.directory {
        Some(folder) => folder.clone(),
        None => env::directory().map_err(|error| failed(&error))?,
    };
    let root = base.join(&arguments.path);
    if fs::exists(&root.join(MANIFEST)) {
        return Err(Stop::of(
            Diagnostic::error("E1008", format!("{} holds an {MANIFEST} already", root.display()))
                .help("name another folder"),
        ));
    }
    let name =
        root.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned();
    let name = if name.is_empty() { "pipeline".to_owned() } else { name };
    for (path, text) in FILES {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        }
        let text = text.replace("{{name}}", &name);
        // What is there stays.
        place::write(&path, text.as_bytes(), 0o644, |_| Ok(false))
            .map_err(|error| failed(&error))?;
    }
    output.note(&format!("made {}\n", arguments.path.display()));
    output.note(&format!("`ingot build -C {}` builds it\n", arguments.path.display()));
    Ok(Exit::Done)
}

fn failed(error: &PathError) -> Stop {
    Stop::of(
        Diagnostic::error("E0503", error.to_string())
            .caused_by(error)
            .help("choose a folder that you may write to"),
    )
}
