//! `ingot plugin inspect`: what a component is, before anyone relies on it.
//!
//! Compiled and asked in the same sandbox as in a build; nothing is kept.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::Args;
use ingot_protocol::{Descriptor, PluginLimits};

use super::{Global, MOST, failed, host, place};
use crate::cli::kinds::describe::describe;
use crate::cli::output::Output;
use crate::diag::{Diagnostic, Exit, Span};
use crate::digest::Digest;
use crate::kinds::{Kinds, Plugin, plugin};
use crate::runner::RunError;
use crate::runner::plugins::Hosting;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;
use crate::workspace::Stop;
use crate::workspace::open::launcher;

/// Arguments of `ingot plugin inspect`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The component
    file: PathBuf,
}

/// Every grant that a plugin can ask for, so that one is shown and not refused.
const GRANTS: [&str; 1] = ["seed"];

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let file = place(global, &arguments.file)?;
    let bytes = bounded::read(&file, Bound::own(MOST)).map_err(|error| {
        Stop::of(
            Diagnostic::error("E0505", format!("there is no plugin at {}", file.display()))
                .caused_by(&error)
                .help("`ingot plugin build` makes one"),
        )
    })?;
    let digest = Digest::of(&bytes);
    let (descriptor, grants) = ask(&file, digest)?;
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let plugin = Plugin {
        name: name.unwrap_or_default(),
        host: PathBuf::new(),
        component: file.clone(),
        digest,
        identity: plugin::identity(digest, &descriptor),
        grants: grants.iter().map(|grant| (*grant).to_owned()).collect(),
        limits: PluginLimits::default(),
    };
    if output.json {
        let text = serde_json::to_string(&descriptor).unwrap_or_default();
        output.data(&format!("{text}\n"));
        return Ok(Exit::Done);
    }
    let mut text = format!("{} bytes, {}\n", bytes.len(), plugin.identity);
    let (mut kinds, _) = Kinds::new(Vec::new());
    let snippet = snippet(&plugin, &arguments.file);
    kinds.add(plugin, descriptor, Span::default());
    for provided in kinds.iter().filter(|provided| provided.identity().starts_with("wasm ")) {
        text.push('\n');
        text.push_str(&describe(provided));
    }
    output.data(&text);
    output.note(&format!("\nto use it, write into ingot.toml:\n\n{snippet}"));
    Ok(Exit::Done)
}

/// The lines of a manifest that declare it.
fn snippet(plugin: &Plugin, file: &Path) -> String {
    let mut text = format!("[plugins.{}]\npath = \"{}\"\n", plugin.name, file.display());
    if !plugin.grants.is_empty() {
        text.push_str(&format!("grants = {:?}\n", plugin.grants));
    }
    text
}

/// What the component says of itself, and the grants that it needs for that.
fn ask(file: &Path, digest: Digest) -> Result<(Descriptor, Vec<&'static str>), Stop> {
    let (program, libraries) = host()?;
    let launcher = launcher()?;
    let cancel = AtomicBool::new(false);
    let hosting = Hosting {
        launcher: &launcher,
        sandbox: true,
        program: &program,
        libraries: &libraries,
        protects: &[],
        cancel: &cancel,
    };
    let unusable = |error: RunError| {
        let mistake = Diagnostic::error("E0505", format!("{} is no plugin", file.display()));
        let mistake = Diagnostic { causes: vec![format!("{}: {error}", error.code())], ..mistake };
        Stop::of(match error.help("") {
            Some(help) => mistake.help(help),
            None => mistake.help("`ingot plugin build` makes one"),
        })
    };
    let folder = || fs::temporary_folder("ingot-plugin").map_err(|error| failed(&error));
    let compiled = hosting.compiled(file, digest, folder()?.path()).map_err(unusable)?;
    match hosting.describe(&compiled, &[], folder()?.path()) {
        Ok(descriptor) => Ok((descriptor, Vec::new())),
        Err(error) if error.code() == "P0103" => {
            let grants = GRANTS.map(str::to_owned);
            let descriptor = hosting.describe(&compiled, &grants, folder()?.path());
            Ok((descriptor.map_err(unusable)?, GRANTS.to_vec()))
        }
        Err(error) => Err(unusable(error)),
    }
}
