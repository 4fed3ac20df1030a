//! A remote in a folder, which many machines may read and write at once.
//!
//! On disk (formats in `docs/formats.md`): `version`, `blobs/AB/REST`,
//! `records/AB/REST`, `seals/AB/REST`, and `incoming/`, where what is put is written before
//! it is renamed. Invariant: a name appears with all of its bytes or not at all, as far as
//! the file server keeps its word; who reads checks. Below its root no link is followed,
//! and nothing but a regular file is opened: whoever else writes there leads nobody out of
//! it. There is no lock: two writers of one name write the same bytes, or the later one
//! stays. Nothing here names the machine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;

use super::{Length, RemoteError};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::folder::{self, Anchor, Occupant};
use crate::sys::{PathError, clock, fs};

/// The version of the layout.
pub const LAYOUT: &str = "ingot-remote 1\n";

const BLOBS: &str = "blobs";
const INCOMING: &str = "incoming";
const RECORDS: &str = "records";
const SEALS: &str = "seals";
const VERSION: &str = "version";

/// What may stand in the folder.
const OWN: [&str; 6] = [BLOBS, INCOMING, RECORDS, SEALS, VERSION, "lost+found"];

/// No record is larger: what claims to be one is not read into memory.
const LARGEST_RECORD: u64 = 64 << 20;

/// Nor is a seal.
const LARGEST_SEAL: u64 = 1 << 20;

/// Nor the version.
const LARGEST_VERSION: u64 = 80;

/// What a writer that died left in `incoming/` is removed after this time.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// A folder that is a remote.
#[derive(Debug)]
pub struct Folder {
    root: Anchor,
}

impl Folder {
    /// Opens it, to read.
    pub fn open(root: &Path) -> Result<Self, RemoteError> {
        let absent = || RemoteError::Absent { remote: root.display().to_string() };
        let remote = match Anchor::open(root) {
            Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => {
                return Err(absent());
            }
            root => Self { root: root? },
        };
        if !remote.is_of_this_version()? {
            remote.refuse_foreign()?;
            return Err(absent());
        }
        Ok(remote)
    }

    /// Opens it, to write; makes it where there is none.
    pub fn open_or_make(root: &Path) -> Result<Self, RemoteError> {
        fs::create_dir_all(root)?;
        let remote = Self { root: Anchor::open(root)? };
        if !remote.is_of_this_version()? {
            remote.refuse_foreign()?;
            for name in [BLOBS, INCOMING, RECORDS, SEALS] {
                remote.root.folder_or_made(name)?;
            }
            remote.put_whole(LAYOUT.as_bytes(), None, VERSION)?;
        }
        remote.sweep(clock::now())?;
        Ok(remote)
    }

    /// As many as this machine does at once: what a folder takes, it does not say.
    pub(super) fn concurrency(&self) -> usize {
        rayon::current_num_threads()
    }

    pub(super) fn sizes(&self, digests: &[Digest]) -> Vec<Result<Option<u64>, RemoteError>> {
        digests.par_iter().map(|digest| self.size(*digest)).collect()
    }

    fn size(&self, digest: Digest) -> Result<Option<u64>, RemoteError> {
        let hex = digest.to_hex();
        let Some(shard) = self.shard(BLOBS, &hex)? else { return Ok(None) };
        match shard.facts(&hex[2..])? {
            Some(facts) if facts.is_file => Ok(Some(facts.size)),
            Some(_) => Err(RemoteError::NotAFile { object: self.blob_name(digest) }),
            None => Ok(None),
        }
    }

    pub(super) fn get_blob(
        &self,
        digest: Digest,
        length: Length,
        to: &Path,
    ) -> Result<bool, RemoteError> {
        let Some((file, found)) = self.open_file(BLOBS, &digest.to_hex())? else {
            return Ok(false);
        };
        let fits = match length {
            Length::Exactly(bytes) => found == bytes,
            Length::AtMost(bytes) => found <= bytes,
        };
        let room = fs::room(to).map_err(RemoteError::Here)?;
        if !fits || found > room {
            return Err(RemoteError::Size { object: self.blob_name(digest), found, length, room });
        }
        let mut into = fs::create_new(to, 0o600).map_err(RemoteError::Here)?;
        // What grows meanwhile is copied as far as it was, and hashed all the same.
        let copied = folder::copy(file, &mut into, to, found).map_err(RemoteError::Here)?;
        if copied != found {
            return Err(RemoteError::Size {
                object: self.blob_name(digest),
                found: copied,
                length,
                room,
            });
        }
        Ok(true)
    }

    pub(super) fn put_blob(&self, digest: Digest, from: &Path) -> Result<(), RemoteError> {
        let hex = digest.to_hex();
        self.put(Some((BLOBS, &hex[..2])), &hex[2..], |incoming, path| {
            let size = fs::metadata(from)?.len();
            folder::copy(fs::open(from)?, incoming, path, size)?;
            folder::set_mode(incoming, path, 0o444)
        })
    }

    pub(super) fn get_record(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        self.get_whole(RECORDS, key, LARGEST_RECORD)
    }

    pub(super) fn put_record(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        let hex = key.0.to_hex();
        self.put_whole(bytes, Some((RECORDS, &hex[..2])), &hex[2..])
    }

    pub(super) fn get_seal(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        self.get_whole(SEALS, key, LARGEST_SEAL)
    }

