//! `ingot trust`: the workers of a workspace may run on this machine.
//!
//! Invariant: trusting, listing and revoking run nothing. What is trusted is the bytes of
//! each program in this folder: one that changed is to be trusted again.

use std::path::PathBuf;

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::manifest::Overrides;
use crate::report::table;
use crate::sys::{PathError, env, fs};
use crate::workspace::partitions::Partitions;
use crate::workspace::store::open_store;
use crate::workspace::trust::{self as trusted, Program, Record};
use crate::workspace::{Settings, Stop, declared};

/// Arguments of `ingot trust`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// List what is trusted, in every folder
    #[arg(long, conflicts_with = "revoke")]
    list: bool,
    /// Trust nothing of this workspace, or of that folder, any more
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    #[allow(clippy::option_option)]
    revoke: Option<Option<PathBuf>>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    if arguments.list {
        return list(output);
    }
    let Some(folder) = &arguments.revoke else { return trust(global, output) };
    let root = match folder {
        None => global.place()?.root,
        // It may be gone.
        Some(folder) => {
            let folder = env::directory().map_err(|error| failed(&error))?.join(folder);
            fs::canonical(&folder).unwrap_or(folder)
        }
    };
    let was = trusted::remove(&root).map_err(|error| failed(&error))?;
    let what = if was { "is trusted no more" } else { "was not trusted" };
    output.note(&format!("{} {what}\n", root.display()));
    Ok(Exit::Done)
}

/// Trusts the workers that the manifest declares, as they are now.
fn trust(global: &Global, output: &Output) -> Result<Exit, Stop> {
    let place = global.place()?;
    let mounts = Settings::load(Some(&place.root))?.mounts();
    let loaded =
        Partitions { root: place.root.clone(), mounts }.load_all(&place, &Overrides::default());
    let (diagnostics, sources) = (loaded.diagnostics, loaded.sources);
    let Some(manifest) = loaded.manifest else { return Err(Stop { diagnostics, sources }) };
    if manifest.workers.is_empty() {
        output.note("this workspace declares no worker, and needs no trust\n");
        return Ok(Exit::Done);
    }
    let store = open_store(&place.root)?;
    let (mut workers, mut mistakes) = (Vec::new(), Vec::new());
    for (name, worker) in &manifest.workers {
        match declared::content(&store, &place.root, name, worker) {
            Ok(content) => workers.push(Program { path: worker.path.value.clone(), content }),
            Err(mistake) => mistakes.push(*mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(Stop { diagnostics: mistakes, sources });
    }
    let record = Record::new(&place.root, workers);
    trusted::write(&place.root, &record).map_err(|error| failed(&error))?;
    for Program { path, content } in &record.workers {
        output.data(&format!("{path} {}\n", content.short()));
    }
    let folder = place.root.display();
    output.note(&format!("trusted in {folder}: it runs in the sandbox, as these bytes alone\n"));
    output.note("`ingot plan` shows what a build would do; `ingot trust --revoke` takes it back\n");
    Ok(Exit::Done)
}

fn list(output: &Output) -> Result<Exit, Stop> {
    let records = trusted::all();
    if output.json {
        for record in &records {
            output.data(&format!("{}\n", serde_json::to_string(record).unwrap_or_default()));
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = records
        .iter()
        .flat_map(|record| {
            let row = |program: &Program| {
                vec![record.workspace.clone(), program.path.clone(), program.content.short()]
            };
            record.workers.iter().map(row)
        })
        .collect();
    output.data(&table::render(&["workspace", "worker", "content"], &rows));
    output.note("\n`ingot trust --revoke DIR` takes it back\n");
    Ok(Exit::Done)
}

fn failed(error: &PathError) -> Stop {
    Stop::of(
        Diagnostic::error("E0503", error.to_string())
            .caused_by(error)
            .help("make your config folder writable; XDG_CONFIG_HOME names another"),
    )
}
