//! [`Remote`]: a store that others share too; the local one takes from it and gives to it.
//!
//! Blobs by digest, action records by key and their seals are all that it holds, and the functions
//! here are all that is asked of it. A folder answers them ([`folder`]); a bucket or a
//! server is one more variant. Invariant: bytes go through as they are. Nothing of a
//! remote is believed here: [`super::fetch`] hashes each blob before the local store
//! takes it in, and [`super::upload`] puts a record after every blob that it names.

pub mod folder;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::PathError;
use folder::Folder;

/// A store that others share too.
#[derive(Debug)]
pub enum Remote {
    /// A folder: of this machine, of a file server, or a bucket that is mounted.
    Folder(Folder),
}

impl Remote {
    /// Opens the remote at `at`, to read from it.
    pub fn open(at: &Path) -> Result<Self, RemoteError> {
        Folder::open(at).map(Self::Folder)
    }

    /// Opens the remote at `at`, to write to it, and makes it where there is none.
    pub fn open_or_make(at: &Path) -> Result<Self, RemoteError> {
        Folder::open_or_make(at).map(Self::Folder)
    }

    /// How many bytes a blob has there; nothing where it is not.
    pub fn size(&self, digest: Digest) -> Result<Option<u64>, RemoteError> {
        match self {
            Self::Folder(folder) => folder.size(digest),
        }
    }

    /// Writes a blob's bytes into the new file `to`, if they are as many as they should be
    /// and there is room for them; whether it was there. They may be any bytes: the caller
    /// hashes them.
    pub fn get_blob(&self, digest: Digest, length: Length, to: &Path) -> Result<bool, RemoteError> {
        match self {
            Self::Folder(folder) => folder.get_blob(digest, length, to),
        }
    }

    /// Puts the bytes of the file `from`, in place of what is there.
    pub fn put_blob(&self, digest: Digest, from: &Path) -> Result<(), RemoteError> {
        match self {
            Self::Folder(folder) => folder.put_blob(digest, from),
        }
    }

    /// The bytes of a record; nothing where it is not there.
    pub fn get_record(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        match self {
            Self::Folder(folder) => folder.get_record(key),
        }
    }

    /// Puts the bytes of a record, in place of what is there.
    pub fn put_record(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        match self {
            Self::Folder(folder) => folder.put_record(key, bytes),
        }
    }

    /// The bytes of a record's seal; nothing where it is not there.
    pub fn get_seal(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        match self {
            Self::Folder(folder) => folder.get_seal(key),
        }
    }

    /// Puts the bytes of a record's seal, in place of what is there.
    pub fn put_seal(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        match self {
            Self::Folder(folder) => folder.put_seal(key, bytes),
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        match self {
            Self::Folder(folder) => folder.root().display().to_string(),
        }
    }

    /// Where a blob stands, for people.
    pub fn blob_place(&self, digest: Digest) -> String {
        match self {
            Self::Folder(folder) => folder.blob_path(digest).display().to_string(),
        }
    }

    /// Where a record stands, for people.
    pub fn record_place(&self, key: ActionKey) -> String {
        match self {
            Self::Folder(folder) => folder.record_path(key).display().to_string(),
        }
    }
}

/// How many bytes a blob is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many: what names it says so.
    Exactly(u64),
    /// No more than these.
    AtMost(u64),
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(bytes) => write!(f, "{bytes}"),
            Self::AtMost(bytes) => write!(f, "at most {bytes}"),
        }
    }
}

/// What can go wrong with a remote.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The file system refused.
    #[error(transparent)]
    Path(#[from] PathError),
    /// There is nothing, or an empty folder: what a mount leaves that is not there.
    #[error("there is no remote at {}", path.display())]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The remote was written by another version.
    #[error("{} is a remote of another version (`{found}`)", path.display())]
    OtherVersion {
        /// The folder.
        path: PathBuf,
        /// What its version file says.
        found: String,
    },
    /// The folder is in use for something else.
    #[error("{} is no remote: it holds `{}`", path.display(), found.display())]
    NotARemote {
        /// The folder.
        path: PathBuf,
        /// A name in it that no remote has.
        found: PathBuf,
    },
    /// Something else stands where a file should.
    #[error("{} is no file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A blob that has not the bytes that it should have, or for which there is no room.
    #[error(
        "{} has {found} bytes, where it should have {length} and there is room for {room}",
        path.display()
    )]
    Size {
        /// The blob.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// What they should be.
        length: Length,
        /// The bytes that the disk has left.
        room: u64,
    },
    /// A record or a seal that is too large to be one.
    #[error("{} has {size} bytes, too many for a record", path.display())]
    TooLarge {
        /// The record.
        path: PathBuf,
        /// Its size.
        size: u64,
    },
    /// Another result of the key, which somebody signed.
    #[error("{} is signed and says otherwise, and this result is not signed", path.display())]
    Signed {
        /// The record.
        path: PathBuf,
    },
}
