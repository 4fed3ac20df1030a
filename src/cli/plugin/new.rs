//! `ingot plugin new NAME`: a plugin that builds and passes its tests at once.
//!
//! What it needs stands beside it: the interface, and in Rust the guest crate, as they
//! are in this version of ingot. Nothing is fetched from ingot's side.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Global, failed, place};
use crate::cli::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::sys::{self, fs};
use crate::workspace::Stop;

mod files;

/// Arguments of `ingot plugin new`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to make; its last part is the plugin's name
    path: PathBuf,
    /// The language to write it in
    #[arg(long = "lang", value_enum, default_value = "rust")]
    language: Language,
}

/// A language that there is a template for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Rust, with the guest crate
    Rust,
    /// C, with clang
    C,
    /// Python, with componentize-py
    Python,
    /// JavaScript, with componentize-js
    Js,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let folder = place(global, &arguments.path)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(of_name) {
        return Err(Stop::of(
            Diagnostic::error("E1002", format!("`{name}` cannot be the name of a plugin"))
                .help("use lower-case letters, digits, `-` and `_`, beginning with a letter"),
        ));
    }
    if fs::exists(&folder) {
        return Err(Stop::of(
            Diagnostic::error("E1008", format!("{} is there already", folder.display()))
                .help("name another folder"),
        ));
    }
    let parts = match arguments.language {
        Language::Rust => [files::RUST, files::SDK, &[]],
        Language::C => [files::C, files::FREESTANDING, files::CASES],
        Language::Python => [files::PYTHON, &[], files::CASES],
        Language::Js => [files::JS, &[], files::CASES],
    };
    for (path, text) in parts.into_iter().chain([files::INTERFACE]).flatten() {
        let mode = if path.ends_with(".sh") { 0o755 } else { 0o644 };
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(&error))?;
        }
        let text = text.replace("{{name}}", &name);
        sys::place::write(&path, text.as_bytes(), mode, |_| Ok(false))
            .map_err(|error| failed(&error))?;
    }
    let shown = arguments.path.display();
    output.note(&format!("made {shown}\n`ingot plugin test {shown}` builds and tests it\n"));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::files;

    fn texts(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != "node_modules" {
                texts(&path, found);
            } else if path.is_file() && name != "Cargo.lock" {
                found.insert(std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn the_lists_hold_what_the_folders_hold() {
        let mut there = BTreeSet::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/sdk"), &mut there);
        // It keeps the compiler's folder out of the repository, and is no plugin's.
        there.retain(|text| text != "/target/\n/Cargo.lock\n");
        let parts = [files::RUST, files::SDK, files::C, files::FREESTANDING];
        let more = [files::PYTHON, files::JS, files::CASES];
        let listed = parts.into_iter().chain(more).flatten().map(|(_, text)| (*text).to_owned());
        assert_eq!(listed.collect::<BTreeSet<String>>(), there);
    }
}
