//! `ingot gc`: removes from the store what no workspace's lock names.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use super::exit::{Exit, Stop};
use super::files::{self, Kind};
use super::output::Output;
use super::workspace::{LOCK, MANIFEST, open_store, store_stop};
use super::{Global, members};
use crate::diag::Sources;
use crate::lockfile::Lock;
use crate::manifest::bytes;
use crate::model::action::ActionKey;
use crate::report::summary::size;
use crate::store::gc::Collected;
use crate::sys::fs;

/// Arguments of `ingot gc`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep other results too, up to this size: those first that cost most to rebuild
    #[arg(long, value_name = "SIZE", value_parser = parse)]
    size: Option<u64>,
    /// Say what would go, and remove nothing
    #[arg(long)]
    dry: bool,
}

fn parse(text: &str) -> Result<u64, String> {
    bytes(text).ok_or_else(|| "write an amount such as 500MB or 20GiB".to_owned())
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let done = collect(arguments, global)?;
    if output.json {
        let line = serde_json::json!({
            "event": "collected",
            "dry": arguments.dry,
            "kept": done.kept,
            "removed": done.removed,
            "blobs_removed": done.blobs,
            "bytes_kept": done.bytes_kept,
            "bytes_removed": done.bytes_removed,
        });
        output.data(&format!("{line}\n"));
        return Ok(Exit::Done);
    }
    let word = if arguments.dry { "would remove" } else { "removed" };
    output.note(&format!(
        "{word} {} results and {} blobs, {}; kept {} results, {}\n",
        done.removed,
        done.blobs,
        size(done.bytes_removed),
        done.kept,
        size(done.bytes_kept)
    ));
    output.note(match (arguments.dry, arguments.size) {
        (true, _) => "`ingot gc` does it\n",
        (false, None) => "`ingot gc --size 20GiB` keeps more: what costs most to rebuild\n",
        (false, Some(_)) => "`ingot store size` shows what is left\n",
    });
    Ok(Exit::Done)
}

/// The command but for its screen.
pub(super) fn collect(arguments: &Arguments, global: &Global) -> Result<Collected, Stop> {
    let place = members::find(global)?;
    let store = open_store(&place.root)?;
    for member in place.members() {
        store.register(&place.folder(member)).map_err(|error| store_stop(&error))?;
    }
    let alone = store.hold_alone().map_err(|error| store_stop(&error))?;
    let is_workspace = |folder: &Path| fs::is_there(&folder.join(MANIFEST));
    let workspaces = store.workspaces(is_workspace).map_err(|error| store_stop(&error))?;
    let mut roots: BTreeSet<ActionKey> = BTreeSet::new();
    for workspace in &workspaces {
        roots.extend(named(workspace)?);
    }
    let done = store.collect(&alone, &roots, arguments.size, arguments.dry);
    done.map_err(|error| store_stop(&error))
}

/// The keys that a workspace's lock names. A lock that cannot be read ends the
/// collection: what it names is not known.
fn named(workspace: &Path) -> Result<Vec<ActionKey>, Stop> {
    let path = workspace.join(LOCK);
    let fix = "make the lock readable: what it names is kept";
    let bytes = files::read_optional(workspace, &path, Kind::Lock)
        .map_err(|error| files::stop(&error, Kind::Lock, fix))?;
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    match Lock::parse(&text, 0) {
        Ok(lock) => Ok(lock.steps.values().map(|step| step.key).collect()),
        Err(diagnostic) => {
            Err(Stop { diagnostics: vec![diagnostic], sources: Sources::of(path, text) })
        }
    }
}
