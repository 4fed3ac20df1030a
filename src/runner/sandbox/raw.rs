//! The calls that no library makes safe: each is a promise about this process.
//!
//! Invariant: they are made while this process has one thread. It is one of the files
//! with `unsafe`; nothing else of the sandbox is in it.

#![allow(unsafe_code, reason = "namespaces and mount attributes have no safe interface")]

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::Pid;
use rustix::thread::UnshareFlags;

/// Becomes two, the second one in new namespaces; gives its number to the first.
pub(super) fn fork(spaces: UnshareFlags) -> io::Result<Option<Pid>> {
    let flags = spaces.bits() as libc::c_long | libc::c_long::from(libc::SIGCHLD);
    // SAFETY: without a stack of its own and without CLONE_VM, this is a fork; the
    // process has one thread, so the copy lacks none, whoever holds its locks.
    match unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } {
        -1 => Err(io::Error::last_os_error()),
        id => Ok(i32::try_from(id).ok().and_then(Pid::from_raw)),
    }
}

/// Leaves for new namespaces.
pub(super) fn leave(spaces: UnshareFlags) -> io::Result<()> {
    // SAFETY: no flag that is passed here shares or unshares file descriptors.
    Ok(unsafe { rustix::thread::unshare_unsafe(spaces) }?)
}

/// The signals that process 1 of a step reads one by one.
const HEARD: [libc::c_int; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGCHLD];

/// Which signals this thread, and what it forks, keep for later.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mask {
    /// SIGTERM, SIGINT and SIGCHLD.
    Hold,
    /// None.
    Free,
}

/// Keeps signals for later, or hears them again.
pub(super) fn set_mask(mask: Mask) {
    let held: &[libc::c_int] = match mask {
        Mask::Hold => &HEARD,
        Mask::Free => &[],
    };
    // SAFETY: the set is initialised before it is read, and belongs to this frame.
    unsafe {
        let set = set_of(held);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
    }
}

/// A file from which signals that are kept for later are read.
pub(super) fn signals() -> io::Result<OwnedFd> {
    // SAFETY: the set is initialised before it is read, and the file is nobody else's.
    unsafe {
        let set = set_of(&HEARD);
        match libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) {
            -1 => Err(io::Error::last_os_error()),
            file => Ok(OwnedFd::from_raw_fd(file)),
        }
    }
}

/// The signals that have come since.
pub(super) fn heard(signals: &OwnedFd) -> Vec<i32> {
    const SIZE: usize = std::mem::size_of::<libc::signalfd_siginfo>();
    let mut bytes = [0; SIZE * 8];
    let read = rustix::io::read(signals, &mut bytes).unwrap_or(0);
    // The number is what each record begins with.
    let numbers = bytes[..read].chunks_exact(SIZE).filter_map(|record| record.first_chunk());
    numbers.map(|number| i32::from_ne_bytes(*number)).collect()
}

/// # Safety
///
/// None: the set is made here.
unsafe fn set_of(signals: &[libc::c_int]) -> libc::sigset_t {
    // SAFETY: `sigemptyset` initialises all of it.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        set
    }
}

/// Whether this kernel has Landlock.
pub(super) fn has_landlock() -> bool {
    const VERSION: libc::c_ulong = 1;
    // SAFETY: with this flag the kernel reads nothing, and answers with a version.
    unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) > 0
    }
}

/// Ends this process at once.
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: nothing runs after it.
    unsafe { libc::_exit(code) }
}

/// Adds attributes (`MOUNT_ATTR_*`) to a mount, and with `all` to every mount below it.
pub(super) fn add_attributes(mount: &Path, attributes: u64, all: bool) -> io::Result<()> {
    let path = std::ffi::CString::new(mount.as_os_str().as_bytes())?;
    let wanted =
        libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = if all { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the attributes outlive the call, and the size is theirs.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &wanted,
            std::mem::size_of_val(&wanted),
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Brings the loopback interface of this network namespace up.
pub(super) fn raise_loopback() -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::DGRAM,
        None,
    )?;
    // SAFETY: zeroes are a request, and the kernel reads and writes no more than one.
    let done = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(*b"lo\0") {
            *to = from as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &request)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
