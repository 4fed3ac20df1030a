//! The only code that touches the file system, the environment, the clock and
//! processes.
//!
//! Invariant: every operation that can fail goes through [`fault::point`], so
//! that a test can fail the k-th one; every error carries the path. Nothing
//! else in the crate names `std::fs`, `std::env`, `std::process` or
//! `SystemTime`.

pub mod bounded;
#[cfg(target_os = "linux")]
pub mod channel;
pub mod clock;
pub mod env;
pub mod fault;
pub mod folder;
pub mod fs;
pub mod lock;
pub mod pages;
pub mod place;
pub mod private;
pub mod process;
mod remove;
pub mod signal;
pub mod threads;

#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::path::{Path, PathBuf};

/// An operation on a path that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {}", path.display())]
pub struct PathError {
    /// What was tried: `read`, `write`, `rename`, ...
    pub operation: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: io::Error,
}

impl PathError {
    /// A failed operation on a path.
    pub fn new(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self { operation, path: path.to_owned(), source }
    }
}

impl PathError {
    /// Whether the disk or a quota is full.
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Whether no path of this length can be given to the system.
    pub fn is_too_long(&self) -> bool {
        self.source.kind() == io::ErrorKind::InvalidFilename
    }

    /// Why a file that is there is not read, where that is so.
    pub fn refusal(&self) -> Option<&bounded::Refusal> {
        self.source.get_ref()?.downcast_ref()
    }

    /// Whether what stands there is no file.
    pub fn is_of_another_kind(&self) -> bool {
        use bounded::Refusal::{Link, NotRegular};
        matches!(self.refusal(), Some(Link | NotRegular { .. }))
    }

    /// Whether it is another's, or cannot be written by anyone.
    pub fn is_denied(&self) -> bool {
        use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        matches!(self.source.kind(), PermissionDenied | ReadOnlyFilesystem)
    }
}
