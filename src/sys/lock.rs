//! Locks that die with their holder: `flock` on an open file.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::fault::point;
use super::{PathError, fs};

/// Takes the lock, waiting for it.
pub fn lock(path: &Path) -> Result<File, PathError> {
    let file = fs::open_or_create(path)?;
    point("lock", path).and_then(|()| file.lock()).map_err(|e| PathError::new("lock", path, e))?;
    Ok(file)
}

/// Takes the lock where it is free.
pub fn try_lock(path: &Path) -> Result<Option<File>, PathError> {
    let file = fs::open_or_create(path)?;
    match point("lock", path).map_err(TryLockError::Error).and_then(|()| file.try_lock()) {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(PathError::new("lock", path, error)),
    }
}
