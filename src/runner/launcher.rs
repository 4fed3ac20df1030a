//! `ingot __launch WORK`: the small program between the core and a step.
//!
//! Two stages. The first leaves for namespaces of its own (mounts, processes,
//! network) and forks the second, which is process 1 there: it makes the workspace and the store read-only, restricts itself by
//! Landlock, starts the step, and reaps. When it ends, the kernel ends
//! everything below it, and only then does the first stage end: so when the
//! launcher is gone, no process of the step is left.
//!
//! SIGTERM asks: the second stage passes it to every process of the step, and
//! waits for all of them. How long is the core's to say: SIGINT kills.
//!
//! The step's reservation is the first stage's standard input: an open file with
//! a lock, which dies with it. Both stages end when the core dies: by the
//! parent-death signal, and because the pipe that they write events to breaks.
//! Where no namespace can be had, the second stage adopts orphans and kills
//! them itself.
//!
//! Invariant: it decides nothing; it does what [`Launch`] says and reports what
//! held. It is one of the two files with `unsafe`: leaving a namespace and
//! forking are promises about this process's threads, of which there is one.

use std::io::Write;
use std::path::Path;

use crate::sys::process::ExitCode;

/// Exit code of a launcher that could not start the step.
pub const NOT_STARTED: u8 = 125;

/// Runs the launcher with this program's arguments.
#[cfg(target_os = "linux")]
pub fn main() -> ExitCode {
    let arguments = crate::sys::env::arguments();
    let words: Vec<&str> = arguments.iter().skip(2).map(String::as_str).collect();
    match words.as_slice() {
        ["--probe"] => linux::probe(),
        [work] => linux::outside(Path::new(work)),
        _ => {
            let _ = writeln!(std::io::stderr(), "`ingot __launch` is not for people");
            ExitCode::from(2)
        }
    }
}

