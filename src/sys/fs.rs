//! File operations with paths in their errors, each one a fault point.
//!
//! Names of a folder are always sorted. Nothing here follows a symlink unless
//! it says so.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;

use super::PathError;
use super::clock;
use super::fault::{length, point, sync};

fn attempt<T>(
    operation: &'static str,
    path: &Path,
    run: impl FnOnce() -> io::Result<T>,
) -> Result<T, PathError> {
    point(operation, path)
        .and_then(|()| run())
        .map_err(|error| PathError::new(operation, path, error))
}

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, PathError> {
    attempt("read", path, || fs::read(path))
}

/// The bytes of a file, or nothing where there is none.
pub fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file opened for reading.
pub fn open(path: &Path) -> Result<File, PathError> {
    attempt("open", path, || File::open(path))
}

/// A new file; it is an error if the path exists.
pub fn create_new(path: &Path, mode: u32) -> Result<File, PathError> {
    attempt("create", path, || {
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
    })
}

/// A file opened for writing, emptied where there is one.
pub fn create(path: &Path) -> Result<File, PathError> {
    attempt("create", path, || File::create(path))
}

/// Writes into a file that is there, such as one of `/proc`.
pub fn overwrite(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    attempt("write", path, || OpenOptions::new().write(true).open(path)?.write_all(bytes))
}

/// A file opened for reading and writing, created where there is none.
pub fn open_or_create(path: &Path) -> Result<File, PathError> {
    attempt("open", path, || {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    })
}

/// Adds bytes at the end of a file, created where there is none.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    attempt("append", path, || {
        OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
    })
}

/// Writes a file whole or not at all: a temporary beside it, then a rename.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PathError> {
    let temporary = temporary_beside(path);
    let result = write_new(&temporary, bytes, mode).and_then(|()| rename(&temporary, path));
    if result.is_err() {
        let _ = remove_file(&temporary);
    }
    result
}

/// Writes a new file; what a failed write left of it stays.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PathError> {
    let mut file = create_new(path, mode)?;
    let (whole, end) = length(path, bytes.len() as u64);
    let part = bytes.get(..whole as usize).unwrap_or(bytes);
    file.write_all(part).and(end).map_err(|error| PathError::new("write", path, error))
}

/// A path in the same folder that no one else uses, not even a process that
/// gets this one's number after it.
pub fn temporary_beside(path: &Path) -> PathBuf {
    path.with_file_name(temporary_name())
}

/// A name that no one else uses.
pub fn temporary_name() -> String {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static BEGUN: LazyLock<u128> = LazyLock::new(|| clock::now().as_nanos());
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(".tmp-{}-{:x}-{number}", std::process::id(), *BEGUN)
}

/// Makes a folder and what is missing above it.
pub fn create_dir_all(path: &Path) -> Result<(), PathError> {
    attempt("create", path, || fs::create_dir_all(path))
}

/// Makes one folder; it is an error if the path exists.
pub fn create_dir(path: &Path) -> Result<(), PathError> {
    attempt("create", path, || fs::create_dir(path))
}

/// Renames, replacing what is there.
pub fn rename(from: &Path, to: &Path) -> Result<(), PathError> {
    attempt("rename", to, || fs::rename(from, to))
}

/// Gives a file a second name.
pub fn hard_link(from: &Path, to: &Path) -> Result<(), PathError> {
    attempt("link", to, || fs::hard_link(from, to))
}

/// Makes a symlink at `link` that holds `target`.
pub fn symlink(target: &Path, link: &Path) -> Result<(), PathError> {
    attempt("link", link, || std::os::unix::fs::symlink(target, link))
}

/// What a symlink holds.
pub fn read_link(path: &Path) -> Result<PathBuf, PathError> {
    attempt("read", path, || fs::read_link(path))
}

