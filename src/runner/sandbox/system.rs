//! What every step sees of the machine: its programs and libraries, a few files of `/etc`
//! (who the user is and which hosts there are is the same everywhere), five devices, and
//! what is known of the processors.
//!
//! For the steps without network and GPU it is mounted once, in the server, and lent to
//! each of them. The place is `/proc` of the server's own mounts: it is there on every
//! machine, and nothing of a step stands below it. Folders can be passed through and not be
//! listed. What it does not do: it changes nothing on disk.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::mount::{UnmountFlags, mount_bind_recursive, unmount};
use rustix::process::umask;

use super::super::launch::STEP;
use super::raw;
use super::root::Tree;
use crate::sys::fs;

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
pub(super) const DEVICES: [&str; 5] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Programs make these out of what every process has.
const LINKS: [(&str, &str); 4] = [
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];

/// Who a step is in a user namespace of its own: the same everywhere.
pub(super) const USER: u32 = 1000;

/// Folders that are passed through.
pub(super) const PASSED: u32 = 0o111;

/// Where it is prepared.
const PLACE: &str = "/proc";

/// The folder of the prepared tree on which a step's own is mounted.
const ROOM: &str = "/proc/step";

/// The devices of the GPUs that are here.
pub(super) fn gpus() -> impl Iterator<Item = PathBuf> {
    let named = ["nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"];
    let numbered = (0..16).map(|index| format!("nvidia{index}"));
    let names = named.into_iter().map(str::to_owned).chain(numbered);
    names.map(|name| Path::new("/dev").join(name)).filter(|path| fs::exists(path))
}

/// What is prepared for steps without network and GPU.
#[derive(Debug)]
pub(super) struct System {
    tops: Vec<Top>,
    reads: Vec<PathBuf>,
}

/// What stands at the top of the tree.
#[derive(Debug)]
enum Top {
    Folder(OsString),
    Link(OsString, PathBuf),
}

impl System {
    /// Prepares it. This process has mounts of its own.
    pub(super) fn prepare() -> io::Result<Self> {
        let base = Path::new(PLACE);
        let mask = umask(Mode::empty());
        let prepared = Tree::new(base).and_then(|mut tree| {
            furnish(&mut tree, false, false)?;
            let tops = fs::names(base).map_err(|error| error.source)?;
            let tops = tops.into_iter().map(|name| match fs::read_link(&base.join(&name)) {
                Ok(target) => Top::Link(name, target),
                Err(_) => Top::Folder(name),
            });
            let tops = tops.collect();
            tree.folder(Path::new(STEP), PASSED)?;
            tree.seal()?;
            Ok(Self { tops, reads: tree.into_reads() })
        });
        umask(mask);
        if prepared.is_err() {
            withdraw();
        }
        prepared
    }

    /// Whether each of these paths is of the prepared tree, or has nothing to do with it.
    pub(super) fn suits<'a>(&self, mut paths: impl Iterator<Item = &'a Path>) -> bool {
        let top = |path: &Path| {
            let is_below = |name: &OsString| path.starts_with(Path::new("/").join(name));
            self.tops.iter().any(|top| match top {
                Top::Folder(name) | Top::Link(name, _) => is_below(name),
            })
        };
        paths.all(|path| !top(path) || self.reads.iter().any(|read| path.starts_with(read)))
    }

    /// Mounts what is prepared in a step's tree.
    pub(super) fn lend(&self, tree: &mut Tree<'_>) -> io::Result<()> {
        for top in &self.tops {
            match top {
                Top::Link(name, target) => tree.link(Path::new(name), target)?,
                Top::Folder(name) => {
                    tree.folder(&Path::new("/").join(name), PASSED)?;
                    mount_bind_recursive(Path::new(PLACE).join(name), tree.at(Path::new(name)))?;
                }
            }
        }
        self.reads.iter().for_each(|path| tree.read(path));
        Ok(())
    }
}

/// Where a step's tree is mounted.
pub(super) fn room(is_prepared: bool) -> &'static Path {
    Path::new(if is_prepared { ROOM } else { PLACE })
}

/// Takes away what is prepared, so that the processes of the machine are seen again.
pub(super) fn withdraw() {
    let _ = unmount(PLACE, UnmountFlags::DETACH);
}

/// Puts into a tree what a step sees of the machine.
pub(super) fn furnish(tree: &mut Tree<'_>, network: bool, gpu: bool) -> io::Result<()> {
    for path in SYSTEM {
        of_the_machine(tree, Path::new(path))?;
    }
    names(tree, network)?;
    of_the_machine(tree, Path::new(if gpu { "/sys" } else { "/sys/devices/system" }))?;
    tree.folder(Path::new("/dev/shm"), PASSED)?;
    for device in DEVICES.iter().map(PathBuf::from).chain(gpus().filter(|_| gpu)) {
        if fs::exists(&device) {
            let at = tree.at(&device);
            fs::write_new(&at, b"", 0o444).map_err(|error| error.source)?;
            mount_bind_recursive(&device, &at)?;
            raw::add_attributes(&at, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC, true)?;
        }
    }
    LINKS.iter().try_for_each(|(link, target)| tree.link(Path::new(link), Path::new(target)))
}

/// Something of the machine, where it is there; a link into it stays a link.
fn of_the_machine(tree: &mut Tree<'_>, path: &Path) -> io::Result<()> {
    let Ok(real) = fs::canonical(path) else { return Ok(()) };
    tree.above(path, PASSED)?;
    tree.read(path);
    match fs::read_link(path) {
        Ok(target) if real.starts_with("/usr") => tree.link(path, &target),
        _ => tree.bind(&real, path),
    }
}

/// Who the user is and which hosts there are: the same on every machine.
fn names(tree: &mut Tree<'_>, network: bool) -> io::Result<()> {
    let passwd = format!(
        "root:x:0:0:root:/root:/usr/sbin/nologin\n\
         ingot:x:{USER}:{USER}:ingot:{STEP}/tmp/home:/bin/sh\n\
         nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    );
    let groups = format!("root:x:0:\ningot:x:{USER}:\nnogroup:x:65534:\n");
    text(tree, "/etc/passwd", &passwd)?;
    text(tree, "/etc/group", &groups)?;
    if network {
        return NETWORK.iter().try_for_each(|path| of_the_machine(tree, Path::new(path)));
    }
    text(tree, "/etc/hosts", "127.0.0.1 localhost ingot\n::1 localhost ip6-localhost\n")?;
    text(tree, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
}

fn text(tree: &mut Tree<'_>, path: &str, text: &str) -> io::Result<()> {
    let path = Path::new(path);
    tree.above(path, PASSED)?;
    tree.read(path);
    fs::write_new(&tree.at(path), text.as_bytes(), 0o444).map_err(|error| error.source)
}
