//! The locks of a workspace: one a member, in the member's own names; read and written
//! as one, in the workspace's.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Stop;
use super::files::{self, Kind};
use super::place::Place;
use crate::diag::{Diagnostic, Sources};
use crate::digest::Digest;
use crate::lockfile::{Lock, StepRecord};
use crate::manifest::Member;
use crate::manifest::member::{local, member_of, qualify};
use crate::sys::fs;

/// The lock's name.
pub const LOCK: &str = "ingot.lock";

/// The locks of a workspace's members, read as far as they are asked for.
///
/// A lock of many steps takes longer to read than all that a command does beside it, and
/// most commands need one record, or only whether the text is still the same.
#[derive(Debug)]
pub struct Locks {
    root: PathBuf,
    members: Vec<(Member, PathBuf)>,
    whole: OnceCell<Option<Lock>>,
    /// The digest of the bytes that `whole` was read from.
    read: OnceCell<Digest>,
}

impl Locks {
    /// The locks of a place.
    pub fn of(place: &Place) -> Self {
        let members = place.members().map(|member| {
            let path = place.folder(member).join(LOCK);
            (member.clone(), path)
        });
        let (root, whole, read) = (place.root.clone(), OnceCell::new(), OnceCell::new());
        Self { root, members: members.collect(), whole, read }
    }

    /// Every member's lock as one; nothing where none has one.
    pub fn whole(&self) -> Result<Option<&Lock>, Stop> {
        if let Some(known) = self.whole.get() {
            return Ok(known.as_ref());
        }
        let texts = self.texts()?;
        let joined = self.join(&texts)?;
        let _ = self.read.set(digest(&texts));
        Ok(self.whole.get_or_init(|| joined).as_ref())
    }

    /// The lock as it is now, where another build has written it since it was read here.
    pub fn newer(&self) -> Result<Option<Lock>, Stop> {
        let Some(read) = self.read.get() else { return Ok(None) };
        let texts = self.texts()?;
        if digest(&texts) == *read { Ok(None) } else { self.join(&texts) }
    }

    /// What each member's file holds.
    fn texts(&self) -> Result<Vec<Option<Vec<u8>>>, Stop> {
        self.members.iter().map(|(_, path)| read(&self.root, path)).collect()
    }

    fn join(&self, texts: &[Option<Vec<u8>>]) -> Result<Option<Lock>, Stop> {
        let mut joined: Option<Lock> = None;
        for ((member, _), bytes) in self.members.iter().zip(texts) {
            let Some(bytes) = bytes else { continue };
            let lock = parse(&Path::new(&member.folder).join(LOCK), bytes)?;
            let lock = lock.renamed(|name| qualify(&member.name, name));
            let all = joined.get_or_insert_default();
            all.plugins.extend(lock.plugins);
            all.sources.extend(lock.sources);
            all.steps.extend(lock.steps);
        }
        Ok(joined)
    }

    /// What they remember of one step; nothing where they do not know it.
    pub fn record(&self, step: &str) -> Result<Option<StepRecord>, Stop> {
        let own = self.members.iter().find(|(member, _)| member.name == member_of(step));
        if self.whole.get().is_none()
            && let Some((member, path)) = own
            && let Some(text) =
                read(&self.root, path)?.and_then(|bytes| String::from_utf8(bytes).ok())
        {
            // A step that was never built is named nowhere.
            if !text.contains(local(step)) {
                return Ok(None);
            }
            if let Some(record) = Lock::record(&text, local(step)) {
                return Ok(Some(record.renamed(&|name| qualify(&member.name, name))));
            }
        }
        Ok(self.whole()?.and_then(|lock| lock.steps.get(step)).cloned())
    }

