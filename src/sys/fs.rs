//! File operations with paths in their errors, each one a fault point.
//!
//! Names of a folder are always sorted. Nothing here follows a symlink unless
//! it says so.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use rustix::fs::{OFlags, Stat};

use super::PathError;
use super::clock;
use super::fault::{length, point, sync};
pub use super::remove::remove_all;

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
    // A pipe that nobody writes to is opened without waiting.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    attempt("open", path, || OpenOptions::new().read(true).custom_flags(flags).open(path))
}

/// The same of a regular file alone: a device in its place may have no end.
fn open_regular(path: &Path) -> Result<File, PathError> {
    let file = open(path)?;
    match metadata_of(&file, path)?.is_file() {
        true => Ok(file),
        false => {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
            Err(PathError::new("open", path, error))
        }
    }
}

/// A file that is open for reading; each read is a fault point.
#[derive(Debug)]
pub struct Reader {
    file: File,
    path: PathBuf,
}

/// The same, to be read piece by piece.
pub fn reader(path: &Path) -> Result<Reader, PathError> {
    Ok(Reader { file: open_regular(path)?, path: path.to_owned() })
}

impl Reader {
    /// Fills the buffer from this place on; by any number of threads at once.
    pub fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        point("read", &self.path)?;
        self.file.read_exact_at(buffer, offset)
    }

    /// Whether there is a byte at this place.
    pub fn reaches(&self, offset: u64) -> io::Result<bool> {
        Ok(self.file.read_at(&mut [0], offset)? > 0)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        point("read", &self.path)?;
        self.file.read(buffer)
    }
}

/// Whether two files, symlinks followed, hold the same bytes.
pub fn same_bytes(one: &Path, other: &Path) -> Result<bool, PathError> {
    let mut readers = [reader(one)?, reader(other)?];
    let mut blocks = [Vec::new(), Vec::new()];
    loop {
        for (reader, block) in readers.iter_mut().zip(&mut blocks) {
            block.clear();
            let read = reader.by_ref().take(SMALL).read_to_end(block);
            read.map_err(|error| PathError::new("read", &reader.path, error))?;
        }
        if blocks[0] != blocks[1] || blocks[0].is_empty() {
            return Ok(blocks[0] == blocks[1]);
        }
    }
}

/// A new file; it is an error if the path exists.
pub fn create_new(path: &Path, mode: u32) -> Result<File, PathError> {
    attempt("create", path, || {
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
    })
}

/// A new file in the place of whatever file, link or pipe stood there, none of which is
/// opened: what a link leads to is not the caller's.
pub fn create(path: &Path) -> Result<File, PathError> {
    remove_file(path)?;
    create_new(path, 0o666)
}

/// Writes into a file that is there, such as one of `/proc`.
pub fn overwrite(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    attempt("write", path, || OpenOptions::new().write(true).open(path)?.write_all(bytes))
}

/// A file opened for reading and writing, created where there is none. A link, a pipe or
/// a device is an error: what it leads to is not the caller's.
pub fn open_or_create(path: &Path) -> Result<File, PathError> {
    attempt("open", path, || {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(flags.bits() as i32)
            .open(path)?;
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::other("it is no file")),
        }
    })
}

/// Adds lines at the end of a file, created where there is none. What a torn
/// write left there stays a line of its own: it takes no later one with it.
/// Neither is added to a link, a pipe, or a file that has a second name: a new one takes
/// its place.
pub fn append(path: &Path, lines: &[u8]) -> Result<(), PathError> {
    let open = || {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).custom_flags(flags.bits() as i32);
        let file = options.open(path)?;
        let found = file.metadata()?;
        Ok((found.is_file() && found.nlink() == 1).then_some(file))
    };
    let is_link =
        |error: &io::Error| error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    let opened = attempt("open", path, || match open() {
        Err(error) if is_link(&error) => Ok(None),
        opened => opened,
    });
    let mut file = match opened? {
        Some(file) => file,
        None => create(path)?,
    };
    let mut bytes = Vec::with_capacity(lines.len() + 1);
    if attempt("read", path, || is_torn(&file))? {
        bytes.push(b'\n');
    }
    bytes.extend(lines);
    write(&mut file, path, &bytes)
}

/// Whether a file of lines ends in the middle of one.
fn is_torn(file: &File) -> io::Result<bool> {
    let Some(last) = file.metadata()?.len().checked_sub(1) else { return Ok(false) };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    Ok(byte != *b"\n")
}

