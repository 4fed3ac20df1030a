//! The calls that no library makes safe: each is a promise about this process.
//!
//! Invariant: they are made while this process has one thread. It is one of the files
//! with `unsafe`; nothing else of the sandbox is in it.

#![allow(unsafe_code, reason = "namespaces and mount attributes have no safe interface")]

use std::io;
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

/// Which signals this thread, and what it forks, keep for later.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mask {
    /// SIGTERM and SIGINT.
    Hold,
    /// None.
    Free,
}

/// Keeps signals for later, or hears them again.
pub(super) fn set_mask(mask: Mask) {
    // SAFETY: the set is initialised before it is read, and belongs to this frame.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        if let Mask::Hold = mask {
            libc::sigaddset(&mut set, libc::SIGTERM);
            libc::sigaddset(&mut set, libc::SIGINT);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &set, std::ptr::null_mut());
    }
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
