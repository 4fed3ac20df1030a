//! [`Anchor`]: an open folder in which names are looked up, and no link is followed.
//!
//! Where others may write, a path can lead elsewhere from one call to the next. Invariant:
//! every operation here names one component of a folder that is open already; only the
//! first folder, which the user named, may be reached through a link. Nothing but a
//! regular file is opened to be read, so that no pipe is waited for and no device touched.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, mkdirat, open, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use super::PathError;
use super::fault::{length, point};

/// An open folder.
#[derive(Debug)]
pub struct Anchor {
    folder: OwnedFd,
    path: PathBuf,
}

/// What stands under a name.
#[derive(Debug)]
pub enum Occupant {
    /// Nothing.
    Nothing,
    /// A regular file, opened to be read.
    File(File, Facts),
    /// A link, a folder, a pipe or a device; it was not opened.
    Other,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Its bytes.
    pub size: u64,
    /// When it was written last, in seconds since 1970.
    pub modified: i64,
}

impl Anchor {
    /// Opens the folder at `path`, links followed.
    pub fn open(path: &Path) -> Result<Self, PathError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = attempt("open", path, || Ok(open(path, flags, Mode::empty())?))?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Its path, for people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder `name`; nothing where nothing stands there, an error where anything else
    /// does.
    pub fn folder(&self, name: &str) -> Result<Option<Self>, PathError> {
        let path = self.path.join(name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder =
            attempt("open", &path, || match openat(&self.folder, name, flags, Mode::empty()) {
                Err(Errno::NOENT) => Ok(None),
                Err(Errno::LOOP | Errno::NOTDIR) => {
                    Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"))
                }
                folder => Ok(Some(folder?)),
            })?;
        Ok(folder.map(|folder| Self { folder, path }))
    }

    /// The folder `name`, made where there is none.
    pub fn folder_or_made(&self, name: &str) -> Result<Self, PathError> {
        if let Some(folder) = self.folder(name)? {
            return Ok(folder);
        }
        let path = self.path.join(name);
        attempt("create", &path, || match mkdirat(&self.folder, name, Mode::from(0o777)) {
            Err(Errno::EXIST) => Ok(()),
            made => Ok(made?),
        })?;
        let gone = || PathError::new("open", &path, io::ErrorKind::NotFound.into());
        self.folder(name)?.ok_or_else(gone)
    }

    /// What the file system says of `name`; nothing where nothing stands there.
    pub fn facts(&self, name: &str) -> Result<Option<Facts>, PathError> {
        attempt("stat", &self.path.join(name), || {
            match statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => Ok(None),
                found => Ok(Some(facts(&found?))),
            }
        })
    }

    /// Opens the file `name` to be read.
    pub fn file(&self, name: &str) -> Result<Occupant, PathError> {
        match self.facts(name)? {
            None => return Ok(Occupant::Nothing),
            Some(facts) if !facts.is_file => return Ok(Occupant::Other),
            Some(_) => {}
        }
        // What takes its place meanwhile is seen again once it is open, and not waited for.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        attempt("open", &self.path.join(name), || {
            let file = match openat(&self.folder, name, flags, Mode::empty()) {
                Err(Errno::NOENT) => return Ok(Occupant::Nothing),
                Err(Errno::LOOP) => return Ok(Occupant::Other),
                file => file?,
            };
            let facts = facts(&rustix::fs::fstat(&file)?);
            Ok(if facts.is_file {
                Occupant::File(File::from(file), facts)
            } else {
                Occupant::Other
            })
        })
    }

    /// A new file; it is an error if the name exists.
    pub fn create_new(&self, name: &str, mode: u32) -> Result<File, PathError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        attempt("create", &self.path.join(name), || {
            Ok(File::from(openat(&self.folder, name, flags, Mode::from(mode))?))
        })
    }

    /// Moves a file into another folder, in place of what stands there.
    pub fn rename(&self, name: &str, folder: &Self, to: &str) -> Result<(), PathError> {
        attempt("rename", &folder.path.join(to), || {
            Ok(renameat(&self.folder, name, &folder.folder, to)?)
        })
    }

    /// Removes a file or a link; one that is not there is fine.
    pub fn remove(&self, name: &str) -> Result<(), PathError> {
        attempt("remove", &self.path.join(name), || {
            match unlinkat(&self.folder, name, AtFlags::empty()) {
                Err(Errno::NOENT) => Ok(()),
                removed => Ok(removed?),
            }
        })
    }

    /// The names in it, sorted by their bytes.
    pub fn names(&self) -> Result<Vec<OsString>, PathError> {
        use std::os::unix::ffi::OsStringExt;
        attempt("list", &self.path, || {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.folder)? {
                let name = entry?.file_name().to_bytes().to_vec();
                if name != b"." && name != b".." {
                    names.push(OsString::from_vec(name));
                }
            }
            names.sort();
            Ok(names)
        })
    }
}

/// Copies at most `limit` bytes of an open file into another that stands at `to`, and
/// gives their number.
pub fn copy(from: File, into: &mut File, to: &Path, limit: u64) -> Result<u64, PathError> {
    let (whole, end) = length(to, limit);
    let copied = io::copy(&mut from.take(whole), into);
    copied.and_then(|size| end.map(|()| size)).map_err(|error| PathError::new("copy", to, error))
}

/// Sets the permission bits of an open file that stands at `path`.
pub fn set_mode(file: &File, path: &Path, mode: u32) -> Result<(), PathError> {
    use std::os::unix::fs::PermissionsExt;
    attempt("chmod", path, || file.set_permissions(Permissions::from_mode(mode)))
}

/// The bytes of an open file, at most `limit` of them.
pub fn read(file: File, path: &Path, limit: u64) -> Result<Vec<u8>, PathError> {
    attempt("read", path, || {
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    })
}

fn facts(found: &Stat) -> Facts {
    Facts {
        is_file: FileType::from_raw_mode(found.st_mode).is_file(),
        size: u64::try_from(found.st_size).unwrap_or_default(),
        modified: found.st_mtime,
    }
}

fn attempt<T>(
    operation: &'static str,
    path: &Path,
    run: impl FnOnce() -> io::Result<T>,
) -> Result<T, PathError> {
    point(operation, path)
        .and_then(|()| run())
        .map_err(|error| PathError::new(operation, path, error))
}
