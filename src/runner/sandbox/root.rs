//! The file tree that a step sees: a small file system in memory, in which only what is
//! declared is mounted.
//!
//! What stands in the exec root stands at [`STEP`]: files and the targets of links
//! read-only, `out`, `tmp` and `checkpoint` writable. Beside it are what every step sees of
//! the machine, `/proc` of the step's own processes, and `/dev/shm`. Folders on the way to
//! something declared can be passed through and not be listed. Invariant: nothing is `suid`
//! or a device but those of [`system`], and nothing outside of the exec root can be
//! written. What it does not do: it changes nothing on disk.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, mkdir};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    unmount,
};
use rustix::process::umask;

use super::super::launch::{Launch, STEP};
use super::raw;
use super::system::{self, PASSED, System};
use crate::sys::fs;

/// The exec root's folders that are written to.
const WRITABLE: [&str; 3] = ["out", "tmp", "checkpoint"];

/// What holds of all that is mounted but what the step writes.
const SEALED: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Where something of the core's files is in the step's tree.
pub(super) fn inside(launch: &Launch, path: &Path) -> PathBuf {
    match path.strip_prefix(&launch.directory) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from(STEP),
        Ok(below) => Path::new(STEP).join(below),
        Err(_) => path.to_owned(),
    }
}

/// Moves this process, which has mounts of its own, into the step's tree.
pub(super) fn enter(launch: &Launch, system: Option<&System>) -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let base = system::room(system.is_some());
    let mask = umask(Mode::empty());
    let entered = Tree::new(base).and_then(|mut tree| {
        tree.build(launch, system)?;
        rustix::process::chdir(base)?;
        rustix::process::pivot_root(".", ".")?;
        unmount(".", UnmountFlags::DETACH)?;
        Ok(rustix::process::chdir("/")?)
    });
    umask(mask);
    if entered.is_err() {
        let _ = unmount(base, UnmountFlags::DETACH);
        system.is_some().then(system::withdraw);
    }
    entered
}

/// Without a tree of its own: makes what is protected read-only.
pub(super) fn protect(launch: &Launch) -> io::Result<()> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    // Mounts of their own first: what is above them is then read-only without them.
    for folder in &launch.writes {
        mount_bind_recursive(folder, folder)?;
    }
    for folder in &launch.protects {
        mount_bind_recursive(folder, folder)?;
        raw::add_attributes(folder, libc::MOUNT_ATTR_RDONLY, false)?;
    }
    Ok(())
}

/// A path that a step declares, and what stands there.
struct Declared<'a> {
    path: &'a Path,
    real: PathBuf,
}

/// What stands at a path of the exec root, which is `directory` without links, or elsewhere.
fn real(path: &Path, launch: &Launch, directory: &Path) -> Option<PathBuf> {
    match path.strip_prefix(&launch.directory) {
        Ok(below) if fs::metadata(path).is_ok_and(|found| found.is_dir()) => {
            Some(directory.join(below))
        }
        _ => fs::canonical(path).ok(),
    }
}

