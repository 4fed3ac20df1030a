//! `ingot doctor`: what this machine has of what a build wants.

use clap::Args;

use super::Global;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::workspace;
use crate::report::table;
use crate::runner::{sandbox, workers};
use crate::store::Store;
use crate::sys::env;

/// Arguments of `ingot doctor`.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let mut rows = vec![
        row("ingot", "ok", env!("CARGO_PKG_VERSION").to_owned()),
        row("platform", "ok", format!("{}, {} processors", env::platform(), env::processors())),
    ];
    let held = env::program().map(|program| sandbox::available(&program)).unwrap_or_default();
    for (name, there, without) in [
        ("fs sandbox", held.fs, "steps can read files that they do not declare"),
        ("net sandbox", held.net, "steps can reach the network"),
        ("kill sandbox", held.kill, "a killed step can leave processes behind"),
    ] {
        let (state, text) = if there { ("ok", "holds") } else { ("missing", without) };
        rows.push(row(name, state, text.to_owned()));
    }
    let mut exit = Exit::Done;
    for worker in workers::locate() {
        match worker.program {
            Some(path) => rows.push(row(&worker.name, "ok", path.display().to_string())),
            None => {
                exit = Exit::Environment;
                rows.push(row(&worker.name, "missing", worker.fix));
            }
        }
    }
    match workspace::find_root(global) {
        Ok(root) => {
            let store = workspace::store_folder(&root);
            match Store::open(&store) {
                Ok(store) => rows.push(row("store", "ok", store.root().display().to_string())),
                Err(error) => {
                    exit = Exit::Environment;
                    rows.push(row("store", "broken", error.to_string()));
                }
            }
        }
        Err(_) => rows.push(row("workspace", "none", "`ingot new NAME` starts one".to_owned())),
    }
    output.data(&table::render(&["what", "state", ""], &rows));
    Ok(exit)
}

fn row(name: &str, state: &str, text: String) -> Vec<String> {
    vec![name.to_owned(), state.to_owned(), text]
}
