//! File operations with paths in their errors.

use std::fs;
use std::path::Path;

use super::PathError;
use super::fault::point;

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, PathError> {
    point("read").and_then(|()| fs::read(path)).map_err(|e| PathError::new("read", path, e))
}

/// Makes a folder and what is missing above it.
pub fn create_dir_all(path: &Path) -> Result<(), PathError> {
    point("create")
        .and_then(|()| fs::create_dir_all(path))
        .map_err(|e| PathError::new("create", path, e))
}
