//! The file tree that a step sees: a small file system in memory, in which only what is
//! declared is mounted.
//!
//! What stands in the exec root stands at [`STEP`]: files and the targets of links
//! read-only, `out`, `tmp` and `checkpoint` writable. Beside it are the system's programs
//! and libraries, a few files of `/etc` (who the user is and which hosts there are is the
//! same everywhere), five devices, `/proc` of the step's own processes, and `/dev/shm`.
//! Folders on the way to something declared can be passed through and not be listed.
//! Invariant: nothing is `suid` or a device but those five, and nothing outside of the
//! exec root can be written. What it does not do: it changes nothing on disk.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    unmount,
};

use super::super::launch::{Launch, MOUNT, STEP};
use super::raw;
use crate::sys::fs;

/// The exec root's folders that are written to.
const WRITABLE: [&str; 3] = ["out", "tmp", "checkpoint"];

/// What every program needs to start: loaders, libraries, time zones, trust.
const SYSTEM: [&str; 15] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/sbin",
    "/nix/store",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl",
    "/etc/pki",
];

/// How names are found on the network; where there is none, they are made up.
const NETWORK: [&str; 3] = ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf"];

/// Devices that hold nothing.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What holds of all that is mounted but what the step writes.
const SEALED: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Programs make these out of what every process has.
const LINKS: [(&str, &str); 4] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
];

/// The devices of the GPUs that are here.
pub(super) fn gpus() -> impl Iterator<Item = PathBuf> {
    let named = ["nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"];
    let numbered = (0..16).map(|index| format!("nvidia{index}"));
    let names = named.into_iter().map(str::to_owned).chain(numbered);
    names.map(|name| Path::new("/dev").join(name)).filter(|path| fs::exists(path))
}

/// Where something of the core's files is in the step's tree.
pub(super) fn inside(launch: &Launch, path: &Path) -> PathBuf {
    match path.strip_prefix(&launch.directory) {
        Ok(below) if below.as_os_str().is_empty() => PathBuf::from(STEP),
        Ok(below) => Path::new(STEP).join(below),
        Err(_) => path.to_owned(),
    }
}

