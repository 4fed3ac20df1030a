//! Files that are this user's alone, such as a private key; and the randomness for one.
//!
//! Invariant: such a file is never replaced, is made with the mode 0600, and is read only
//! if it is a regular file of this user that nobody else may read or write.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::PathError;

/// No file of this kind is larger.
const LARGEST: u64 = 64 << 10;

/// So many bytes that nobody can guess.
pub fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// Makes a file for this user alone, and the folders above it; an error where anything
/// stands there.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    if let Some(folder) = path.parent() {
        super::fs::create_private_dir_all(folder)?;
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = made.map_err(|error| PathError::new("create", path, error))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        PathError::new("write", path, error)
    })
}

/// The bytes of such a file; nothing where there is none.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    read_checked(path).map_err(|error| PathError::new("read", path, error))
}

fn read_checked(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let refuse = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    if !found.is_file() {
        return refuse("it is no regular file");
    }
    // No link is followed, and no pipe waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return refuse("it is no regular file");
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refuse("it is another user's");
    }
    if found.mode() & 0o077 != 0 {
        return refuse("others may read or write it");
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
