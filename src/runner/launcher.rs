//! [`Launcher`]: the core's side of `ingot __launch`, and [`Running`]: one step that runs.
//!
//! The server is started with the first step, and ends with the launcher. Invariant: a
//! step is reached through a handle that the kernel gave, never through a number that may
//! be another process's by now.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::RunError;
use super::launch::Report;
use crate::sys::process::{self, Child, Output};

#[cfg(target_os = "linux")]
pub use linux::Launcher;

/// A step that runs.
#[derive(Debug)]
pub(super) enum Running {
    /// The program itself, in a process group of its own.
    Bare(Child),
    /// Behind the walls of the sandbox.
    #[cfg(target_os = "linux")]
    Launched(linux::Launched),
}

impl Running {
    /// Its standard output and its standard error, once.
    pub(super) fn take_output(&mut self) -> (Option<Output>, Option<Output>) {
        match self {
            Self::Bare(child) => {
                let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
                let output = |from: OwnedFd| Output::from(from);
                (stdout.map(|out| output(out.into())), stderr.map(|out| output(out.into())))
            }
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => (launched.stdout.take(), launched.stderr.take()),
        }
    }

    /// Whether nothing of it is left.
    pub(super) fn is_over(&mut self) -> bool {
        match self {
            Self::Bare(child) => !matches!(child.try_wait(), Ok(None)),
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => launched.is_over(),
        }
    }

    /// Asks it to end.
    pub(super) fn terminate(&self) {
        match self {
            Self::Bare(child) => process::terminate(child),
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => launched.send(rustix::process::Signal::TERM),
        }
    }

    /// Ends it at once; what is left of it is gone when [`Self::is_over`].
    pub(super) fn kill(&self, patience_is_over: bool) {
        match self {
            Self::Bare(child) => process::kill_group(child),
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => launched.end(patience_is_over),
        }
    }

    /// Bytes of memory that it has.
    pub(super) fn memory(&mut self) -> u64 {
        match self {
            Self::Bare(child) => process::memory_of(child).resident,
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => launched.memory(),
        }
    }

    /// How it went, once it is over.
    pub(super) fn report(self) -> Report {
        match self {
            Self::Bare(mut child) => {
                let status = child.wait().ok();
                let code = status.and_then(|status| status.code());
                let signal = status.and_then(|status| process::signal_of(&status));
                Report { held: Some(Vec::new()), code, signal, ..Report::default() }
            }
            #[cfg(target_os = "linux")]
            Self::Launched(launched) => launched.report(),
        }
    }
}

/// Where there is no sandbox, a launcher launches nothing.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub struct Launcher;

#[cfg(not(target_os = "linux"))]
impl Launcher {
    /// One that launches nothing.
    pub fn new(_program: PathBuf) -> Self {
        Self
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::sync::Mutex;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, Signal, pidfd_send_signal};

    use super::super::launch::{Launch, Report};
    use super::super::sandbox::Wall;
    use super::{Child, Output, OwnedFd, PathBuf, RunError, process};
    use crate::sys::channel;

    /// Starts steps in the sandbox.
    #[derive(Debug)]
    pub struct Launcher {
        program: PathBuf,
        server: Mutex<Option<Server>>,
    }

    #[derive(Debug)]
    struct Server {
        socket: OwnedFd,
        process: Child,
    }

    impl Drop for Server {
        fn drop(&mut self) {
            // The end of the socket is what it waits for.
            if let Ok((end, _)) = channel::messages() {
                self.socket = end;
            }
            let _ = self.process.wait();
        }
    }

    impl Launcher {
        /// One that starts `program`, which is `ingot` itself, as its server.
        pub fn new(program: PathBuf) -> Self {
            Self { program, server: Mutex::new(None) }
        }