/// The tree while it is made.
pub(super) struct Tree<'a> {
    base: &'a Path,
    /// Its folders so far, by their paths in it.
    folders: BTreeSet<PathBuf>,
    reads: Vec<PathBuf>,
    /// Files on disk that stand in the exec root already.
    placed: BTreeSet<PathBuf>,
    /// Folders on disk that the step writes.
    writes: Vec<PathBuf>,
    /// What is to be mounted when all else is read-only: from, to.
    writable: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Tree<'a> {
    /// An empty one, mounted at `base`.
    pub(super) fn new(base: &'a Path) -> io::Result<Self> {
        let quiet = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", base, "tmpfs", quiet, c"mode=0111,size=16m")?;
        let folders = BTreeSet::new();
        let (reads, placed) = (Vec::new(), BTreeSet::new());
        Ok(Self { base, folders, reads, placed, writes: Vec::new(), writable: Vec::new() })
    }

    fn build(&mut self, launch: &Launch, system: Option<&System>) -> io::Result<()> {
        let paths = launch.reads.iter().chain([&launch.program]);
        let declared: Vec<Declared<'_>> = paths
            .filter_map(|path| Some(Declared { path, real: fs::canonical(path).ok()? }))
            .collect();
        let paths = declared.iter().flat_map(|it| [it.path, it.real.as_path()]);
        match system.filter(|it| !launch.network && !launch.gpu && it.suits(paths)) {
            Some(system) => system.lend(self)?,
            None => system::furnish(self, launch.network, launch.gpu)?,
        }
        self.folder(Path::new(STEP), 0o755)?;
        let directory = fs::canonical(&launch.directory).map_err(|error| error.source)?;
        self.writes =
            launch.writes.iter().filter_map(|path| real(path, launch, &directory)).collect();
        self.exec_root(&directory, Path::new(STEP))?;
        for declared in declared {
            self.declared(&declared, launch)?;
        }
        // A program that insists on it is told at once that nothing can be left there.
        self.folder(Path::new("/tmp"), PASSED)?;
        self.folder(Path::new("/proc"), PASSED)?;
        self.seal()?;
        self.close(launch)
    }

    /// Mounts what only the core or a step writes.
    fn close(&self, launch: &Launch) -> io::Result<()> {
        let quiet = MountFlags::NOSUID | MountFlags::NODEV;
        for (from, to) in &self.writable {
            mount_bind_recursive(from, to)?;
            raw::add_attributes(to, SEALED & !libc::MOUNT_ATTR_RDONLY, true)?;
        }
        let size = launch.memory.map_or("50%".to_owned(), |bytes| bytes.to_string());
        let options = std::ffi::CString::new(format!("mode=1777,size={size}"))?;
        mount("tmpfs", self.at(Path::new("/dev/shm")), "tmpfs", quiet, options.as_c_str())?;
        let sealed = quiet | MountFlags::NOEXEC | MountFlags::RDONLY;
        Ok(mount("proc", self.at(Path::new("/proc")), "proc", sealed, None)?)
    }

    /// What stands in a folder of the exec root stands in the step's.
    fn exec_root(&mut self, folder: &Path, at: &Path) -> io::Result<()> {
        for name in fs::names(folder).map_err(|error| error.source)? {
            let (from, to) = (folder.join(&name), at.join(&name));
            let is_own = at == Path::new(STEP) && WRITABLE.iter().any(|own| name == *own);
            if !is_own && fs::metadata(&from).map_err(|error| error.source)?.is_dir() {
                self.folder(&to, 0o755)?;
                self.exec_root(&from, &to)?;
                continue;
            }
            // The way to it is without links already.
            let real = match fs::metadata(&from).map_err(|error| error.source)?.is_symlink() {
                true => fs::canonical(&from).map_err(|error| error.source)?,
                false => from,
            };
            if is_own && self.writes.contains(&real) {
                self.folder(&to, 0o755)?;
                self.writable.push((real, self.at(&to)));
            } else {
                self.bind(&real, &to)?;
                self.placed.insert(real);
            }
        }
        Ok(())
    }

    /// Something that is declared by its path on this machine, and the links to it.
    fn declared(&mut self, declared: &Declared<'_>, launch: &Launch) -> io::Result<()> {
        let Declared { path, real } = declared;
        if real.parent().is_none() {
            return Err(io::Error::other("all of the machine is declared to be read"));
        }
        let is_there = path.starts_with(&launch.directory)
            || self.placed.contains(real)
            || self.reads.iter().any(|read| real.starts_with(read));
        if !is_there {
            self.above(real, PASSED)?;
            self.bind(real, real)?;
            self.reads.push(real.clone());
        }
        let by_link = path != real && !path.starts_with(&launch.directory);
        if by_link && fs::metadata_optional(&self.at(path)).is_ok_and(|found| found.is_none()) {
            // Where the way leads through a link of the tree, it leads to the same already.
            if self.above(path, PASSED).is_ok() {
                let _ = self.link(path, real);
            }
        }
        Ok(())
    }

    /// Notes that what stands at a path, and below it, is in the tree.
    pub(super) fn read(&mut self, path: &Path) {
        self.reads.push(path.to_owned());
    }

    /// What was noted.
    pub(super) fn into_reads(self) -> Vec<PathBuf> {
        self.reads
    }

    /// Makes the tree read-only, but for what is mounted in it.
    pub(super) fn seal(&self) -> io::Result<()> {
        raw::add_attributes(self.base, SEALED, false)
    }

    /// Mounts a file or folder of this machine.
    pub(super) fn bind(&mut self, real: &Path, at: &Path) -> io::Result<()> {
        let to = self.at(at);
        match fs::metadata(real).map_err(|error| error.source)?.is_dir() {
            true => self.folder(at, 0o755)?,
            false => fs::write_new(&to, b"", 0o444).map_err(|error| error.source)?,
        }
        mount_bind_recursive(real, &to)?;
        // At once, so that nothing that is made later can be made on disk.
        raw::add_attributes(&to, SEALED, true)
    }

    pub(super) fn link(&self, link: &Path, target: &Path) -> io::Result<()> {
        fs::symlink(target, &self.at(link)).map_err(|error| error.source)
    }

    /// The folders above a path.
    pub(super) fn above(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        path.parent().map_or(Ok(()), |folder| self.folder(folder, mode))
    }

    /// A folder of the tree, and those above it; never through a link.
    pub(super) fn folder(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        if self.folders.contains(path) || path.parent().is_none() {
            return Ok(());
        }
        self.above(path, mode)?;
        let at = self.at(path);
        match mkdir(&at, Mode::from_raw_mode(mode)) {
            Err(Errno::EXIST) if !fs::metadata(&at).is_ok_and(|found| found.is_dir()) => {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        self.folders.insert(path.to_owned());
        Ok(())
    }

    /// Where a path of the tree is for now.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        self.base.join(path.strip_prefix("/").unwrap_or(path))
    }
}
