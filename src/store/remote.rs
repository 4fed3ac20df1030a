//! [`Remote`]: a store that others share too; the local one takes from it and gives to it.
//!
//! Blobs by digest, action records by key and their seals are all that it holds, and the functions
//! here are all that is asked of it. A folder answers them ([`folder`]); a bucket or a server is
//! one more file beside it and one more variant of [`Address`] and [`Remote`], and nothing else.
//! Invariant: bytes go through as they are. Nothing of a remote is believed here:
//! [`super::fetch`] hashes each blob before the local store takes it in, and [`super::upload`]
//! puts a record after every blob that it names.

pub mod folder;
#[cfg(test)]
pub mod toy;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::lock;
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::sys::{PathError, fs};
use folder::Folder;

/// Where a remote is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A folder: of this machine, of a file server, or a bucket that is mounted.
    Folder(PathBuf),
    /// A name among the remotes of this process.
    #[cfg(test)]
    Toy(String),
}

/// An address that begins with what no remote here answers to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` begins with `{scheme}:`, and a remote is a folder")]
pub struct UnknownScheme {
    /// The address.
    pub address: String,
    /// What it begins with.
    pub scheme: String,
}

impl UnknownScheme {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self.scheme.as_str() {
            "file" => "write the folder's path without `file://`".to_owned(),
            scheme => format!("mount what `{scheme}` leads to, and name the folder"),
        }
    }
}

impl Address {
    /// The address that a text is; `place` says how it means a path.
    pub fn parse(text: &Path, place: impl FnOnce(&Path) -> PathBuf) -> Result<Self, UnknownScheme> {
        let named = text.to_str().and_then(|text| text.split_once("://"));
        let is_scheme = |word: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(plain)
        };
        match named.filter(|(scheme, _)| is_scheme(scheme)) {
            None => Ok(Self::Folder(place(text))),
            #[cfg(test)]
            Some(("toy", name)) => Ok(Self::Toy(name.to_owned())),
            Some((scheme, _)) => Err(UnknownScheme {
                address: text.display().to_string(),
                scheme: scheme.to_ascii_lowercase(),
            }),
        }
    }

    /// A folder's.
    pub fn folder(path: impl AsRef<Path>) -> Self {
        Self::Folder(path.as_ref().to_owned())
    }

    /// Whether both lead to the same remote, whichever way they are written.
    pub fn leads_where(&self, other: &Self) -> bool {
        let real = |path: &Path| fs::canonical(path).unwrap_or_else(|_| path.to_owned());
        match (self, other) {
            (Self::Folder(one), Self::Folder(other)) => real(one) == real(other),
            #[cfg(test)]
            (one, other) => one == other,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            #[cfg(test)]
            Self::Toy(name) => write!(f, "toy://{name}"),
        }
    }
}

/// A store that others share too.
#[derive(Debug)]
pub enum Remote {
    /// A folder.
    Folder(Folder),
    /// One of this process.
    #[cfg(test)]
    Toy(toy::Toy),
}

/// Asks the remote, whichever it is.
macro_rules! ask {
    ($remote:expr, $it:ident => $answer:expr) => {
        match $remote {
            Remote::Folder($it) => $answer,
            #[cfg(test)]
            Remote::Toy($it) => $answer,
        }
    };
}

impl Remote {
    /// Opens the remote at `at`, to read from it.
    pub fn open(at: &Address) -> Result<Self, RemoteError> {
        match at {
            Address::Folder(path) => Folder::open(path).map(Self::Folder),
            #[cfg(test)]
            Address::Toy(name) => toy::Toy::open(name).map(Self::Toy),
        }
    }

    /// Opens the remote at `at`, to write to it, and makes it where there is none.
    pub fn open_or_make(at: &Address) -> Result<Self, RemoteError> {
        match at {
            Address::Folder(path) => Folder::open_or_make(path).map(Self::Folder),
            #[cfg(test)]
            Address::Toy(name) => Ok(Self::Toy(toy::Toy::open_or_make(name))),
        }
    }

    /// How many questions it is asked at once.
    pub fn concurrency(&self) -> usize {
        ask!(self, it => it.concurrency())
    }

    /// How many bytes each of these blobs has there; nothing where it is not.
    pub fn sizes(&self, digests: &[Digest]) -> Vec<Result<Option<u64>, RemoteError>> {
        ask!(self, it => it.sizes(digests))
    }

    /// Writes a blob's bytes into the new file `to`, if they are as many as they should be
    /// and there is room for them; whether it was there. They may be any bytes: the caller
    /// hashes them.
    pub fn get_blob(&self, digest: Digest, length: Length, to: &Path) -> Result<bool, RemoteError> {
        ask!(self, it => it.get_blob(digest, length, to))
    }

    /// Puts the bytes of the file `from`, in place of what is there.
    pub fn put_blob(&self, digest: Digest, from: &Path) -> Result<(), RemoteError> {
        ask!(self, it => it.put_blob(digest, from))
    }

