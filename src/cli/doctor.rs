//! `ingot doctor`: what this machine has of what a build wants.

use std::collections::BTreeMap;

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::Exit;
use crate::manifest::Overrides;
use crate::manifest::Tool;
use crate::report::table;
use crate::runner::sandbox::Wall;
use crate::runner::{probe, tools, workers};
use crate::store::Store;
use crate::store::remote::Address;
use crate::sys::{env, fs};
use crate::workspace::open::launcher;
use crate::workspace::partitions::Partitions;
use crate::workspace::{Set, Settings, Stop, trusted_keys};

/// Arguments of `ingot doctor`.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let mut rows = vec![
        row("ingot", "ok", env!("CARGO_PKG_VERSION").to_owned()),
        row("platform", "ok", format!("{}, {} processors", env::platform(), env::processors())),
    ];
    let (held, lacking) = probe();
    for wall in Wall::ALL {
        let there = held.iter().any(|word| word == wall.word());
        let (state, text) = if there { ("ok", "holds") } else { ("missing", wall.without()) };
        rows.push(row(&format!("{} sandbox", wall.word()), state, text.to_owned()));
    }
    rows.extend(lacking.map(|why| row("sandbox", "missing", why)));
    let root = global.place().ok().map(|place| place.root);
    let settings = Settings::load(root.as_deref())?;
    for (path, there) in settings.files() {
        let state = if *there { "ok" } else { "none" };
        rows.push(row("config", state, path.display().to_string()));
    }
    let jobs = settings.jobs()?;
    rows.push(row("jobs", "ok", format!("{} ({})", jobs.value, jobs.by)));
    let address = |set: &Set<Address>| format!("{} ({})", set.value, set.by);
    let caches = [("cache.from", settings.cache_from()?), ("cache.to", settings.cache_to()?)];
    for (name, set) in caches {
        rows.extend(set.map(|set| row(name, "ok", address(&set))));
    }
    for (name, set) in settings.remotes()? {
        let keys = settings.trust(&set.value).map(|keys| keys.len());
        let trust = keys.map_or("any key".to_owned(), |keys| format!("{keys} keys"));
        rows.push(row(
            &format!("remotes.{name}"),
            "ok",
            format!("{}, trusts {trust}", address(&set)),
        ));
    }
    match trusted_keys::private_key() {
        Ok(Some(key)) => rows.push(row("key", "ok", key.public().to_string())),
        Ok(None) => {}
        Err(stop) => rows.push(row("key", "broken", stop.said())),
    }
    let mut exit = Exit::Done;
    let workers = settings.workers();
    for path in &workers.value {
        let text = format!("{} ({})", path.display(), workers.by);
        rows.push(row("workers", if fs::exists(path) { "ok" } else { "none" }, text));
    }
    for worker in workers::locate(&workers.value) {
        match worker.program {
            Some(path) => rows.push(row(&worker.name, "ok", path.display().to_string())),
            None => {
                exit = Exit::Environment;
                rows.push(row(&worker.name, "missing", worker.fix));
            }
        }
    }
    for (name, tool) in tools(global, &settings)? {
        let folder = root.clone().unwrap_or_default().join(&tool.folder);
        let (what, by) = (tool.program(), settings.tool_by(&name));
        let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
        let found = tools::find(what, true, &folder);
        let text = match &found {
            Ok(found) => format!("{}{by}", found.program.display()),
            Err(_) => format!("`{what}` is not there{by}"),
        };
        if found.is_err() {
            exit = Exit::Environment;
        }
        let state = if found.is_ok() { "ok" } else { "missing" };
        rows.push(row(&format!("tools.{name}"), state, text));
    }
    match root {
        Some(root) => {
            let store = settings.store(&root);
            match Store::open(&store.value) {
                Ok(_) => rows.push(row(
                    "store",
                    "ok",
                    format!("{} ({})", store.value.display(), store.by),
                )),
                Err(error) => {
                    exit = Exit::Environment;
                    rows.push(row("store", "broken", error.to_string()));
                }
            }
        }
        None => rows.push(row("workspace", "none", "`ingot new NAME` starts one".to_owned())),
    }
    output.data(&table::render(&["what", "state", ""], &rows));
    Ok(exit)
}

/// The tools that the manifests here declare, as far as those can be read.
fn tools(global: &Global, settings: &Settings) -> Result<BTreeMap<String, Tool>, Stop> {
    let Ok(place) = global.place() else { return Ok(BTreeMap::new()) };
    let partitions = Partitions { root: place.root.clone(), mounts: settings.mounts() };
    let loaded = partitions.load_all(&place, &Overrides::default());
    let Some(mut manifest) = loaded.manifest else { return Ok(BTreeMap::new()) };
    settings.place_tools(&mut manifest)?;
    Ok(manifest.tools)
}

fn row(name: &str, state: &str, text: String) -> Vec<String> {
    vec![name.to_owned(), state.to_owned(), text]
}

/// What of the sandbox holds on this machine, and why something does not.
fn probe() -> (Vec<String>, Option<String>) {
    let launcher = launcher().ok();
    let work = fs::temporary_folder("ingot-probe").ok();
    launcher
        .zip(work)
        .map(|(launcher, work)| probe::held(&launcher, work.path()))
        .unwrap_or_default()
}
