//! Whether a file came with its repository: what git tracks, somebody else wrote.
//!
//! git is never asked, since a repository's own config can make it run programs
//! (`core.fsmonitor`): its index is read ([`index`]). Invariant: what cannot be known is
//! said, and not taken for a no. What it does not do: it knows git in its usual layouts
//! alone, a `.git` folder or a `.git` file that names one.

mod index;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::sys::bounded::{self, Bound};
use crate::sys::fs;
use index::Presence;

/// What git's index says of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracked {
    /// It is there.
    Yes,
    /// It is not there, or there is no repository.
    No,
    /// That cannot be known.
    Unknown(String),
}

/// The largest index that is read.
const MOST: u64 = 512 << 20;

/// The largest `.git` file.
const MOST_NAME: u64 = 64 << 10;

/// Whether git tracks a path below a folder, or anything in it.
pub fn tracked(folder: &Path, name: &str) -> Tracked {
    let known = (|| {
        let folder = fs::canonical(folder).map_err(|error| error.to_string())?;
        for top in folder.ancestors() {
            let Some(repository) = repository(top)? else { continue };
            let path = folder.strip_prefix(top).unwrap_or(Path::new("")).join(name);
            return look(&repository, path.as_os_str().as_bytes());
        }
        Ok(false)
    })();
    match known {
        Ok(true) => Tracked::Yes,
        Ok(false) => Tracked::No,
        Err(why) => Tracked::Unknown(why),
    }
}

/// The folder in which git keeps what it knows of the work tree `top`, if it is one's.
fn repository(top: &Path) -> Result<Option<PathBuf>, String> {
    let git = top.join(".git");
    if !fs::exists(&git) {
        return Ok(None);
    }
    if fs::is_folder(&git) {
        // One without a head is no repository for git either.
        return Ok(fs::exists(&git.join("HEAD")).then_some(git));
    }
    let bytes = regular(&git, MOST_NAME)?.unwrap_or_default();
    let text = String::from_utf8(bytes).map_err(|_| format!("{} is no text", git.display()))?;
    let named = text.strip_prefix("gitdir: ").map(|path| top.join(path.trim_end()));
    named.map(Some).ok_or_else(|| format!("{} names no folder", git.display()))
}

/// Whether the index of a repository has a path.
fn look(repository: &Path, path: &[u8]) -> Result<bool, String> {
    let place = repository.join("index");
    let Some(bytes) = regular(&place, MOST)? else { return Ok(false) };
    let unclear = |why| format!("{}: {why}", place.display());
    match index::look(&bytes, path).map_err(unclear)? {
        Presence::Yes => Ok(true),
        Presence::No => Ok(false),
        Presence::AsIn(shared) => {
            let shared = repository.join(format!("sharedindex.{shared}"));
            let bytes = regular(&shared, MOST)?
                .ok_or_else(|| format!("{} is not there", shared.display()))?;
            // What the other one takes away of it is not looked at.
            match index::look(&bytes, path).map_err(unclear)? {
                Presence::Yes => Ok(true),
                Presence::No => Ok(false),
                Presence::AsIn(_) => Err(unclear("it is split twice")),
            }
        }
    }
}

/// The bytes of a regular file of at most so many; nothing where there is none.
fn regular(path: &Path, most: u64) -> Result<Option<Vec<u8>>, String> {
    let folder = path.parent().unwrap_or(path);
    bounded::read_optional(path, Bound::below(folder, most))
        .map_err(|error| format!("{error}: {}", error.source))
}
