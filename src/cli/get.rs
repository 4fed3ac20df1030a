//! `ingot get STEP.PORT`: an output's path, or a copy of it.
//!
//! Invariant: a copy replaces what Ingot copied there before, and with `--force` anything
//! but what is [`precious`].

mod precious;

use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use clap::Args;

use super::output::Output;
use super::{Global, Selection, show};
use crate::diag::{Diagnostic, Exit};
use crate::engine::forecast::State;
use crate::model::artifact::Content;
use crate::store::StoreError;
use crate::store::export::{Copied, Over};
use crate::sys::{PathError, env, fs, place};
use crate::workspace::analysis::foresee;
use crate::workspace::{Stop, Workspace, exports};
use precious::Ours;

/// Arguments of `ingot get`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The output, such as `tune.model`
    output: String,
    /// Copy it there, writable; without this the path of the read-only tree is printed
    #[arg(long, value_name = "PATH")]
    copy: Option<PathBuf>,
    /// Replace what stands there, also if Ingot did not put it there
    #[arg(long, requires = "copy")]
    force: bool,
    /// Of the manifest with this param: what a build with the same `--set` made
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Of the manifest with this profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let (set, profile) = (arguments.set.clone(), arguments.profile.clone());
    let selection = Selection { targets: Vec::new(), set, profile };
    let workspace = selection.open(global)?;
    let (name, port) = show::parse(&workspace, &arguments.output)?;
    let plan = workspace.plan(std::slice::from_ref(&name))?;
    let inputs = workspace.inputs(&plan)?;
    let forecast = foresee(&workspace, &plan, &inputs, &[])?;
    let mistake = |code, message: String, help: String| {
        workspace.stop(vec![Diagnostic::error(code, message).help(help)])
    };
    let [index] = plan.targets[..] else {
        let names: Vec<&str> =
            plan.targets.iter().map(|&index| plan.steps[index].name.as_str()).collect();
        return Err(mistake(
            "E0310",
            format!("`{name}` has {} points", names.len()),
            format!("name one: {}", names.join(", ")),
        ));
    };
    let State::Hit(known) = &forecast.states[index] else {
        return Err(mistake(
            "E1006",
            format!("`{name}` has no result for this manifest"),
            format!("`ingot build {name}` makes it"),
        ));
    };
    let ports: Vec<&String> = known.result.outputs.keys().collect();
    let port = match (&port, ports.as_slice()) {
        (Some(port), _) => port,
        (None, [only]) => *only,
        (None, several) => {
            let list: Vec<&str> = several.iter().map(|port| port.as_str()).collect();
            let help = format!("write `{name}.PORT` with one of {}", list.join(", "));
            return Err(mistake("E0303", format!("which output of `{name}`?"), help));
        }
    };
    let Some(artifact) = known.result.outputs.get(port) else {
        let list: Vec<&str> = ports.iter().map(|port| port.as_str()).collect();
        let help = format!("its outputs are {}", list.join(", "));
        return Err(mistake("E0302", format!("`{name}` has no output `{port}`"), help));
    };
    let store = &workspace.store;
    let failed = |error: StoreError| {
        let help = format!("`ingot build {name}` makes what is lost again");
        let mistake = Diagnostic::error(error.code(), error.to_string()).caused_by(&error);
        workspace.stop(vec![mistake.help(help)])
    };
    let path = match &arguments.copy {
        Some(path) => {
            let copied = copy(&workspace, artifact.content, path, arguments.force)?;
            if copied.map_err(failed)? == Copied::Refused {
                return Err(stands(path, &plan.steps[index].name));
            }
            for left in place::leftovers(path.parent().unwrap_or(path)) {
                output.note(&format!("{}\n", exports::left_over(&left)));
            }
            path.clone()
        }
        None => store.view(artifact.content).map_err(failed)?,
    };
    // A script goes by this path, so it is printed as it is.
    match std::io::stdout().is_terminal() {
        true => output.data(&format!("{}\n", path.display())),
        false => output.raw(&[path.as_os_str().as_bytes(), b"\n"].concat()),
    }
    Ok(Exit::Done)
}

/// Copies a content to where the user says.
fn copy(
    workspace: &Workspace,
    content: Content,
    path: &Path,
    force: bool,
) -> Result<Result<Copied, StoreError>, Stop> {
    let refused = |error: PathError| {
        let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("name a path that you may write to"))
    };
    let mut place = env::directory().map_err(refused)?.join(path);
    if place.file_name().is_none() {
        // It ends in `..`.
        place = fs::canonical(&place).map_err(refused)?;
    }
    let place: PathBuf = place.components().collect();
    let sources = workspace.manifest.sources.values();
    let reads: Vec<PathBuf> =
        sources.map(|it| Path::new(&it.folder).join(&it.path.value)).collect();
    let (root, store) = (workspace.root.as_path(), workspace.store.root());
    precious::refuse(&place, Ours { root, store, reads: &reads })?;
    let over = if force { Over::Anything } else { Over::Known(None) };
    Ok(workspace.store.copy_out(content, &place, over))
}

/// Something stands where a copy was to be.
fn stands(path: &Path, step: &str) -> Stop {
    let message = format!("{} is there, and Ingot did not put it there", path.display());
    let name = path.join(step.replace(['/', ':'], "-"));
    let inside = match fs::is_folder(path) {
        true => format!("name the copy, such as `{}`", name.display()),
        false => "name another path".to_owned(),
    };
    let help = format!("{inside}; or replace what is there with `--force`");
    Stop::of(Diagnostic::error("E1025", message).help(help))
}