/// Moves this process, which has mounts of its own, into the step's tree; gives what in
/// it the step may read, for the second wall.
pub(super) fn enter(launch: &Launch, (user, group): (u32, u32)) -> io::Result<Vec<PathBuf>> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let base = launch.directory.parent().unwrap_or(&launch.directory).join(MOUNT);
    let entered = Tree::new(&base).and_then(|mut tree| {
        tree.build(launch, (user, group))?;
        rustix::process::chdir(&base)?;
        rustix::process::pivot_root(".", ".")?;
        unmount(".", UnmountFlags::DETACH)?;
        rustix::process::chdir("/")?;
        Ok(tree.reads)
    });
    if entered.is_err() {
        let _ = unmount(&base, UnmountFlags::DETACH);
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

/// The tree while it is made.
struct Tree<'a> {
    base: &'a Path,
    reads: Vec<PathBuf>,
    /// Files on disk that stand in the exec root already.
    placed: BTreeSet<PathBuf>,
    /// Folders on disk that the step writes.
    writes: Vec<PathBuf>,
    /// What is to be mounted when all else is read-only: from, to.
    writable: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Tree<'a> {
    fn new(base: &'a Path) -> io::Result<Self> {
        let quiet = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", base, "tmpfs", quiet, c"mode=0755,size=16m")?;
        let (reads, placed) = (Vec::new(), BTreeSet::new());
        Ok(Self { base, reads, placed, writes: Vec::new(), writable: Vec::new() })
    }

    fn build(&mut self, launch: &Launch, (user, group): (u32, u32)) -> io::Result<()> {
        for path in SYSTEM {
            self.system(Path::new(path))?;
        }
        self.names(launch.network, user, group)?;
        let topology = if launch.gpu { "/sys" } else { "/sys/devices/system" };
        self.system(Path::new(topology))?;
        self.folder(Path::new(STEP), 0o755)?;
        self.writes = launch.writes.iter().filter_map(|path| fs::canonical(path).ok()).collect();
        self.exec_root(&launch.directory, Path::new(STEP))?;
        for path in launch.reads.iter().chain([&launch.program]) {
            self.declared(path, launch)?;
        }
        // A program that insists on it is told at once that nothing can be left there.
        self.folder(Path::new("/tmp"), 0o111)?;
        self.devices(launch)?;
        self.close(launch)
    }

    /// Mounts what only the core or a step writes, and makes the rest read-only.
    fn close(&self, launch: &Launch) -> io::Result<()> {
        let quiet = MountFlags::NOSUID | MountFlags::NODEV;
        self.folder(Path::new("/dev/shm"), 0o755)?;
        self.folder(Path::new("/proc"), 0o755)?;
        raw::add_attributes(self.base, SEALED, false)?;
        for (from, to) in &self.writable {
            mount_bind_recursive(from, to)?;
            raw::add_attributes(to, SEALED & !libc::MOUNT_ATTR_RDONLY, true)?;
        }
        for device in DEVICES.iter().map(PathBuf::from).chain(gpus().filter(|_| launch.gpu)) {
            if fs::exists(&device) {
                let at = self.at(&device);
                mount_bind_recursive(&device, &at)?;
                let attributes = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
                raw::add_attributes(&at, attributes, true)?;
            }
        }
        let size = launch.memory.map_or("50%".to_owned(), |bytes| bytes.to_string());
        let options = std::ffi::CString::new(format!("mode=1777,size={size}"))?;
        mount("tmpfs", self.at(Path::new("/dev/shm")), "tmpfs", quiet, options.as_c_str())?;
        let sealed = quiet | MountFlags::NOEXEC | MountFlags::RDONLY;
        Ok(mount("proc", self.at(Path::new("/proc")), "proc", sealed, None)?)
    }

    /// Who the user is and which hosts there are: the same on every machine.
    fn names(&mut self, network: bool, user: u32, group: u32) -> io::Result<()> {
        let passwd = format!(
            "root:x:0:0:root:/root:/usr/sbin/nologin\n\
             ingot:x:{user}:{group}:ingot:{STEP}/tmp/home:/bin/sh\n\
             nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        );
        let groups = format!("root:x:0:\ningot:x:{group}:\nnogroup:x:65534:\n");
        self.text("/etc/passwd", &passwd)?;
        self.text("/etc/group", &groups)?;
        if network {
            for path in NETWORK {
                self.system(Path::new(path))?;
            }
            return Ok(());
        }
        self.text("/etc/hosts", "127.0.0.1 localhost ingot\n::1 localhost ip6-localhost\n")?;
        self.text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
    }

    fn text(&mut self, path: &str, text: &str) -> io::Result<()> {
        let path = Path::new(path);
        self.above(path, 0o755)?;
        self.reads.push(path.to_owned());
        fs::write_new(&self.at(path), text.as_bytes(), 0o444).map_err(|error| error.source)
    }

    /// Something of the system, where it is there; a link into it stays a link.
    fn system(&mut self, path: &Path) -> io::Result<()> {
        let Ok(real) = fs::canonical(path) else { return Ok(()) };
        self.above(path, 0o755)?;
        self.reads.push(path.to_owned());
        match fs::read_link(path) {
            Ok(target) if real.starts_with("/usr") => {
                fs::symlink(&target, &self.at(path)).map_err(|error| error.source)
            }
            _ => self.bind(&real, path),
        }
    }

    /// What stands in a folder of the exec root stands in the step's.
    fn exec_root(&mut self, folder: &Path, at: &Path) -> io::Result<()> {
        self.reads.push(at.to_owned());
        for name in fs::names(folder).map_err(|error| error.source)? {
            let (from, to) = (folder.join(&name), at.join(&name));
            let found = fs::metadata_optional(&from).map_err(|error| error.source)?;
            let Some(found) = found else { continue };
            let real = fs::canonical(&from).map_err(|error| error.source)?;
            let is_written = at == Path::new(STEP)
                && WRITABLE.iter().any(|own| name == *own)
                && self.writes.contains(&real);
            if is_written {
                self.folder(&to, 0o755)?;
                self.writable.push((real, self.at(&to)));
            } else if found.is_dir() {
                self.folder(&to, 0o755)?;
                self.exec_root(&from, &to)?;
            } else {
                self.placed.insert(real.clone());
                self.bind(&real, &to)?;
            }
        }
        Ok(())
    }

    /// Something that is declared by its path on this machine, and the links to it.
    fn declared(&mut self, path: &Path, launch: &Launch) -> io::Result<()> {
        let Ok(real) = fs::canonical(path) else { return Ok(()) };
        if real.parent().is_none() {
            return Err(io::Error::other("all of the machine is declared to be read"));
        }
        let is_there = path.starts_with(&launch.directory)
            || self.placed.contains(&real)
            || self.reads.iter().any(|read| real.starts_with(read));
        if !is_there {
            self.above(&real, 0o111)?;
            self.bind(&real, &real)?;
            self.reads.push(real.clone());
        }
        let by_link = path != real && !path.starts_with(&launch.directory);
        if by_link && fs::metadata_optional(&self.at(path)).is_ok_and(|found| found.is_none()) {
            // Where the way leads through a link of the tree, it leads to the same already.
            if self.above(path, 0o111).is_ok() {
                let _ = fs::symlink(&real, &self.at(path));
            }
        }
        Ok(())
    }

    fn devices(&mut self, launch: &Launch) -> io::Result<()> {
        self.folder(Path::new("/dev"), 0o755)?;
        for device in DEVICES.iter().map(PathBuf::from).chain(gpus().filter(|_| launch.gpu)) {
            if fs::exists(&device) {
                fs::write_new(&self.at(&device), b"", 0o444).map_err(|error| error.source)?;
            }
        }
        for (link, target) in LINKS {
            let link = self.at(&Path::new("/").join(link));
            fs::symlink(Path::new(target), &link).map_err(|error| error.source)?;
        }
        Ok(())
    }

    /// Mounts a file or folder of this machine.
    fn bind(&self, real: &Path, at: &Path) -> io::Result<()> {
        let to = self.at(at);
        match fs::metadata(real).map_err(|error| error.source)?.is_dir() {
            true => self.folder(at, 0o755)?,
            false => fs::write_new(&to, b"", 0o444).map_err(|error| error.source)?,
        }
        mount_bind_recursive(real, &to)?;
        // At once, so that nothing that is made later can be made on disk.
        raw::add_attributes(&to, SEALED, true)
    }

    /// The folders above a path.
    fn above(&self, path: &Path, mode: u32) -> io::Result<()> {
        path.parent().map_or(Ok(()), |folder| self.folder(folder, mode))
    }

    /// A folder of the tree, and those above it; never through a link.
    fn folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut at = self.base.to_owned();
        let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
        for part in parts {
            at.push(part);
            match fs::metadata_optional(&at).map_err(|error| error.source)? {
                Some(found) if found.is_dir() => {}
                Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
                None => {
                    fs::create_dir(&at).map_err(|error| error.source)?;
                    fs::set_mode(&at, mode).map_err(|error| error.source)?;
                }
            }
        }
        Ok(())
    }

    fn at(&self, path: &Path) -> PathBuf {
        self.base.join(path.strip_prefix("/").unwrap_or(path))
    }
}