/// Writes to an open file that stands at `path`; what a failed write left of it stays.
pub fn write(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    let (whole, end) = length(path, bytes.len() as u64);
    let part = bytes.get(..whole as usize).unwrap_or(bytes);
    file.write_all(part).and(end).map_err(|error| PathError::new("write", path, error))
}

/// Gives an open file another content, in place.
pub fn replace_content(file: &File, bytes: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all_at(bytes, 0)
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

/// The same, and on the disk before its name is: also after a crash of the machine the
/// file is whole or not there.
pub fn write_durably(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PathError> {
    let temporary = temporary_beside(path);
    let synced =
        |file: File| file.sync_all().map_err(|error| PathError::new("sync", &temporary, error));
    let result = create_new(&temporary, mode)
        .and_then(|mut file| write(&mut file, &temporary, bytes).and_then(|()| synced(file)))
        .and_then(|()| rename(&temporary, path));
    if result.is_err() {
        let _ = remove_file(&temporary);
    }
    result
}

/// Writes a new file; what a failed write left of it stays.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PathError> {
    write(&mut create_new(path, mode)?, path, bytes)
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

/// Whether a name is one that [`temporary_name`] gives.
pub fn is_temporary_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(".tmp-") else { return false };
    let parts: Vec<&str> = rest.split('-').collect();
    let [process, begun, number] = parts.as_slice() else { return false };
    let is = |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    is(process, 10) && is(begun, 16) && is(number, 10)
}

/// How many more bytes this user can write to the file system on which `path`, which need
/// not be there, is to stand.
pub fn room(path: &Path) -> Result<u64, PathError> {
    let folder = path.parent().unwrap_or(path);
    attempt("stat", folder, || {
        let found = rustix::fs::statvfs(folder)?;
        // A file system that has no blocks counts none.
        let counts = found.f_blocks > 0;
        Ok(if counts { found.f_bavail.saturating_mul(found.f_frsize) } else { u64::MAX })
    })
}

/// Makes a folder and what is missing above it.
pub fn create_dir_all(path: &Path) -> Result<(), PathError> {
    attempt("create", path, || fs::create_dir_all(path))
}

/// Makes a folder and those above it, for this user alone where they are new.
pub fn create_private_dir_all(path: &Path) -> Result<(), PathError> {
    use std::os::unix::fs::DirBuilderExt;
    let result = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    result.map_err(|error| PathError::new("create", path, error))
}

/// A folder for this process alone, removed when it is dropped.
pub fn temporary_folder(name: &str) -> Result<tempfile::TempDir, PathError> {
    let made = tempfile::Builder::new().prefix(name).tempdir();
    made.map_err(|error| PathError::new("create", &std::env::temp_dir(), error))
}

/// Makes one folder; it is an error if the path exists.
pub fn create_dir(path: &Path) -> Result<(), PathError> {
    attempt("create", path, || fs::create_dir(path))
}

/// Renames, replacing what is there.
pub fn rename(from: &Path, to: &Path) -> Result<(), PathError> {
    attempt("rename", to, || fs::rename(from, to))
}

/// Renames to where nothing stands; gives whether nothing did.
pub fn rename_new(from: &Path, to: &Path) -> Result<bool, PathError> {
    let renamed = attempt("rename", to, || {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                renamed => return Ok(renamed?),
            }
        }
        match fs::symlink_metadata(to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(from, to),
        }
    });
    match renamed {
        Ok(()) => Ok(true),
        Err(error) if error.source.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Lets two paths change places: in one go where the file system can.
pub fn exchange(one: &Path, other: &Path) -> Result<(), PathError> {
    attempt("rename", other, || {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                exchanged => return Ok(exchanged?),
            }
        }
        let aside = temporary_beside(other);
        fs::rename(other, &aside)?;
        if let Err(error) = fs::rename(one, other) {
            let _ = fs::rename(&aside, other);
            return Err(error);
        }
        fs::rename(&aside, one)
    })
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

/// Files below this size are copied through memory.
const SMALL: u64 = 64 << 10;