    /// The bytes of a record; nothing where it is not there.
    pub fn get_record(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        ask!(self, it => it.get_record(key))
    }

    /// Puts the bytes of a record, in place of what is there.
    pub fn put_record(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        ask!(self, it => it.put_record(key, bytes))
    }

    /// The bytes of a record's seal; nothing where it is not there.
    pub fn get_seal(&self, key: ActionKey) -> Result<Option<Vec<u8>>, RemoteError> {
        ask!(self, it => it.get_seal(key))
    }

    /// Puts the bytes of a record's seal, in place of what is there.
    pub fn put_seal(&self, key: ActionKey, bytes: &[u8]) -> Result<(), RemoteError> {
        ask!(self, it => it.put_seal(key, bytes))
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        ask!(self, it => it.place())
    }

    /// What a blob is called there, for people.
    pub fn blob_name(&self, digest: Digest) -> String {
        ask!(self, it => it.blob_name(digest))
    }

    /// What a record is called there, for people.
    pub fn record_name(&self, key: ActionKey) -> String {
        ask!(self, it => it.record_name(key))
    }

    /// Does the same with each of these, with as many at once as the remote takes; up to the
    /// first that fails.
    pub(super) fn each<T: Sync, R: Send, E: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R, E> + Send + Sync,
    ) -> Result<Vec<R>, E> {
        let most = self.concurrency().min(items.len());
        if most <= 1 {
            return items.iter().map(work).collect();
        }
        if self.concurrency() == rayon::current_num_threads() {
            return items.par_iter().map(work).collect();
        }
        let next = AtomicUsize::new(0);
        let done: Vec<Mutex<Option<Result<R, E>>>> =
            items.iter().map(|_| Mutex::new(None)).collect();
        let take = || {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).zip(done.get(at))
        };
        std::thread::scope(|scope| {
            for _ in 0..most {
                scope.spawn(|| {
                    while let Some((item, slot)) = take() {
                        let result = work(item);
                        if result.is_err() {
                            next.store(items.len(), Ordering::Relaxed);
                        }
                        *lock(slot) = Some(result);
                    }
                });
            }
        });
        done.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
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

/// What can go wrong with a remote. What is there has a name, which need not be a path.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// What it stands on refused.
    #[error(transparent)]
    Refused(Box<dyn std::error::Error + Send + Sync>),
    /// What is wrong on this side: the file that a blob is written to or read from.
    #[error(transparent)]
    Here(PathError),
    /// There is nothing, or an empty folder: what a mount leaves that is not there.
    #[error("there is no remote at {remote}")]
    Absent {
        /// The remote.
        remote: String,
    },
    /// The remote was written by another version.
    #[error("{remote} is a remote of another version (`{found}`)")]
    OtherVersion {
        /// The remote.
        remote: String,
        /// What it says of its version.
        found: String,
    },
    /// The place is in use for something else.
    #[error("{remote} is no remote: it holds `{found}`")]
    NotARemote {
        /// The place.
        remote: String,
        /// A name in it that no remote has.
        found: String,
    },
    /// Something else stands where a blob or a record should.
    #[error("{object} is no file")]
    NotAFile {
        /// Its name.
        object: String,
    },
    /// A blob that has not the bytes that it should have, or for which there is no room.
    #[error(
        "{object} has {found} bytes, where it should have {length} and there is room for {room}"
    )]
    Size {
        /// The blob.
        object: String,
        /// Its bytes.
        found: u64,
        /// What they should be.
        length: Length,
        /// The bytes that the disk has left.
        room: u64,
    },
    /// A record or a seal that is too large to be one.
    #[error("{object} has {size} bytes, too many for a record")]
    TooLarge {
        /// The record.
        object: String,
        /// Its size.
        size: u64,
    },
    /// Another result of the key, which somebody signed.
    #[error("{object} is signed and says otherwise, and this result is not signed")]
    Signed {
        /// The record.
        object: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_a_folder_or_refused_by_name() {
        let parse =
            |text: &str| Address::parse(Path::new(text), |path| Path::new("/at").join(path));
        for (text, folder) in [
            ("results", "/at/results"),
            ("/mnt/results", "/mnt/results"),
            ("a:b", "/at/a:b"),
            ("1x://y", "/at/1x://y"),
        ] {
            assert_eq!(parse(text), Ok(Address::folder(folder)), "{text}");
        }
        for (text, said) in [
            (
                "s3://bucket/x",
                "`s3://bucket/x` begins with `s3:`, and a remote is a folder; mount what `s3` leads \
                 to, and name the folder",
            ),
            (
                "File:///mnt/x",
                "`File:///mnt/x` begins with `file:`, and a remote is a folder; write the folder's \
                 path without `file://`",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(format!("{error}; {}", error.help()), said);
        }
    }
}