/// Runs the launcher where there is no sandbox: it starts the step and waits.
#[cfg(not(target_os = "linux"))]
pub fn main() -> ExitCode {
    let arguments = crate::sys::env::arguments();
    let Some(work) = arguments.get(2) else { return ExitCode::from(2) };
    match super::launch::Launch::read(Path::new(work)) {
        Ok(launch) => {
            crate::sys::process::run_to_end(&launch.program, &launch.arguments, &launch.directory)
        }
        Err(_) => ExitCode::from(NOT_STARTED),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{self, Write};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::mount::{
        MountFlags, MountPropagationFlags, mount, mount_bind, mount_change, mount_remount,
    };
    use rustix::process::{
        Pid, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process, kill_process_group,
        set_child_subreaper, set_parent_process_death_signal, setrlimit, wait, waitpid,
    };
    use rustix::thread::UnshareFlags;
    use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::super::launch::{self, Launch, Report};
    use super::super::sandbox::{self, Held};
    use super::NOT_STARTED;
    use crate::sys::process::{Child, ExitCode};
    use crate::sys::{fs, process};

    /// Which namespaces this process has left for.
    #[derive(Debug, Clone, Copy)]
    struct Namespaces {
        /// Mounts and processes.
        own: bool,
        /// Network.
        net: bool,
    }

    impl Namespaces {
        /// What ends the second stage and all below it: the kernel sees to it in a
        /// namespace of its own, and the second stage itself where it has none.
        fn end(self) -> Signal {
            if self.own { Signal::KILL } else { Signal::INT }
        }
    }

    /// The first stage.
    pub(super) fn outside(work: &Path) -> ExitCode {
        end_with_parent(Signal::KILL);
        let Ok(mut signals) = Signals::new([SIGTERM, SIGINT, SIGCHLD]) else {
            return ExitCode::from(NOT_STARTED);
        };
        let launch = match Launch::read(work) {
            Ok(launch) => launch,
            Err(error) => return give_up(work, &error.to_string()),
        };
        let namespaces = leave(!launch.network);
        let inside = match fork() {
            Ok(Some(inside)) => inside,
            Ok(None) => {
                drop(signals);
                return self::inside(work, launch, namespaces);
            }
            Err(error) => return give_up(work, &error.to_string()),
        };
        // A process that has left for a new process namespace can start no thread.
        for signal in signals.forever() {
            match signal {
                SIGCHLD => {}
                // One that has not reported yet has started nothing that could be asked.
                SIGTERM if fs::exists(&launch::report(work)) => {
                    let _ = kill_process(inside, Signal::TERM);
                }
                _ => {
                    let _ = kill_process(inside, namespaces.end());
                }
            }
            match waitpid(Some(inside), WaitOptions::NOHANG) {
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Ok(Some((_, status))) => {
                    let code = status.exit_status().and_then(|code| u8::try_from(code).ok());
                    return ExitCode::from(code.unwrap_or(NOT_STARTED));
                }
                Err(_) => break,
            }
        }
        ExitCode::from(NOT_STARTED)
    }

    /// The second stage.
    fn inside(work: &Path, launch: Launch, namespaces: Namespaces) -> ExitCode {
        end_with_parent(namespaces.end());
        // The report's file says to the first stage that signals are heard.
        let Ok(signals) = Signals::new([SIGTERM, SIGINT]) else {
            return ExitCode::from(NOT_STARTED);
        };
        let Ok(mut reporter) = fs::create(&launch::report(work)) else {
            return ExitCode::from(NOT_STARTED);
        };
        let shm = namespaces.own && mounts(&launch).is_ok();
        if !namespaces.own {
            let _ = set_child_subreaper(Some(getpid()));
        }
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        if let Some(memory) = launch.memory {
            let _ =
                setrlimit(Resource::Data, Rlimit { current: Some(memory), maximum: Some(memory) });
        }
        let held = Held {
            fs: sandbox::restrict_files(&launch, shm),
            net: namespaces.net || launch.network,
            kill: namespaces.own,
        };
        let mut report = Report { held: held.words(), ..Report::default() };
        tell(&mut reporter, &report);
        std::thread::spawn(end_with_core);
        let arguments = launch.arguments.iter().map(Into::into).collect();
        let child = match process::become_step(&launch.program, arguments, &launch.directory) {
            Ok(child) => child,
            Err(error) => {
                report.error = Some(format!("{error}: {}", error.source));
                report.program = is_the_programs(&error.source);
                tell(&mut reporter, &report);
                return ExitCode::from(NOT_STARTED);
            }
        };
        let asked = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || obey(signals, &heard));
        let (code, signal) = reap(&child, &asked);
        if !namespaces.own {
            kill_below();
        }
        if signal.is_some() {
            report.signal = signal;
            tell(&mut reporter, &report);
        }
        ExitCode::from(code)
    }

    /// Says on standard output what would hold on this machine.
    pub(super) fn probe() -> ExitCode {
        let namespaces = leave(true);
        let launch = Launch::nothing();
        let held = Held {
            fs: sandbox::restrict_files(&launch, false),
            net: namespaces.net,
            kill: namespaces.own,
        };
        let _ = writeln!(io::stdout(), "{}", held.words().join(" "));
        ExitCode::SUCCESS
    }

    fn end_with_parent(signal: Signal) {
        let _ = set_parent_process_death_signal(Some(signal));
    }

    /// Leaves for namespaces of its own; as an ordinary user by way of a user
    /// namespace in which that user is still the same.
    fn leave(net: bool) -> Namespaces {
        let mut flags = UnshareFlags::NEWNS | UnshareFlags::NEWPID;
        if net {
            flags |= UnshareFlags::NEWNET;
        }
        if unshare(flags) {
            return Namespaces { own: true, net };
        }
        let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
        if unshare(flags | UnshareFlags::NEWUSER) {
            let (user, group) = (user.as_raw(), group.as_raw());
            let _ = fs::overwrite(Path::new("/proc/self/setgroups"), b"deny");
            let _ = fs::overwrite(
                Path::new("/proc/self/gid_map"),
                format!("{group} {group} 1").as_bytes(),
            );
            let _ = fs::overwrite(
                Path::new("/proc/self/uid_map"),
                format!("{user} {user} 1").as_bytes(),
            );
            return Namespaces { own: true, net };
        }
        Namespaces { own: false, net: false }
    }

    #[allow(unsafe_code, reason = "rustix calls it unsafe for CLONE_FILES, which is not asked for")]
    fn unshare(flags: UnshareFlags) -> bool {
        // SAFETY: no flag here shares or unshares file descriptors.
        unsafe { rustix::thread::unshare_unsafe(flags) }.is_ok()
    }

    /// Becomes two; gives the second one's number to the first.
    #[allow(unsafe_code, reason = "a copy of a process has one thread, whoever holds its locks")]
    fn fork() -> io::Result<Option<Pid>> {
        // SAFETY: this process has one thread, so the copy lacks none.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            id => Ok(Pid::from_raw(id)),
        }
    }

    /// Makes what is protected read-only, and gives the step a `/proc` and a
    /// `/dev/shm` of its own.
    fn mounts(launch: &Launch) -> io::Result<()> {
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        for folder in &launch.protects {
            mount_bind(folder, folder)?;
            mount_remount(folder, flags_of(folder)? | MountFlags::RDONLY, "")?;
        }
        for folder in &launch.writes {
            mount_bind(folder, folder)?;
            mount_remount(folder, flags_of(folder)? - MountFlags::RDONLY, "")?;
        }
        let quiet = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        let _ = mount("proc", "/proc", "proc", quiet, None);
        Ok(mount("tmpfs", "/dev/shm", "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, None)?)
    }

    /// The flags that a bind mount must keep: a user namespace locks them.
    fn flags_of(folder: &Path) -> io::Result<MountFlags> {
        use rustix::fs::StatVfsMountFlags as Has;
        let found = rustix::fs::statvfs(folder)?.f_flag;
        let mut flags = MountFlags::BIND;
        for (has, flag) in [
            (Has::RDONLY, MountFlags::RDONLY),
            (Has::NOSUID, MountFlags::NOSUID),
            (Has::NODEV, MountFlags::NODEV),
            (Has::NOEXEC, MountFlags::NOEXEC),
            (Has::NOATIME, MountFlags::NOATIME),
            (Has::RELATIME, MountFlags::RELATIME),
        ] {
            if found.contains(has) {
                flags |= flag;
            }
        }
        Ok(flags)
    }

    /// Ends this process, and all below it, when nobody reads its events.
    fn end_with_core() {
        let stdout = io::stdout();
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        while poll(&mut watched, None).is_err() {}
        kill_below();
        process::exit(1);
    }

    /// Whether a program is to blame that was not started, and not the machine.
    fn is_the_programs(error: &io::Error) -> bool {
        use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
        matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | IsADirectory)
            || error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error())
    }

    /// Asks the step to end, or ends it, as the first stage says.
    fn obey(mut signals: Signals, asked: &AtomicBool) {
        for signal in signals.forever() {
            if signal != SIGTERM {
                kill_below();
                process::exit(1);
            }
            asked.store(true, Ordering::SeqCst);
            // All of them: the first may be a shell that waits for the one that works.
            if getpid() == Pid::INIT {
                let _ = kill_process_group(Pid::INIT, Signal::TERM);
            } else {
                for pid in process::below().into_iter().filter_map(Pid::from_raw) {
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
        }
    }

    /// Waits for the step, and for every orphan that comes its way. What the step
    /// started may outlast it only where all were asked to end.
    fn reap(child: &Child, asked: &AtomicBool) -> (u8, Option<i32>) {
        let step = Pid::from_child(child);
        let mut end = None;
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) if pid == step => {
                    let code = status.exit_status().map(|code| code.try_into().unwrap_or(1));
                    let signal = status.terminating_signal();
                    end = code.or(signal.map(|_| 1)).map(|code| (code, signal));
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return end.unwrap_or((NOT_STARTED, None)),
            }
            if let Some(end) = end
                && !asked.load(Ordering::SeqCst)
            {
                return end;
            }
        }
    }

    /// Kills what this process has adopted, until there is nothing left.
    fn kill_below() {
        loop {
            let below = process::children();
            if below.is_empty() {
                return;
            }
            for pid in below.into_iter().filter_map(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
                let _ = rustix::process::waitpid(Some(pid), WaitOptions::empty());
            }
        }
    }

    fn give_up(work: &Path, error: &str) -> ExitCode {
        if let Ok(mut file) = fs::create(&launch::report(work)) {
            tell(&mut file, &Report { error: Some(error.to_owned()), ..Report::default() });
        }
        ExitCode::from(NOT_STARTED)
    }

    fn tell(file: &mut File, report: &Report) {
        if let Ok(mut line) = serde_json::to_vec(report) {
            line.push(b'\n');
            let _ = file.write_all(&line);
        }
    }
}