/// Copies a file's bytes into a new file, as a reflink where the file system
/// can, and gives their number.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Result<u64, PathError> {
    let reader = open_regular(from)?;
    let mut writer = create_new(to, mode)?;
    let size = metadata_of(&reader, from)?.len();
    let (whole, end) = length(to, size);
    // What grows meanwhile is copied as far as it has come.
    let limit = if end.is_ok() { u64::MAX } else { whole };
    let mut reader = reader.take(limit);
    let copied = match size {
        // One read and one write, where asking for a reflink costs as much as either.
        ..SMALL => {
            let mut bytes = Vec::with_capacity(size as usize + 1);
            let read = reader.read_to_end(&mut bytes);
            read.and_then(|read| writer.write_all(&bytes).map(|()| read as u64))
        }
        _ => io::copy(&mut reader, &mut writer),
    };
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

/// What the file system says of what a path leads to, symlinks followed.
pub fn facts_behind(path: &Path) -> Result<Metadata, PathError> {
    attempt("stat", path, || fs::metadata(path))
}

/// What the file system says of a path, or nothing where there is no such path.
pub fn metadata_optional(path: &Path) -> Result<Option<Metadata>, PathError> {
    match metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether anything is seen at a path. For what only spares work or names a
/// thing: where it matters that the path could not be looked at, see [`is_there`].
pub fn exists(path: &Path) -> bool {
    is_there(path).unwrap_or(false)
}

/// Whether anything stands at a path; an error where that cannot be seen.
pub fn is_there(path: &Path) -> Result<bool, PathError> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.source.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the file system says of each part of an absolute path, from the root of all, each
/// looked up from the one before; a symlink on the way is an error.
pub fn way(path: &Path) -> Result<Vec<Metadata>, PathError> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    #[cfg(target_os = "linux")]
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    attempt("stat", path, || {
        let mut found = Vec::new();
        let mut at: Option<File> = None;
        for part in path.components() {
            let part = part.as_os_str();
            let next = match &at {
                Some(folder) => openat(folder, part, flags, Mode::empty())?,
                None => openat(CWD, part, flags, Mode::empty())?,
            };
            let next = File::from(next);
            found.push(next.metadata()?);
            at = Some(next);
        }
        Ok(found)
    })
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

/// Removes a folder where nothing is left in it.
pub fn remove_empty(path: &Path) -> Result<(), PathError> {
    use io::ErrorKind::{DirectoryNotEmpty, NotFound};
    attempt("remove", path, || match fs::remove_dir(path) {
        Err(error) if matches!(error.kind(), DirectoryNotEmpty | NotFound) => Ok(()),
        removed => removed,
    })
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

/// An open folder: what is below it is looked up from here, and not from the root of all.
#[derive(Debug)]
pub struct Folder {
    file: File,
    path: PathBuf,
}

/// What tells a file from another that takes its place: its inode, and the time at which
/// anything of it changed last, in seconds and nanoseconds since 1970.
pub type Identity = (u64, i64, i64);

impl Folder {
    /// Opens a folder.
    pub fn open(path: &Path) -> Result<Self, PathError> {
        Ok(Self { file: open(path)?, path: path.to_owned() })
    }

    /// What stands at a path below, symlinks not followed; nothing where nothing does.
    pub fn identity(&self, below: &str) -> Result<Option<Identity>, PathError> {
        let nanoseconds = |found: &Stat| i64::try_from(found.st_ctime_nsec).unwrap_or_default();
        self.look(below, |found| (found.st_ino, found.st_ctime, nanoseconds(found)))
    }

    /// When it was written to last, in seconds and nanoseconds since 1970.
    pub fn modified(&self, below: &str) -> Result<Option<(i64, i64)>, PathError> {
        let nanoseconds = |found: &Stat| i64::try_from(found.st_mtime_nsec).unwrap_or_default();
        self.look(below, |found| (found.st_mtime, nanoseconds(found)))
    }

    fn look<T>(&self, below: &str, read: impl Fn(&Stat) -> T) -> Result<Option<T>, PathError> {
        use rustix::fs::{AtFlags, statat};
        let found = point("stat", &self.path)
            .and_then(|()| Ok(statat(&self.file, below, AtFlags::SYMLINK_NOFOLLOW)?));
        match found {
            Ok(found) => Ok(Some(read(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PathError::new("stat", &self.path.join(below), error)),
        }
    }
}

/// Whether a path, symlinks followed, is a folder.
pub fn is_folder(path: &Path) -> bool {
    attempt("stat", path, || fs::metadata(path)).is_ok_and(|found| found.is_dir())
}

/// Whether a path, symlinks followed, is a file that may be executed.
pub fn is_program(path: &Path) -> bool {
    attempt("stat", path, || fs::metadata(path))
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
