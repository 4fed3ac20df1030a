//! [`read`]: the bytes of a file that somebody else may have put there.
//!
//! A step, a remote, a neighbour or a cloned repository may leave anything where a file
//! is looked for: a link to what it could not read itself, a named pipe, a device without
//! an end, a file of terabytes. Invariant: what is opened here is a regular file; no link
//! was followed that [`Links`] does not allow, whatever is renamed meanwhile; no more than
//! [`Bound::most`] bytes are taken, whatever the file says of its size; nothing waits.
//! What it does not do: it parses nothing; how deep a text may nest is its parser's bound.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use super::PathError;
use super::fault::point;

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound<'a> {
    /// Which links on its path are followed.
    pub links: Links<'a>,
    /// Most bytes of it.
    pub most: u64,
}

impl<'a> Bound<'a> {
    /// A file that a program wrote below this folder.
    pub const fn below(root: &'a Path, most: u64) -> Self {
        Self { links: Links::NoneBelow(root), most }
    }

    /// A file that a person wrote in this folder.
    pub const fn within(root: &'a Path, most: u64) -> Self {
        Self { links: Links::Within(root), most }
    }

    /// A file that the user of this program names or owns.
    pub const fn own(most: u64) -> Self {
        Self { links: Links::Followed, most }
    }
}

/// Who may have put a file where it is looked for, and so which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links<'a> {
    /// A program wrote below this folder: no part of the path below it may be a link.
    NoneBelow(&'a Path),
    /// A person wrote in this folder: a link may lead to another place in it.
    Within(&'a Path),
    /// The user's own file: a link may lead anywhere.
    Followed,
}

/// Why a file that is there is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A link where none may be.
    #[error("a symlink stands there or on the way")]
    Link,
    /// A link that leads out.
    #[error("a symlink leads out of {}", folder.display())]
    Outside {
        /// Where it should stay.
        folder: PathBuf,
    },
    /// Something else than a file.
    #[error("it is {what}, not a regular file")]
    NotRegular {
        /// What it is.
        what: &'static str,
    },
    /// More than is read of such a file.
    #[error("it has more than {most} bytes")]
    TooLarge {
        /// The most.
        most: u64,
    },
}

/// The bytes of a file; an error where there is none.
pub fn read(path: &Path, bound: Bound<'_>) -> Result<Vec<u8>, PathError> {
    point("read", path)
        .and_then(|()| {
            let file = regular(path, bound.links)?;
            // What the file says spares growing; it is not believed.
            let size = file.metadata()?.len();
            if size > bound.most {
                return Err(refuse(Refusal::TooLarge { most: bound.most }));
            }
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
            file.take(bound.most.saturating_add(1)).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > bound.most {
                true => Err(refuse(Refusal::TooLarge { most: bound.most })),
                false => Ok(bytes),
            }
        })
        .map_err(|error| PathError::new("read", path, error))
}

/// The bytes of a file, or nothing where there is none.
pub fn read_optional(path: &Path, bound: Bound<'_>) -> Result<Option<Vec<u8>>, PathError> {
    optional(read(path, bound))
}

/// A file opened to be read piece by piece, or nothing where there is none; whoever reads
/// it bounds what is kept.
pub fn open_optional(path: &Path, links: Links<'_>) -> Result<Option<File>, PathError> {
    let opened = point("open", path).and_then(|()| regular(path, links));
    optional(opened.map_err(|error| PathError::new("open", path, error)))
}

fn optional<T>(found: Result<T, PathError>) -> Result<Option<T>, PathError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn refuse(refusal: Refusal) -> io::Error {
    io::Error::other(refusal)
}

