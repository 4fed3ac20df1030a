//! [`remove_all`]: whatever stands at a path goes, however deep, long or closed it is.
//!
//! Works by descriptors, from folder to folder, so that no path is too long; few are open
//! at a time, and few names are in memory. Invariant: nothing outside goes. A symlink is
//! removed and never followed, a folder that was moved meanwhile is not gone back into,
//! and what is mounted below is an error and left as it is.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fchmod, fstat, openat, unlinkat};
use rustix::io::Errno;

use super::PathError;
use super::fault::point;

/// Folders that are open at a time; those above are opened again from below.
const OPEN: usize = 32;

/// Names that are read at a time.
const NAMES: usize = 1024;

/// Removes whatever stands at a path, closed folders included; nothing there is fine.
pub fn remove_all(path: &Path) -> Result<(), PathError> {
    let failed = |path: &Path, error: io::Error| PathError::new("remove", path, error);
    let Some(metadata) = super::fs::metadata_optional(path)? else { return Ok(()) };
    if !metadata.is_dir() {
        return super::fs::remove_file(path);
    }
    let mut at = path.to_owned();
    empty(&mut at).map_err(|error| failed(&at, error))?;
    point("remove", path)
        .and_then(|()| match std::fs::remove_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        })
        .map_err(|error| failed(path, error))
}

/// A folder that is being emptied.
struct Level {
    /// Nothing while too many others are open.
    folder: Option<File>,
    /// Device and inode.
    identity: (u64, u64),
    /// Names that were read of it and still stand there, and whether each is a folder.
    pending: Vec<(CString, bool)>,
}

/// Removes all that is below a folder. `at` is where it works, for the error.
fn empty(at: &mut PathBuf) -> io::Result<()> {
    let mut levels = vec![Level::open(CWD, OsStr::as_bytes(at.as_os_str()), false, at)?];
    while let Some(level) = levels.last_mut() {
        let Some((name, is_folder)) = level.next()? else {
            leave(&mut levels, at)?;
            continue;
        };
        at.push(OsStr::from_bytes(name.as_bytes()));
        let folder = level.folder()?;
        if is_folder {
            let below = Level::open(folder, name.as_bytes(), true, at);
            match below {
                Ok(below) => {
                    levels.push(below);
                    if let Some(far) = levels.len().checked_sub(OPEN + 1) {
                        levels[far].folder = None;
                    }
                    continue;
                }
                // Another one is emptying it too, or put something else there.
                Err(error) if is_no_folder(&error) => {}
                Err(error) => return Err(error),
            }
        }
        point("remove", at)?;
        match unlinkat(folder, name.as_c_str(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        at.pop();
    }
    Ok(())
}

/// Goes up from a folder that is empty, and removes it; the topmost is the caller's.
fn leave(levels: &mut Vec<Level>, at: &mut PathBuf) -> io::Result<()> {
    let Some(left) = levels.pop() else { return Ok(()) };
    let Some(above) = levels.last_mut() else { return Ok(()) };
    if above.folder.is_none() {
        let folder = File::from(openat(left.folder()?, "..", folder_flags(), Mode::empty())?);
        if identity(&folder)? != above.identity {
            let moved = "the folder was moved while it was removed";
            return Err(io::Error::new(io::ErrorKind::NotFound, moved));
        }
        above.folder = Some(folder);
    }
    point("remove", at)?;
    let name = at.file_name().unwrap_or_default().to_owned();
    match unlinkat(above.folder()?, name.as_os_str(), AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    at.pop();
    Ok(())
}

impl Level {
    /// Opens the folder `name`, and lets its owner in.
    fn open(
        parent: impl rustix::fd::AsFd,
        name: &[u8],
        inside: bool,
        at: &Path,
    ) -> io::Result<Self> {
        point("open", at)?;
        let parent = parent.as_fd();
        let opened = match open_folder(parent, name, inside) {
            Err(Errno::ACCESS) => {
                let_owner_in(parent, name)?;
                open_folder(parent, name, inside)
            }
            opened => opened,
        };
        let folder = File::from(opened?);
        let found = fstat(&folder)?;
        // Only its owner may change the mode; in a group's store it need not be.
        if found.st_mode & 0o700 != 0o700 {
            point("chmod", at)?;
            fchmod(&folder, Mode::RWXU)?;
        }
        let identity = identity(&folder)?;
        Ok(Self { folder: Some(folder), identity, pending: Vec::new() })
    }

    fn folder(&self) -> io::Result<&File> {
        self.folder.as_ref().ok_or_else(|| io::Error::other("a folder that is not open"))
    }

    /// A name that stands in it; nothing where it is empty.
    fn next(&mut self) -> io::Result<Option<(CString, bool)>> {
        if self.pending.is_empty() {
            let folder = self.folder()?;
            let mut pending = Vec::new();
            for entry in Dir::read_from(folder)?.filter(|entry| {
                !entry
                    .as_ref()
                    .is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
            }) {
                let entry = entry?;
                let is_folder =
                    matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
                pending.push((entry.file_name().to_owned(), is_folder));
                if pending.len() == NAMES {
                    break;
                }
            }
            self.pending = pending;
        }
        Ok(self.pending.pop())
    }
}

fn identity(folder: &File) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = folder.metadata()?;
    Ok((found.dev(), found.ino()))
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// A folder by its name in another one; `inside`, only where it is of the same mount.
fn open_folder(
    parent: rustix::fd::BorrowedFd<'_>,
    name: &[u8],
    inside: bool,
) -> rustix::io::Result<rustix::fd::OwnedFd> {
    #[cfg(target_os = "linux")]
    if inside {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
        match openat2(parent, name, folder_flags(), Mode::empty(), resolve) {
            // A kernel before 5.6, or a filter that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return opened,
        }
    }
    let opened = openat(parent, name, folder_flags(), Mode::empty())?;
    if inside && fstat(&opened)?.st_dev != fstat(parent)?.st_dev {
        return Err(Errno::XDEV);
    }
    Ok(opened)
}

/// Makes a closed folder its owner's to read, by a descriptor that needs no right to it.
fn let_owner_in(parent: rustix::fd::BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = openat(parent, name, flags, Mode::empty())?;
        let path = format!("/proc/self/fd/{}", folder.as_raw_fd());
        Ok(rustix::fs::chmod(path, Mode::RWXU)?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        use rustix::fs::chmodat;
        Ok(chmodat(parent, name, Mode::RWXU, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// Whether what was to be opened as a folder is none, or gone.
fn is_no_folder(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOTDIR | Errno::LOOP | Errno::NOENT))
}
