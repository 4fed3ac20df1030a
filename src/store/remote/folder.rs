//! A remote in a folder, which many machines may read and write at once.
//!
//! On disk (formats in `docs/formats.md`): `version`, `blobs/AB/REST`,
//! `records/AB/REST`, and `incoming/`, where what is put is written before it is
//! renamed. Invariant: a name appears with all of its bytes or not at all, as far as the
//! file server keeps its word; who reads checks. There is no lock: two writers of one
//! name write the same bytes, or the later one stays. Nothing here names the machine.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::RemoteError;
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::{PathError, clock, fs};

/// The version of the layout.
pub const LAYOUT: &str = "ingot-remote 1\n";

const FOLDERS: [&str; 3] = ["blobs", "incoming", "records"];

/// What else may stand in the folder.
const FILES: [&str; 2] = ["lost+found", "version"];

/// No record is larger: what claims to be one is not read into memory.
const LARGEST_RECORD: u64 = 64 << 20;

/// What a writer that died left in `incoming/` is removed after this time.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// A folder that is a remote.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens it, to read.
    pub fn open(root: &Path) -> Result<Self, RemoteError> {
        match version(root)? {
            Some(()) => Ok(Self { root: root.to_owned() }),
            None => {
                refuse_foreign(root)?;
                Err(RemoteError::Absent { path: root.to_owned() })
            }
        }
    }

    /// Opens it, to write; makes it where there is none.
    pub fn open_or_make(root: &Path) -> Result<Self, RemoteError> {
        let folder = Self { root: root.to_owned() };
        let made = version(root)?.is_some();
        if !made {
            refuse_foreign(root)?;
            for name in FOLDERS {
                fs::create_dir_all(&root.join(name))?;
            }
            folder.put_whole(LAYOUT.as_bytes(), &root.join("version"))?;
        }
        folder.sweep(clock::now())?;
        Ok(folder)
    }

    pub(super) fn size(&self, digest: Digest) -> Result<Option<u64>, RemoteError> {
        size_of_file(&self.blob_path(digest))
    }

    pub(super) fn get_blob(&self, digest: Digest, to: &Path) -> Result<bool, RemoteError> {
        let path = self.blob_path(digest);
        if size_of_file(&path)?.is_none() {
            return Ok(false);
        }
        fs::copy(&path, to, 0o600)?;
        Ok(true)
    }

    pub(super) fn put_blob(&self, digest: Digest, from: &Path) -> Result<(), RemoteError> {
        self.put(&self.blob_path(digest), |incoming| {
            fs::copy(from, incoming, 0o600)?;
            fs::set_mode(incoming, 0o444)
        })
    }

    pub(super) fn get_record(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        let path = self.record_path(key);
        match size_of_file(&path)? {
            Some(size) if size > LARGEST_RECORD => Err(RemoteError::TooLarge { path, size }),
            Some(_) => Ok(fs::read_optional(&path)?),
            None => Ok(None),
        }
    }

    pub(super) fn put_record(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        self.put_whole(bytes, &self.record_path(key))
    }

    pub(super) fn blob_path(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join("blobs").join(&hex[..2]).join(&hex[2..])
    }

    pub(super) fn record_path(&self, key: ActionKey) -> PathBuf {
        let hex = key.0.to_hex();
        self.root.join("records").join(&hex[..2]).join(&hex[2..])
    }

    fn put_whole(&self, bytes: &[u8], path: &Path) -> Result<(), RemoteError> {
        self.put(path, |incoming| fs::write_new(incoming, bytes, 0o644))
    }

    /// Writes aside, then renames.
    fn put(
        &self,
        path: &Path,
        write: impl FnOnce(&Path) -> Result<(), PathError>,
    ) -> Result<(), RemoteError> {
        let incoming = self.root.join("incoming").join(fs::temporary_name());
        let put = write(&incoming).and_then(|()| {
            if let Some(shard) = path.parent()
                && !fs::exists(shard)
            {
                fs::create_dir_all(shard)?;
            }
            fs::rename(&incoming, path)
        });
        if put.is_err() {
            let _ = fs::remove_file(&incoming);
        }
        Ok(put?)
    }

    /// Removes what writers that died have left.
    fn sweep(&self, now: Duration) -> Result<(), RemoteError> {
        let limit = now.saturating_sub(PATIENCE).as_secs();
        let incoming = self.root.join("incoming");
        for name in fs::names(&incoming)? {
            let path = incoming.join(name);
            let old = fs::metadata_optional(&path)?
                .is_some_and(|found| u64::try_from(found.mtime()).is_ok_and(|at| at < limit));
            if old {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// Whether `root` has a version file, which must be of this version.
fn version(root: &Path) -> Result<Option<()>, RemoteError> {
    let path = root.join("version");
    let Some(size) = size_of_file(&path)? else { return Ok(None) };
    let other = |found| RemoteError::OtherVersion { path: root.to_owned(), found };
    if size > 80 {
        return Err(other(format!("{size} bytes")));
    }
    let found = fs::read(&path)?;
    if found == LAYOUT.as_bytes() {
        return Ok(Some(()));
    }
    Err(other(String::from_utf8_lossy(&found).trim().to_owned()))
}

/// An error where the folder is in use for something else.
fn refuse_foreign(root: &Path) -> Result<(), RemoteError> {
    if !fs::exists(root) {
        return Ok(());
    }
    let foreign = fs::names(root)?.into_iter().find(|name| {
        let name = name.to_string_lossy();
        !FOLDERS.iter().chain(&FILES).any(|own| *own == name)
    });
    match foreign {
        Some(found) => Err(RemoteError::NotARemote { path: root.to_owned(), found: found.into() }),
        None => Ok(()),
    }
}

/// The size of a file that is one; nothing where there is nothing.
fn size_of_file(path: &Path) -> Result<Option<u64>, RemoteError> {
    match fs::metadata_optional(path)? {
        Some(found) if found.is_file() => Ok(Some(found.len())),
        Some(_) => Err(RemoteError::NotAFile { path: path.to_owned() }),
        None => Ok(None),
    }
}
