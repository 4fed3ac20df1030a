//! `ingot push`: gives the results that the lock names to a remote.

use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::amount::size;
use crate::diag::{Diagnostic, Exit, Level};
use crate::store::upload::Gift;
use crate::workspace::{Stop, remotes};

/// Arguments of `ingot push`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Steps or target groups, and what they need; none means all that the lock names
    targets: Vec<String>,
    /// The remote's folder or name; else INGOT_CACHE_TO or `[cache] to` names it
    #[arg(long, value_name = "REMOTE")]
    to: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let mut workspace = Selection::default().open(global)?;
    let settings = &workspace.settings;
    let (named, set) = (arguments.to.as_deref(), settings.cache_to()?);
    let to = remotes::needed(named, set, settings, ("--to", "INGOT_CACHE_TO"))?;
    let keys = remotes::locked_keys(&workspace, &arguments.targets)?;
    workspace.attach(None, Some(&to))?;
    let store = &workspace.store;
    let mut given = remotes::Given::default();
    let mut absent = Vec::new();
    for (step, key) in keys {
        let gift = match store.get(key).map_err(|error| workspace.store_stop(&error))? {
            Some(result) if store.gives() => store.give(&result),
            Some(_) => Ok(Gift::Failed),
            None => Ok(Gift::Partial),
        };
        let gift = gift.map_err(|error| workspace.store_stop(&error))?;
        if gift == Gift::Partial {
            absent.push(step);
        }
        given.add(gift);
    }
    let troubles = remotes::troubles(store);
    if output.json {
        let line = serde_json::json!({
            "event": "pushed", "results": given.results, "blobs": given.blobs,
            "bytes": given.bytes, "absent": absent,
        });
        output.data(&format!("{line}\n"));
    } else {
        output.note(&format!(
            "{} results are in {to}; {} blobs, {}, are new there\n",
            given.results,
            given.blobs,
            size(given.bytes)
        ));
    }
    if !troubles.is_empty() {
        let as_error = |warning| Diagnostic { level: Level::Error, ..warning };
        return Err(workspace.stop(troubles.into_iter().map(as_error).collect()));
    }
    if !absent.is_empty() {
        let message = format!("not all of {} is in the store here", absent.join(", "));
        return Err(workspace.stop(vec![
            Diagnostic::error("E1006", message)
                .help("`ingot pull` or `ingot build` brings it here; the rest was given"),
        ]));
    }
    if !output.json {
        output.note("`ingot pull --from DIR` takes them elsewhere, `ingot build --cache-from DIR` what it needs of them\n");
    }
    Ok(Exit::Done)
}
