//! `ingot gc`: removes from the store what no workspace's lock names.
//!
//! A workspace that cannot be seen ([`seen`]) keeps what it needed when it last was.

mod seen;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Global;
use super::output::Output;
use crate::diag::amount::size;
use crate::diag::{Diagnostic, Exit, Sources};
use crate::manifest::bytes;
use crate::model::action::ActionKey;
use crate::store::gc::Collected;
use crate::store::roots::{GRACE, Root};
use crate::store::{Store, StoreError};
use crate::sys::{clock, env, fs};
use crate::workspace::Stop;
use crate::workspace::store::{open_store, store_stop};

/// Arguments of `ingot gc`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep other results too, up to this size: those first that cost most to rebuild
    #[arg(long, value_name = "SIZE", value_parser = parse)]
    size: Option<u64>,
    /// Say what would go, and remove nothing
    #[arg(long)]
    dry: bool,
    /// Let go of what the workspace in this folder needs, though it cannot be seen
    #[arg(long, value_name = "FOLDER")]
    forget: Vec<PathBuf>,
}

/// What a collection did, and which workspaces it could not see.
pub(super) struct Outcome {
    pub(super) done: Collected,
    unseen: Vec<Unseen>,
}

/// A workspace that could not be seen, and keeps its results.
struct Unseen {
    root: Root,
    why: String,
}

fn parse(text: &str) -> Result<u64, String> {
    bytes(text).ok_or_else(|| "write an amount such as 500MB or 20GiB".to_owned())
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let Outcome { done, unseen } = collect(arguments, global)?;
    if output.json {
        let unseen: Vec<serde_json::Value> = unseen.iter().map(Unseen::json).collect();
        let line = serde_json::json!({
            "event": "collected",
            "dry": arguments.dry,
            "kept": done.kept,
            "removed": done.removed,
            "blobs_removed": done.blobs,
            "bytes_kept": done.bytes_kept,
            "bytes_removed": done.bytes_removed,
            "unseen": unseen,
        });
        output.data(&format!("{line}\n"));
        return Ok(Exit::Done);
    }
    let warnings: Vec<Diagnostic> = unseen.iter().map(Unseen::warning).collect();
    output.diagnostics(&warnings, &Sources::default());
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
pub(super) fn collect(arguments: &Arguments, global: &Global) -> Result<Outcome, Stop> {
    let place = global.place()?;
    let store = open_store(&place.root)?;
    let stop = |error: StoreError| store_stop(&error);
    for member in place.members() {
        store.register(&place.folder(member), None).map_err(stop)?;
    }
    let alone = store.hold_alone().map_err(stop)?;
    let roots = store.roots().map_err(stop)?;
    let forgotten = forgotten(&arguments.forget, &roots)?;
    let mut needed: BTreeSet<ActionKey> = BTreeSet::new();
    let mut unseen = Vec::new();
    for root in roots {
        match seen::needs(&root.workspace) {
            _ if forgotten.contains(&root.workspace) => forget(&store, &root, arguments.dry)?,
            Ok(keys) => {
                if !arguments.dry {
                    store.register(&root.workspace, Some(&keys)).map_err(stop)?;
                }
                needed.extend(keys);
            }
            // It has never needed anything.
            Err(_) if root.needed.as_ref().is_some_and(BTreeSet::is_empty) => {}
            Err(_) if !root.is_kept(clock::now()) => forget(&store, &root, arguments.dry)?,
            Err(why) => {
                match &root.needed {
                    Some(keys) => needed.extend(keys),
                    // Nobody knows which of them it needs.
                    None => needed.extend(store.recorded().map_err(stop)?),
                }
                unseen.push(Unseen { root, why });
            }
        }
    }
    let done = store.collect(&alone, &needed, arguments.size, arguments.dry).map_err(stop)?;
    Ok(Outcome { done, unseen })
}

fn forget(store: &Store, root: &Root, dry: bool) -> Result<(), Stop> {
    match dry {
        true => Ok(()),
        false => store.forget(&root.workspace).map_err(|error| store_stop(&error)),
    }
}

/// The workspaces that are to be forgotten; an error where the store knows none there.
fn forgotten(folders: &[PathBuf], roots: &[Root]) -> Result<BTreeSet<PathBuf>, Stop> {
    let mut found = BTreeSet::new();
    for folder in folders {
        let absolute = absolute(folder)?;
        let of = |root: &&Root| {
            let below = root.workspace.starts_with(&absolute);
            root.workspace == absolute || (below && seen::needs(&root.workspace).is_err())
        };
        let before = found.len();
        found.extend(roots.iter().filter(of).map(|root| root.workspace.clone()));
        if found.len() == before {
            let message = format!("no workspace in {} builds into this store", folder.display());
            let help = "`ingot gc --dry` names the workspaces that cannot be seen";
            return Err(Stop::of(Diagnostic::error("E0711", message).help(help)));
        }
    }
    Ok(found)
}

/// A folder's path as a root has it. The folder may be gone.
fn absolute(folder: &Path) -> Result<PathBuf, Stop> {
    if let Ok(path) = fs::canonical(folder) {
        return Ok(path);
    }
    let here = env::directory().map_err(|error| {
        let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("name the folder by its whole path"))
    })?;
    Ok(here.join(folder).components().collect())
}

impl Unseen {
    fn json(&self) -> serde_json::Value {
        let Self { root, why } = self;
        serde_json::json!({
            "workspace": root.workspace.to_string_lossy(),
            "why": why,
            "results": root.needed.as_ref().map(BTreeSet::len),
            "kept_until": (root.seen + GRACE).as_secs(),
        })
    }

    fn warning(&self) -> Diagnostic {
        let Self { root, why } = self;
        let kept = match &root.needed {
            Some(needed) => {
                let count = needed.len() as u64;
                format!("its {count} {} stay", if count == 1 { "result" } else { "results" })
            }
            None => "every result stays, since it is not known which it needs".to_owned(),
        };
        let days = (root.seen + GRACE).saturating_sub(clock::now()).as_secs() / (24 * 3600) + 1;
        let message = format!("the workspace {} cannot be seen: {why}", root.workspace.display());
        let mut warning = Diagnostic::warning("E0710", message);
        warning.causes.push(format!("{kept} for {days} more days"));
        warning.help(format!("`ingot gc --forget {}` lets go of it", root.workspace.display()))
    }
}
