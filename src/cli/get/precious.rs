//! What no command replaces, not even when it is told to.
//!
//! Invariant: a workspace, a store, a repository, the home, the folder that somebody works
//! in and what a manifest reads are never part of what is moved aside, and nothing is put
//! into the inside of a store or a repository. What it does not do: it changes nothing.

use std::path::{Path, PathBuf};

use crate::diag::Diagnostic;
use crate::sys::{PathError, env, fs};
use crate::workspace::Stop;

/// Names of what holds, or is, the only copy of somebody's work.
const KEEPERS: [&str; 4] = [".git", ".hg", ".jj", ".ingot"];

/// Files of a workspace.
const MANIFESTS: [&str; 3] = ["ingot.toml", "ingot.lock", "ingot.local.toml"];

/// What a command works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ours<'a> {
    /// The workspace's folder.
    pub(super) root: &'a Path,
    /// The store's folder.
    pub(super) store: &'a Path,
    /// What the manifest reads, by paths in the workspace.
    pub(super) reads: &'a [PathBuf],
}

/// Refuses a place that is in the store, or that holds what must not go.
pub(super) fn refuse(place: &Path, ours: Ours<'_>) -> Result<(), Stop> {
    let found = look(place, ours).map_err(|error| {
        let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("name another place"))
    })?;
    let Some(found) = found else { return Ok(()) };
    let message = format!("{} is never replaced: {found}", place.display());
    Err(Stop::of(Diagnostic::error("E1026", message).help("name a path where nothing stands")))
}

/// What of somebody's would go, if anything would.
fn look(place: &Path, ours: Ours<'_>) -> Result<Option<String>, PathError> {
    let Ours { root, store, reads } = ours;
    let folder = nearest(place);
    let mut path = fs::canonical(&folder)?;
    path.push(place.strip_prefix(&folder).unwrap_or(Path::new("")));
    if path.starts_with(store) {
        return Ok(Some("it is inside the store".to_owned()));
    }
    for above in path.ancestors() {
        let named = above.file_name().is_some_and(|name| KEEPERS.iter().any(|it| name == *it));
        if named || above != path && is_kept(above) {
            return Ok(Some(format!("it is inside {}", above.display())));
        }
    }
    let Some(found) = fs::metadata_optional(place)? else { return Ok(None) };
    let name = path.file_name().unwrap_or_default();
    if MANIFESTS.iter().any(|own| name == *own) {
        return Ok(Some("it is a file of a workspace".to_owned()));
    }
    let read = reads.iter().find(|read| {
        let read = root.join(read);
        read.starts_with(&path) || path.starts_with(&read)
    });
    if let Some(read) = read {
        return Ok(Some(format!("the manifest reads {}", read.display())));
    }
    // What is behind a link stays where it is.
    if !found.is_dir() {
        return Ok(None);
    }
    let path = fs::canonical(place)?;
    let home = env::variable_os("HOME").map(PathBuf::from);
    let kept = [
        ("the workspace", Some(root.to_owned())),
        ("the store", Some(store.to_owned())),
        ("the current folder", env::directory().ok()),
        ("your home", home),
    ];
    for (what, kept) in kept {
        if kept.and_then(|kept| fs::canonical(&kept).ok()).is_some_and(|it| it.starts_with(&path)) {
            return Ok(Some(format!("it holds {what}")));
        }
    }
    keeper(&path)
}

/// Whether a folder is a repository without files of its own, or a store, whatever it is
/// called.
fn is_kept(folder: &Path) -> bool {
    let is_bare = || fs::is_folder(&folder.join("objects")) && fs::exists(&folder.join("HEAD"));
    let is_store = || fs::is_folder(&folder.join("cas")) && fs::exists(&folder.join("version"));
    is_bare() || is_store()
}

/// What keeps somebody's work in a folder, or is it.
fn keeper(path: &Path) -> Result<Option<String>, PathError> {
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        if is_kept(&folder) {
            return Ok(Some(format!("it holds {}", folder.display())));
        }
        for (name, found) in fs::entries(&folder)? {
            if KEEPERS.iter().chain(&MANIFESTS).any(|keeper| name == *keeper) {
                return Ok(Some(format!("it holds {}", folder.join(name).display())));
            }
            if found.is_dir() {
                folders.push(folder.join(name));
            }
        }
    }
    Ok(None)
}

/// The nearest folder above a path that is there.
fn nearest(path: &Path) -> PathBuf {
    let mut above = path.ancestors().skip(1);
    above.find(|folder| fs::exists(folder)).unwrap_or(Path::new("/")).to_owned()
}
