//! What a workspace needs of the store, or why that cannot be seen.
//!
//! A disk that is not mounted leaves an empty folder; git takes a manifest away for a
//! moment; a merge leaves a lock that is none. None of it means that nothing is needed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::lockfile::Lock;
use crate::model::action::ActionKey;
use crate::sys::bounded::{self, Bound};
use crate::sys::{PathError, fs};
use crate::workspace::{LOCK, MANIFEST};

/// More than the lock of a hundred thousand steps.
const MOST_BYTES: u64 = 512 << 20;

/// The results that a workspace's lock names; else why nobody can say.
pub(super) fn needs(workspace: &Path) -> Result<BTreeSet<ActionKey>, String> {
    is_there(workspace, &workspace.join(MANIFEST), MANIFEST)?;
    let path = workspace.join(LOCK);
    let size = is_there(workspace, &path, LOCK)?;
    if size > MOST_BYTES {
        return Err(format!("its {LOCK} is too large to be one"));
    }
    let bound = Bound::within(workspace, MOST_BYTES);
    let bytes = bounded::read(&path, bound).map_err(|error| explain(&error))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match Lock::parse(&text, 0) {
        Ok(lock) if !text.trim().is_empty() => {
            Ok(lock.steps.values().map(|step| step.key).collect())
        }
        _ => Err(format!("its {LOCK} is damaged")),
    }
}

/// The size of a file that is there.
fn is_there(workspace: &Path, path: &Path, name: &str) -> Result<u64, String> {
    match fs::metadata_optional(path) {
        Ok(Some(found)) if found.is_file() => Ok(found.len()),
        Ok(Some(_)) => Err(format!("its {name} is no file")),
        Ok(None) if !fs::exists(workspace) => Err("its folder is gone".to_owned()),
        Ok(None) => Err(format!("it has no {name}")),
        Err(error) => Err(explain(&error)),
    }
}

fn explain(error: &PathError) -> String {
    format!("{error}: {}", error.source)
}
