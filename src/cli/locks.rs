//! The locks of a workspace: one a member, in the member's own names; read and written
//! as one, in the workspace's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::exit::Stop;
use super::members::Place;
use crate::diag::{Diagnostic, Sources};
use crate::lockfile::Lock;
use crate::manifest::member::{local, member_of, qualify};
use crate::sys::fs;

/// The lock's name.
pub(super) const LOCK: &str = "ingot.lock";

/// Every member's lock as one; nothing where none has one.
pub(super) fn read(place: &Place) -> Result<Option<Lock>, Stop> {
    let mut joined: Option<Lock> = None;
    for member in place.members() {
        let path = place.folder(member).join(LOCK);
        let bytes = fs::read_optional(&path).map_err(|error| {
            let mistake = Diagnostic::error("E0503", error.to_string()).caused_by(&error);
            Stop::of(mistake.help("make the file readable"))
        })?;
        let Some(bytes) = bytes else { continue };
        let lock = parse(&Path::new(&member.folder).join(LOCK), &bytes)?;
        let lock = lock.renamed(|name| qualify(&member.name, name));
        let all = joined.get_or_insert_default();
        all.sources.extend(lock.sources);
        all.steps.extend(lock.steps);
    }
    Ok(joined)
}

/// The locks that another place holds for each member, as one. `find` gives one member's,
/// by its folder; it is an error only if no member has one.
pub(super) fn gather(
    place: &Place,
    find: impl Fn(&Path) -> Result<Lock, Stop>,
) -> Result<Lock, Stop> {
    let mut joined: Result<Lock, Option<Stop>> = Err(None);
    for member in place.members() {
        match (find(&place.folder(member)), &mut joined) {
            (Ok(lock), all) => {
                let lock = lock.renamed(|name| qualify(&member.name, name));
                let mut whole = std::mem::replace(all, Err(None)).unwrap_or_default();
                whole.sources.extend(lock.sources);
                whole.steps.extend(lock.steps);
                *all = Ok(whole);
            }
            (Err(stop), Err(first)) => drop(first.get_or_insert(stop)),
            (Err(_), Ok(_)) => {}
        }
    }
    joined.map_err(|first| {
        first.unwrap_or_else(|| Stop::of(Diagnostic::error("E7001", "a workspace has no member")))
    })
}

/// Writes the locks of the members that have one of these steps, where they changed.
pub(super) fn write<'a>(
    place: &Place,
    lock: &Lock,
    steps: impl Iterator<Item = &'a str>,
) -> Result<(), Stop> {
    let touched: BTreeSet<&str> = steps.map(member_of).collect();
    for member in place.members().filter(|member| touched.contains(member.name.as_str())) {
        let of = |name: &str| member_of(name) == member.name;
        let mut own = lock.clone();
        own.sources.retain(|name, _| of(name));
        own.steps.retain(|name, _| of(name));
        let own = own.renamed(|name| if of(name) { local(name) } else { name }.to_owned());
        let text = own.render();
        let path = place.folder(member).join(LOCK);
        let found = fs::read_optional(&path).ok().flatten();
        if found.is_some_and(|found| found == text.as_bytes()) {
            continue;
        }
        fs::write_atomically(&path, text.as_bytes(), 0o644).map_err(|error| {
            Stop::of(
                Diagnostic::error("E0503", error.to_string())
                    .caused_by(&error)
                    .help("make the workspace writable, or build with --locked"),
            )
        })?;
    }
    Ok(())
}

/// What the files of all locks hold, one after the other.
pub(super) fn bytes(place: &Place) -> Vec<u8> {
    let mut all = Vec::new();
    for member in place.members() {
        let path = place.folder(member).join(LOCK);
        let bytes = fs::read_optional(&path).ok().flatten().unwrap_or_default();
        all.extend((bytes.len() as u64).to_le_bytes());
        all.extend(bytes);
    }
    all
}

fn parse(shown: &Path, bytes: &[u8]) -> Result<Lock, Stop> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    Lock::parse(&text, 0).map_err(|diagnostic| Stop {
        diagnostics: vec![diagnostic],
        sources: Sources { files: vec![(PathBuf::from(shown), text)] },
    })
}