        /// Starts a step; `lock` is held until nothing of it is left.
        pub(in super::super) fn launch(
            &self,
            launch: &Launch,
            lock: Option<File>,
        ) -> Result<super::Running, RunError> {
            let failed = |error: io::Error| RunError::Sandbox(error.to_string());
            let orders =
                serde_json::to_vec(launch).map_err(|error| RunError::Form(error.to_string()))?;
            let (ours, theirs) = channel::bytes().map_err(failed)?;
            let (stdout, out) = io::pipe().map_err(failed)?;
            let (stderr, err) = io::pipe().map_err(failed)?;
            let mut files = vec![theirs.as_fd(), out.as_fd(), err.as_fd()];
            files.extend(lock.iter().map(AsFd::as_fd));
            self.send(&[u8::from(launch.network)], &files)?;
            drop((theirs, out, err));
            let mut id = [0; 4];
            let mut handles = channel::receive(ours.as_fd(), &mut id).map_err(failed)?;
            let handle = handles.pop().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
            let mut channel = UnixStream::from(ours);
            let said = channel
                .write_all(&(orders.len() as u64).to_le_bytes())
                .and_then(|()| channel.write_all(&orders))
                .and_then(|()| channel.set_nonblocking(true));
            // One that died at once has said why.
            let _ = said;
            Ok(super::Running::Launched(Launched {
                id: i32::from_le_bytes(id),
                handle,
                channel,
                heard: Vec::new(),
                told: Report::default(),
                stdout: Some(OwnedFd::from(stdout).into()),
                stderr: Some(OwnedFd::from(stderr).into()),
            }))
        }

        /// Sends an order to the server, which is started where there is none yet.
        fn send(
            &self,
            bytes: &[u8],
            files: &[std::os::fd::BorrowedFd<'_>],
        ) -> Result<(), RunError> {
            let failed = |error: io::Error| RunError::Sandbox(error.to_string());
            let mut server = self.server.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some(running) = server.as_ref()
                && channel::send(running.socket.as_fd(), bytes, files).is_ok()
            {
                return Ok(());
            }
            let (socket, theirs) = channel::messages().map_err(failed)?;
            let process = process::start_server(&self.program, "__launch", theirs)?;
            let started = server.insert(Server { socket, process });
            channel::send(started.socket.as_fd(), bytes, files).map_err(failed)
        }
    }

    /// A step behind the walls of the sandbox.
    #[derive(Debug)]
    pub(in super::super) struct Launched {
        id: i32,
        handle: OwnedFd,
        channel: UnixStream,
        /// What was heard and is no whole line yet.
        heard: Vec<u8>,
        told: Report,
        pub(super) stdout: Option<Output>,
        pub(super) stderr: Option<Output>,
    }

    impl Launched {
        pub(super) fn is_over(&self) -> bool {
            let mut watched = [PollFd::new(&self.handle, PollFlags::IN)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            matches!(poll(&mut watched, Some(&now)), Ok(ready) if ready > 0)
        }

        pub(super) fn send(&self, signal: Signal) {
            let _ = pidfd_send_signal(&self.handle, signal);
        }

        /// The kernel ends what is below process 1 of a namespace; without one, it ends
        /// them itself, when it is asked to.
        pub(super) fn end(&self, patience_is_over: bool) {
            let held = self.told.held.as_deref().unwrap_or_default();
            let alone = held.iter().any(|word| word == Wall::Processes.word());
            self.send(if alone || patience_is_over { Signal::KILL } else { Signal::INT });
        }

        pub(super) fn memory(&mut self) -> u64 {
            self.hear();
            let processes = match Pid::from_raw(self.id).filter(|_| !self.is_over()) {
                Some(_) => process::tree_memory(self.id),
                None => process::Memory::default(),
            };
            let elsewhere = self.told.shared.unwrap_or_default();
            processes.resident + elsewhere.saturating_sub(processes.shared)
        }

        pub(super) fn report(mut self) -> Report {
            self.hear();
            self.told
        }

        /// Takes in what was said since.
        fn hear(&mut self) {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = self.channel.read(&mut bytes) {
                self.heard.extend_from_slice(&bytes[..read]);
            }
            while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                if let Ok(later) = serde_json::from_slice(&line) {
                    self.told.add(later);
                }
            }
        }
    }
}