/// A pipe that nobody writes to and a line without a carrier are opened without waiting.
const READ: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// A folder on the way, which need not be listed.
#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// The open file, if it is one.
fn regular(path: &Path, links: Links<'_>) -> io::Result<File> {
    let opened = match links {
        Links::NoneBelow(root) => below(root, path),
        Links::Within(root) => within(root, path),
        Links::Followed => openat(CWD, path, READ, Mode::empty()).map_err(io::Error::from),
    };
    let file: File = match opened {
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            return Err(refuse(Refusal::NotRegular { what: "a socket" }));
        }
        opened => opened?.into(),
    };
    let found = file.metadata()?.file_type();
    match found.is_file() {
        true => Ok(file),
        false => Err(refuse(Refusal::NotRegular { what: named(found) })),
    }
}

fn named(found: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match found {
        found if found.is_dir() => "a folder",
        found if found.is_fifo() => "a named pipe",
        _ => "a device",
    }
}

/// Resolves the path, and opens what it leads to without following a link any more: one
/// that is put there in between shows.
fn within(root: &Path, path: &Path) -> io::Result<OwnedFd> {
    let folder = std::fs::canonicalize(root)?;
    let found = match std::fs::canonicalize(path) {
        Err(error) if is_round(&error) => return Err(refuse(Refusal::Link)),
        found => found?,
    };
    match found.starts_with(&folder) {
        true => below(&folder, &found),
        false => Err(refuse(Refusal::Outside { folder: root.to_owned() })),
    }
}