    /// Whether the files of the members that have one of these steps hold this lock.
    pub fn hold<'a>(
        &self,
        lock: &Lock,
        steps: impl Iterator<Item = &'a str>,
    ) -> Result<bool, Stop> {
        for (path, text) in self.rendered(lock, steps) {
            if read(&self.root, path)?.is_none_or(|found| found != text.as_bytes()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes the locks of the members that have one of these steps, where they changed. A
    /// file that is no lock is told, not replaced. Nobody else writes them meanwhile.
    pub fn write<'a>(&self, lock: &Lock, steps: impl Iterator<Item = &'a str>) -> Result<(), Stop> {
        for (path, text) in self.rendered(lock, steps) {
            if read(&self.root, path)?.is_some_and(|found| found == text.as_bytes()) {
                continue;
            }
            self.whole()?;
            fs::write_atomically(path, text.as_bytes(), 0o644).map_err(|error| {
                Stop::of(
                    Diagnostic::error("E0503", error.to_string())
                        .caused_by(&error)
                        .help("make the workspace writable, or build with --locked"),
                )
            })?;
        }
        Ok(())
    }

    fn rendered<'a>(
        &self,
        lock: &Lock,
        steps: impl Iterator<Item = &'a str>,
    ) -> Vec<(&PathBuf, String)> {
        let touched: BTreeSet<&str> = steps.map(member_of).collect();
        match self.members.as_slice() {
            [(_, path)] => vec![(path, lock.render())],
            members => {
                let touched =
                    members.iter().filter(|(member, _)| touched.contains(member.name.as_str()));
                touched.map(|(member, path)| (path, of_member(lock, member).render())).collect()
            }
        }
    }
}

fn digest(texts: &[Option<Vec<u8>>]) -> Digest {
    let mut all = Vec::new();
    for text in texts.iter().map(|text| text.as_deref().unwrap_or_default()) {
        all.extend((text.len() as u64).to_le_bytes());
        all.extend(text);
    }
    Digest::of(&all)
}

/// A member's part of a workspace's lock, in its own names.
fn of_member(lock: &Lock, member: &Member) -> Lock {
    let of = |name: &str| member_of(name) == member.name;
    let mut own = lock.clone();
    own.sources.retain(|name, _| of(name));
    own.steps.retain(|name, _| of(name));
    // The identity of a plugin's step holds the component's digest.
    let steps = own.steps.values();
    let used: BTreeSet<&str> = steps.map(|step| step.worker.as_str()).collect();
    own.plugins.retain(|_, plugin| {
        let digest = plugin.content.digest().to_string();
        used.iter().any(|worker| worker.contains(&digest))
    });
    own.renamed(|name| if of(name) { local(name) } else { name }.to_owned())
}

/// The bytes of a lock's file, where there is one.
fn read(root: &Path, path: &Path) -> Result<Option<Vec<u8>>, Stop> {
    files::read_optional(root, path, Kind::Lock)
        .map_err(|error| files::stop(&error, Kind::Lock, "make the file readable"))
}

/// The locks that another place holds for each member, as one. `find` gives one member's,
/// by its folder; it is an error only if no member has one.
pub fn gather(place: &Place, find: impl Fn(&Path) -> Result<Lock, Stop>) -> Result<Lock, Stop> {
    let mut joined: Result<Lock, Option<Stop>> = Err(None);
    for member in place.members() {
        match (find(&place.folder(member)), &mut joined) {
            (Ok(lock), all) => {
                let lock = lock.renamed(|name| qualify(&member.name, name));
                let mut whole = std::mem::replace(all, Err(None)).unwrap_or_default();
                whole.plugins.extend(lock.plugins);
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

/// What the files of all locks hold, one after the other.
pub fn bytes(place: &Place) -> Vec<u8> {
    let mut all = Vec::new();
    for member in place.members() {
        let path = place.folder(member).join(LOCK);
        let found = files::read_optional(&place.root, &path, Kind::Lock);
        let bytes = found.ok().flatten().unwrap_or_default();
        all.extend((bytes.len() as u64).to_le_bytes());
        all.extend(bytes);
    }
    all
}

fn parse(shown: &Path, bytes: &[u8]) -> Result<Lock, Stop> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    Lock::parse(&text, 0).map_err(|diagnostic| Stop {
        diagnostics: vec![diagnostic],
        sources: Sources::of(PathBuf::from(shown), text),
    })
}