/// Copies a file's bytes into a new file, as a reflink where the file system
/// can, and gives their number.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Result<u64, PathError> {
    let reader = open(from)?;
    let mut writer = create_new(to, mode)?;
    let size = metadata_of(&reader, from)?.len();
    let (whole, end) = length(to, size);
    // What grows meanwhile is copied as far as it has come.
    let limit = if end.is_ok() { u64::MAX } else { whole };
    let copied = io::copy(&mut reader.take(limit), &mut writer);
    copied.and_then(|size| end.map(|()| size)).map_err(|error| PathError::new("copy", to, error))
}

fn metadata_of(file: &File, path: &Path) -> Result<Metadata, PathError> {
    attempt("stat", path, || file.metadata())
}

/// Sets the time of the last write to a moment since 1970, symlinks not followed.
pub fn set_modified(path: &Path, moment: Duration) -> Result<(), PathError> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    let time = Timespec {
        tv_sec: moment.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: moment.subsec_nanos().into(),
    };
    let times = Timestamps { last_access: time, last_modification: time };
    attempt("stamp", path, || Ok(utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// Sets the permission bits.
pub fn set_mode(path: &Path, mode: u32) -> Result<(), PathError> {
    attempt("chmod", path, || fs::set_permissions(path, Permissions::from_mode(mode)))
}

/// What the file system says of a path, symlinks not followed.
pub fn metadata(path: &Path) -> Result<Metadata, PathError> {
    attempt("stat", path, || fs::symlink_metadata(path))
}

/// The same, or nothing where there is no such path.
pub fn metadata_optional(path: &Path) -> Result<Option<Metadata>, PathError> {
    match metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether anything stands at a path.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The names in a folder, sorted by their bytes.
pub fn names(path: &Path) -> Result<Vec<OsString>, PathError> {
    let mut names = attempt("list", path, || {
        fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()
    })?;
    names.sort();
    Ok(names)
}

/// The names in a folder with what the file system says of each, sorted by their bytes,
/// symlinks not followed. Cheaper than asking for each by its path.
pub fn entries(path: &Path) -> Result<Vec<(OsString, Metadata)>, PathError> {
    let found = attempt("list", path, || fs::read_dir(path)?.collect::<io::Result<Vec<_>>>())?;
    let look = |entry: fs::DirEntry| {
        let metadata = attempt("stat", &entry.path(), || entry.metadata())?;
        Ok((entry.file_name(), metadata))
    };
    // A folder of few names is not worth a second thread.
    let mut entries =
        found.into_par_iter().with_min_len(256).map(look).collect::<Result<Vec<_>, PathError>>()?;
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

/// Removes one file or symlink; one that is not there is fine.
pub fn remove_file(path: &Path) -> Result<(), PathError> {
    attempt("remove", path, || match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    })
}

/// Removes whatever stands at a path, read-only folders included.
pub fn remove_all(path: &Path) -> Result<(), PathError> {
    let Some(metadata) = metadata_optional(path)? else { return Ok(()) };
    if !metadata.is_dir() {
        return remove_file(path);
    }
    // Only its owner may change the mode; in a group's store it need not be.
    if metadata.permissions().mode() & 0o700 != 0o700 {
        set_mode(path, 0o755)?;
    }
    for name in names(path)? {
        remove_all(&path.join(name))?;
    }
    attempt("remove", path, || fs::remove_dir(path))
}

/// Makes everything written to the file system of `path` durable.
pub fn sync_file_system(path: &Path) -> Result<(), PathError> {
    attempt("sync", path, || sync(&File::open(path)?))
}

/// The path without symlinks and dots; it must exist.
pub fn canonical(path: &Path) -> Result<PathBuf, PathError> {
    attempt("resolve", path, || fs::canonicalize(path))
}

/// Whether a folder, symlinks followed, belongs to a group: its members may write to it,
/// and what is made in it is the group's (the set-group-ID bit).
pub fn is_of_a_group(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_dir() && found.mode() & 0o2070 == 0o2070)
}

/// Whether a path, symlinks followed, is a file that may be executed.
pub fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
