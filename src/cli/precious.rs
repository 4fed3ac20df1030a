//! What no command replaces, not even when it is told to.
//!
//! Invariant: a workspace, a store, a repository, the home and the folder that somebody
//! works in are never part of what is moved aside. What it does not do: it changes nothing.

use std::path::{Path, PathBuf};

use super::exit::Stop;
use crate::diag::Diagnostic;
use crate::sys::{PathError, env, fs};

/// Names of folders that hold the only copy of somebody's work.
const KEEPERS: [&str; 4] = [".git", ".hg", ".jj", ".ingot"];

/// Refuses a place that is in the store, or that holds what must not go. `root` is the
/// workspace's folder, `store` that of its store.
pub(super) fn refuse(place: &Path, root: &Path, store: &Path) -> Result<(), Stop> {
    let found = look(place, root, store).map_err(|error| {
        let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
        Stop::of(mistake.help("name another place"))
    })?;
    let Some(found) = found else { return Ok(()) };
    let message = format!("{} is never replaced: {found}", place.display());
    Err(Stop::of(Diagnostic::error("E1026", message).help("name a path where nothing stands")))
}

/// What of somebody's would go, if anything would.
fn look(place: &Path, root: &Path, store: &Path) -> Result<Option<String>, PathError> {
    let folder = nearest(place);
    let mut path = fs::canonical(&folder)?;
    path.push(place.strip_prefix(&folder).unwrap_or(Path::new("")));
    if path.starts_with(store) {
        return Ok(Some("it is inside the store".to_owned()));
    }
    // What is behind a link stays where it is.
    if fs::metadata_optional(place)?.is_none_or(|found| !found.is_dir()) {
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

/// A folder below that keeps somebody's work.
fn keeper(path: &Path) -> Result<Option<String>, PathError> {
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for (name, found) in fs::entries(&folder)? {
            if KEEPERS.iter().any(|keeper| name == *keeper) {
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
