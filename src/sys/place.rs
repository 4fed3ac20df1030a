//! Putting what was made where the user wants it: the one way in which Ingot writes
//! outside of its store.
//!
//! On disk: `.ingot-aside-PID-..` beside the place, while something is made or moved aside.
//! Invariant: what stands in the place goes only if the caller says so of it, both before
//! it was moved aside and when it was; until the new one stands, it is in its place or
//! beside it under that name. What it does not do: it knows no content and no link.

use std::io;
use std::path::{Path, PathBuf};

use super::{PathError, fs};

/// How a name beside a place begins.
const ASIDE: &str = ".ingot-aside-";

/// Where something for `place` is made: beside it, so that one rename puts it there.
pub fn beside(place: &Path) -> PathBuf {
    let name = fs::temporary_name();
    place.with_file_name(format!("{ASIDE}{}", name.trim_start_matches(".tmp-")))
}

/// Puts `made`, which stands beside `place`, there; gives whether it could. `may_go` says
/// of what stands at a path whether it may be removed for that. What was made is removed
/// where it could not be put; what was moved aside and cannot be removed or brought back
/// is named by the error.
pub fn put<E: From<PathError>>(
    made: &Path,
    place: &Path,
    may_go: impl Fn(&Path) -> Result<bool, E>,
) -> Result<bool, E> {
    let moved = move_in(made, place, &may_go);
    if !matches!(moved, Ok(Moved::Exchanged)) {
        let removed = fs::remove_all(made);
        let stands = moved? == Moved::Stands;
        removed?;
        return Ok(stands);
    }
    // Somebody may have written to it since it was looked at.
    let may_go = may_go(made);
    if !matches!(may_go, Ok(true)) {
        fs::exchange(made, place)?;
    }
    fs::remove_all(made)?;
    may_go
}

/// Where what was made is.
#[derive(PartialEq, Eq)]
enum Moved {
    /// In its place, where nothing stood.
    Stands,
    /// In its place, and what stood there is where it was.
    Exchanged,
    /// Where it was.
    Refused,
}

fn move_in<E: From<PathError>>(
    made: &Path,
    place: &Path,
    may_go: &impl Fn(&Path) -> Result<bool, E>,
) -> Result<Moved, E> {
    loop {
        if fs::rename_new(made, place)? {
            return Ok(Moved::Stands);
        }
        if !may_go(place)? {
            return Ok(Moved::Refused);
        }
        match fs::exchange(made, place) {
            Ok(()) => return Ok(Moved::Exchanged),
            // Somebody took it away.
            Err(error) if error.source.kind() == io::ErrorKind::NotFound && fs::exists(made) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes a file where nothing stands, or in the place of what `may_go`; gives whether it
/// could.
pub fn write(
    place: &Path,
    bytes: &[u8],
    mode: u32,
    may_go: impl Fn(&Path) -> Result<bool, PathError>,
) -> Result<bool, PathError> {
    let made = beside(place);
    if let Err(error) = fs::write_new(&made, bytes, mode) {
        let _ = fs::remove_file(&made);
        return Err(error);
    }
    put(&made, place, may_go)
}

/// What an Ingot that was killed left in a folder: half made, or moved aside.
pub fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let names = fs::names(folder).unwrap_or_default();
    let names = names.into_iter().filter_map(|name| name.into_string().ok());
    let left = names.filter(|name| {
        let process = name.strip_prefix(ASIDE).and_then(|rest| rest.split('-').next());
        process.is_some_and(|process| !fs::exists(&Path::new("/proc").join(process)))
    });
    left.map(|name| folder.join(name)).collect()
}
