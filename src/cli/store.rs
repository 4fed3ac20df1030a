//! `ingot store check|size`: whether the store is sound, and what takes how much of it.

use clap::{Args, Subcommand};

use super::Global;
use super::output::Output;
use crate::diag::Exit;
use crate::diag::amount::size;
use crate::report::table;
use crate::store::Store;
use crate::workspace::Stop;
use crate::workspace::store::{open_store, store_stop};

/// Arguments of `ingot store`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Hash every blob again and read every record; what is damaged becomes a miss
    Check,
    /// Show what takes how much
    Size,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let store = open_store(&global.place()?.root)?;
    match arguments.what {
        What::Check => check(&store, output),
        What::Size => sizes(&store, output),
    }
}

fn check(store: &Store, output: &Output) -> Result<Exit, Stop> {
    let found = store.check().map_err(|error| store_stop(&error))?;
    let damaged = found.damaged.len() + found.unreadable.len();
    if output.json {
        let line = serde_json::json!({
            "event": "checked",
            "blobs": found.blobs,
            "bytes": found.bytes,
            "damaged": found.damaged,
            "results": found.results,
            "unreadable": found.unreadable,
            "incomplete": found.incomplete,
        });
        output.data(&format!("{line}\n"));
    } else {
        for blob in &found.damaged {
            output.data(&format!("damaged     {blob}\n"));
        }
        for key in &found.unreadable {
            output.data(&format!("unreadable  {key}\n"));
        }
        for key in &found.incomplete {
            output.data(&format!("incomplete  {key}\n"));
        }
        output.note(&format!(
            "{} blobs, {}: {} damaged; {} results: {} unreadable, {} incomplete\n",
            found.blobs,
            size(found.bytes),
            found.damaged.len(),
            found.results,
            found.unreadable.len(),
            found.incomplete.len()
        ));
        if damaged > 0 {
            output.note("`ingot build` makes again what it needs of them\n");
        }
    }
    Ok(if damaged > 0 { Exit::Environment } else { Exit::Done })
}

fn sizes(store: &Store, output: &Output) -> Result<Exit, Stop> {
    let sizes = store.sizes().map_err(|error| store_stop(&error))?;
    if output.json {
        for (part, files, bytes) in sizes {
            let line = serde_json::json!({
                "event": "size", "part": part, "files": files, "bytes": bytes,
            });
            output.data(&format!("{line}\n"));
        }
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = sizes
        .into_iter()
        .map(|(part, files, bytes)| vec![part, files.to_string(), size(bytes)])
        .collect();
    output.data(&table::render(&["part", "files", "size"], &rows));
    output.note("\nviews share their files with the blobs; `ingot gc` makes room\n");
    Ok(Exit::Done)
}
