//! `ingot get STEP.PORT`: an output's path, or a copy of it.

use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use clap::Args;

use super::exit::{Exit, Stop};
use super::output::Output;
use super::plan::foresee;
use super::workspace::Workspace;
use super::{Global, Selection, show};
use crate::diag::Diagnostic;
use crate::engine::forecast::State;

/// Arguments of `ingot get`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The output, such as `tune.model`
    output: String,
    /// Copy it there, writable; without this the path of the read-only tree is printed
    #[arg(long, value_name = "PATH")]
    copy: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let workspace = Workspace::open(global, &Selection::default())?;
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
    let placed = match &arguments.copy {
        Some(path) => store.copy_out(artifact.content, path).map(|_| path.clone()),
        None => store.view(artifact.content),
    };
    let path = placed.map_err(|error| {
        let help = format!("`ingot build {name}` makes what is lost again");
        workspace.stop(vec![
            Diagnostic::error(error.code(), error.to_string()).caused_by(&error).help(help),
        ])
    })?;
    // A script goes by this path, so it is printed as it is.
    match std::io::stdout().is_terminal() {
        true => output.data(&format!("{}\n", path.display())),
        false => output.raw(&[path.as_os_str().as_bytes(), b"\n"].concat()),
    }
    Ok(Exit::Done)
}
