//! Locks that die with their holder: `flock` on an open file.
//!
//! A lock's file may be removed by whoever holds the lock. One who waited for it then
//! takes that of the file which stands there now. To share a lock its file need only be
//! readable: a store that cannot be written can still be read in peace.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::fault::point;
use super::{PathError, fs};

/// Takes the lock, waiting for it.
pub fn lock(path: &Path) -> Result<File, PathError> {
    wait(path, fs::open_or_create, File::lock)
}

/// Takes the lock beside others who share it, waiting for one who does not.
pub fn lock_shared(path: &Path) -> Result<File, PathError> {
    wait(path, open_to_share, File::lock_shared)
}

fn open_to_share(path: &Path) -> Result<File, PathError> {
    match fs::open_or_create(path) {
        Err(error) if error.is_denied() => fs::open(path).map_err(|_| error),
        opened => opened,
    }
}

/// Takes the lock where it is free.
pub fn try_lock(path: &Path) -> Result<Option<File>, PathError> {
    let file = fs::open_or_create(path)?;
    match point("lock", path).map_err(TryLockError::Error).and_then(|()| file.try_lock()) {
        Ok(()) if stands_at(&file, path) => Ok(Some(file)),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(PathError::new("lock", path, error)),
    }
}

fn wait(
    path: &Path,
    open: fn(&Path) -> Result<File, PathError>,
    take: fn(&File) -> std::io::Result<()>,
) -> Result<File, PathError> {
    loop {
        let file = open(path)?;
        point("lock", path)
            .and_then(|()| take(&file))
            .map_err(|error| PathError::new("lock", path, error))?;
        if stands_at(&file, path) {
            return Ok(file);
        }
    }
}

/// Whether the locked file is the one at this path, and was not removed meanwhile.
fn stands_at(file: &File, path: &Path) -> bool {
    let there = fs::metadata(path).ok().map(|there| (there.dev(), there.ino()));
    file.metadata().ok().map(|own| (own.dev(), own.ino())) == there && there.is_some()
}