fn is_round(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

/// Opens a path below a folder without following a link.
fn below(root: &Path, path: &Path) -> io::Result<OwnedFd> {
    let outside = || refuse(Refusal::Outside { folder: root.to_owned() });
    let relative = path.strip_prefix(root).map_err(|_| outside())?;
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let folder = openat(CWD, root, FOLDER, Mode::empty())?;
    match in_one_go(&folder, relative) {
        Err(Errno::LOOP) => Err(refuse(Refusal::Link)),
        // An old kernel, or a filter that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => part_by_part(folder, relative),
        opened => Ok(opened?),
    }
}

#[cfg(target_os = "linux")]
fn in_one_go(folder: &OwnedFd, relative: &Path) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let mut tries = 0;
    loop {
        // A rename anywhere on the way may ask for another try.
        match openat2(folder, relative, READ, Mode::empty(), resolve) {
            Err(Errno::AGAIN) if tries < 100 => tries += 1,
            opened => return opened,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn in_one_go(_: &OwnedFd, _: &Path) -> rustix::io::Result<OwnedFd> {
    Err(Errno::NOSYS)
}

/// The same a folder at a time.
fn part_by_part(folder: OwnedFd, relative: &Path) -> io::Result<OwnedFd> {
    let mut at = folder;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let flags = match parts.peek() {
            Some(_) => FOLDER,
            None => READ,
        };
        let opened = openat(&at, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty());
        at = match opened {
            Err(Errno::LOOP | Errno::NOTDIR) if is_link(&at, part) => {
                return Err(refuse(Refusal::Link));
            }
            opened => opened?,
        };
    }
    Ok(at)
}

fn is_link(folder: &OwnedFd, part: Component<'_>) -> bool {
    use rustix::fs::{AtFlags, FileType, statat};
    let found = statat(folder, part.as_os_str(), AtFlags::SYMLINK_NOFOLLOW);
    found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Symlink)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    const MOST: u64 = 16;

    fn refusal(path: &Path, links: Links<'_>) -> Option<Refusal> {
        match read_optional(path, Bound { links, most: MOST }) {
            Ok(found) => found.map(|bytes| Refusal::TooLarge { most: bytes.len() as u64 }),
            Err(error) => Some(error.refusal().unwrap().clone()),
        }
    }

    /// `in/` is the folder, `out/` what it must not lead to.
    fn folders() -> (tempfile::TempDir, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().canonicalize().unwrap().join("in");
        for folder in ["in/deep", "out"] {
            std::fs::create_dir_all(top.path().join(folder)).unwrap();
        }
        std::fs::write(top.path().join("out/secret"), "secret").unwrap();
        std::fs::write(root.join("plain"), "0123456789abcdef").unwrap();
        std::fs::write(root.join("big"), "0123456789abcdef!").unwrap();
        std::fs::File::create(root.join("sparse")).unwrap().set_len(1 << 40).unwrap();
        symlink("plain", root.join("link")).unwrap();
        symlink(root.join("plain"), root.join("absolute")).unwrap();
        symlink("../out/secret", root.join("leaves")).unwrap();
        symlink("../out", root.join("folder")).unwrap();
        symlink("/dev/zero", root.join("zero")).unwrap();
        symlink("round", root.join("round")).unwrap();
        symlink("nothing", root.join("dangling")).unwrap();
        let (name, mode) = (root.join("pipe"), Mode::RUSR | Mode::WUSR);
        rustix::fs::mknodat(CWD, &name, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        std::mem::forget(std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap());
        (top, root)
    }

    #[test]
    fn what_a_program_left_is_read_only_where_it_is_a_file_of_its_folder() {
        let (_top, root) = folders();
        let of = |name: &str| refusal(&root.join(name), Links::NoneBelow(&root));
        assert_eq!(of("plain"), Some(Refusal::TooLarge { most: MOST }), "16 bytes were read");
        assert_eq!(of("nothing"), None);
        for name in ["link", "absolute", "leaves", "folder/secret", "zero", "round", "dangling"] {
            assert_eq!(of(name), Some(Refusal::Link), "{name}");
        }
        for (name, what) in [("pipe", "a named pipe"), ("deep", "a folder"), ("socket", "a socket")]
        {
            assert_eq!(of(name), Some(Refusal::NotRegular { what }), "{name}");
        }
        for name in ["big", "sparse"] {
            assert_eq!(of(name), Some(Refusal::TooLarge { most: MOST }), "{name}");
        }
        let outside = Some(Refusal::Outside { folder: root.clone() });
        for name in ["../out/secret", "deep/../plain", "/etc/passwd"] {
            assert_eq!(of(name), outside, "{name}");
        }
    }

    #[test]
    fn a_persons_links_are_followed_as_far_as_the_workspace_goes() {
        let (_top, root) = folders();
        let of = |name: &str| refusal(&root.join(name), Links::Within(&root));
        for name in ["plain", "link", "absolute"] {
            assert_eq!(of(name), Some(Refusal::TooLarge { most: MOST }), "{name}");
        }
        let outside = Some(Refusal::Outside { folder: root.clone() });
        for name in ["leaves", "folder/secret", "zero"] {
            assert_eq!(of(name), outside, "{name}");
        }
        assert_eq!(of("round"), Some(Refusal::Link));
        assert_eq!(of("dangling"), None);
        assert_eq!(of("pipe"), Some(Refusal::NotRegular { what: "a named pipe" }));
    }

    #[test]
    fn the_users_own_file_may_be_a_link_and_is_bounded_all_the_same() {
        let (_top, root) = folders();
        let of = |name: &str| refusal(&root.join(name), Links::Followed);
        assert_eq!(of("leaves"), Some(Refusal::TooLarge { most: 6 }), "6 bytes were read");
        assert_eq!(of("zero"), Some(Refusal::NotRegular { what: "a device" }));
        assert_eq!(of("sparse"), Some(Refusal::TooLarge { most: MOST }));
        // A file without a size has an end all the same.
        let bound = Bound::own(1 << 20);
        assert!(!read(Path::new("/proc/self/status"), bound).unwrap().is_empty());
    }

    #[test]
    fn a_path_is_the_same_part_by_part() {
        let (_top, root) = folders();
        let open = |name: &str| {
            part_by_part(openat(CWD, &root, FOLDER, Mode::empty()).unwrap(), Path::new(name))
        };
        assert!(open("plain").is_ok());
        assert_eq!(open("plain/x").unwrap_err().kind(), io::ErrorKind::NotADirectory);
        assert_eq!(open("deep/nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
        for name in ["link", "folder/secret", "zero"] {
            let error = PathError::new("open", Path::new(name), open(name).unwrap_err());
            assert_eq!(error.refusal(), Some(&Refusal::Link), "{name}");
        }
    }
}
