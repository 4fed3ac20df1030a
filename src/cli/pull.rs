//! `ingot pull`: takes the results that the lock names from a remote, whole.

use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::amount::size;
use crate::diag::{Diagnostic, Exit};
use crate::model::action::ActionKey;
use crate::store::{Store, StoreError};
use crate::workspace::{Stop, remotes};

/// Arguments of `ingot pull`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Steps or target groups, and what they need; none means all that the lock names
    targets: Vec<String>,
    /// The remote's folder or name; else INGOT_CACHE_FROM or `[cache] from` names it
    #[arg(long, value_name = "REMOTE")]
    from: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let mut workspace = Selection::default().open(global)?;
    let settings = &workspace.settings;
    let (named, set) = (arguments.from.as_deref(), settings.cache_from()?);
    let from = remotes::needed(named, set, settings, ("--from", "INGOT_CACHE_FROM"))?;
    let keys = remotes::locked_keys(&workspace, &arguments.targets)?;
    workspace.attach(Some(&from), None)?;
    let store = &workspace.store;
    let (mut results, mut absent) = (0, Vec::new());
    for (step, key) in keys {
        match take(store, key).map_err(|error| workspace.store_stop(&error))? {
            true => results += 1,
            false => absent.push(step),
        }
    }
    store.flush().map_err(|error| workspace.store_stop(&error))?;
    let (blobs, bytes) = store.fetched();
    if output.json {
        let line = serde_json::json!({
            "event": "pulled", "results": results, "blobs": blobs, "bytes": bytes,
            "absent": absent,
        });
        output.data(&format!("{line}\n"));
    } else {
        output.note(&format!(
            "{results} results are here; took {blobs} blobs, {}, from {from}\n",
            size(bytes)
        ));
    }
    output.diagnostics(&remotes::troubles(store), &workspace.sources);
    if absent.is_empty() {
        if !output.json {
            output.note("`ingot build` takes it from there\n");
        }
        return Ok(Exit::Done);
    }
    let message = format!("{from} has no results of {}", absent.join(", "));
    Err(workspace.stop(vec![
        Diagnostic::error("E1006", message)
            .help("`ingot build` makes them; `ingot push` brings them there"),
    ]))
}

/// Whether a result is here with all of its blobs, or could be brought here.
fn take(store: &Store, key: ActionKey) -> Result<bool, StoreError> {
    let Some(result) = store.find(key)? else { return Ok(false) };
    let ports: Vec<&str> = result.outputs.keys().map(String::as_str).collect();
    // The action says why a step runs, and what a rebuild reads.
    let action = store.read(key.0);
    Ok(store.fetch(&result, &ports)? && action.is_ok())
}