    pub(super) fn put_seal(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        let hex = key.0.to_hex();
        self.put_whole(bytes, Some((SEALS, &hex[..2])), &hex[2..])
    }

    pub(super) fn place(&self) -> String {
        self.root().display().to_string()
    }

    pub(super) fn blob_name(&self, digest: Digest) -> String {
        self.path(BLOBS, &digest.to_hex()).display().to_string()
    }

    pub(super) fn record_name(&self, key: ActionKey) -> String {
        self.path(RECORDS, &key.0.to_hex()).display().to_string()
    }

    fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where something stands, for people.
    fn path(&self, folder: &str, hex: &str) -> PathBuf {
        self.root().join(folder).join(&hex[..2]).join(&hex[2..])
    }

    fn shard(&self, folder: &str, hex: &str) -> Result<Option<Anchor>, RemoteError> {
        Ok(match self.root.folder(folder)? {
            Some(folder) => folder.folder(&hex[..2])?,
            None => None,
        })
    }

    /// A regular file that stands at its place, with its size.
    fn open_file(&self, folder: &str, hex: &str) -> Result<Option<(File, u64)>, RemoteError> {
        let Some(shard) = self.shard(folder, hex)? else { return Ok(None) };
        match shard.file(&hex[2..])? {
            Occupant::Nothing => Ok(None),
            Occupant::Other => {
                Err(RemoteError::NotAFile { object: self.path(folder, hex).display().to_string() })
            }
            Occupant::File(file, facts) => Ok(Some((file, facts.size))),
        }
    }

    fn get_whole(
        &self,
        folder: &str,
        key: ActionKey,
        largest: u64,
    ) -> Result<Option<Vec<u8>>, RemoteError> {
        let hex = key.0.to_hex();
        let path = self.path(folder, &hex);
        match self.open_file(folder, &hex)? {
            Some((_, size)) if size > largest => {
                Err(RemoteError::TooLarge { object: path.display().to_string(), size })
            }
            Some((file, _)) => Ok(Some(folder::read(file, &path, largest)?)),
            None => Ok(None),
        }
    }

    fn put_whole(
        &self,
        bytes: &[u8],
        below: Option<(&str, &str)>,
        name: &str,
    ) -> Result<(), RemoteError> {
        self.put(below, name, |incoming, path| fs::write(incoming, path, bytes))
    }

    /// Writes aside, then renames: into a folder and its shard, or into the root.
    fn put(
        &self,
        below: Option<(&str, &str)>,
        name: &str,
        write: impl FnOnce(&mut File, &Path) -> Result<(), PathError>,
    ) -> Result<(), RemoteError> {
        let incoming = self.root.folder_or_made(INCOMING)?;
        let temporary = fs::temporary_name();
        let put = incoming
            .create_new(&temporary, 0o644)
            .and_then(|mut file| write(&mut file, &incoming.path().join(&temporary)))
            .and_then(|()| match below {
                None => incoming.rename(&temporary, &self.root, name),
                Some((folder, shard)) => {
                    let shard = self.root.folder_or_made(folder)?.folder_or_made(shard)?;
                    incoming.rename(&temporary, &shard, name)
                }
            });
        if put.is_err() {
            let _ = incoming.remove(&temporary);
        }
        Ok(put?)
    }

    /// Removes what writers that died have left: old files with a name of ours. What cannot
    /// be removed stays.
    fn sweep(&self, now: Duration) -> Result<(), RemoteError> {
        let limit = now.saturating_sub(PATIENCE).as_secs();
        let Some(incoming) = self.root.folder(INCOMING)? else { return Ok(()) };
        for name in incoming.names()? {
            let Some(name) = name.to_str().filter(|name| fs::is_temporary_name(name)) else {
                continue;
            };
            let old = incoming.facts(name)?.is_some_and(|facts| {
                facts.is_file && u64::try_from(facts.modified).is_ok_and(|at| at < limit)
            });
            if old {
                let _ = incoming.remove(name);
            }
        }
        Ok(())
    }

    /// Whether it has a version file, which must be of this version.
    fn is_of_this_version(&self) -> Result<bool, RemoteError> {
        let path = self.root().join(VERSION);
        let (file, size) = match self.root.file(VERSION)? {
            Occupant::Nothing => return Ok(false),
            Occupant::Other => {
                return Err(RemoteError::NotAFile { object: path.display().to_string() });
            }
            Occupant::File(file, facts) => (file, facts.size),
        };
        let other = |found| RemoteError::OtherVersion { remote: self.place(), found };
        if size > LARGEST_VERSION {
            return Err(other(format!("{size} bytes")));
        }
        let found = folder::read(file, &path, LARGEST_VERSION)?;
        match found == LAYOUT.as_bytes() {
            true => Ok(true),
            false => Err(other(String::from_utf8_lossy(&found).trim().to_owned())),
        }
    }

    /// An error where the folder is in use for something else.
    fn refuse_foreign(&self) -> Result<(), RemoteError> {
        let foreign = self.root.names()?.into_iter().find(|name| {
            let name = name.to_string_lossy();
            !OWN.iter().any(|own| *own == name)
        });
        match foreign {
            Some(found) => {
                let found = found.to_string_lossy().into_owned();
                Err(RemoteError::NotARemote { remote: self.place(), found })
            }
            None => Ok(()),
        }
    }
}

impl From<PathError> for RemoteError {
    fn from(error: PathError) -> Self {
        Self::Refused(Box::new(error))
    }
}
