//! Processes of other programs: found by what they do, told to end.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Project;

/// Waits for something that must come true.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "it does not come true that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processes that have this word on their command line.
pub(crate) fn with_word(word: &str) -> Vec<i32> {
    processes().filter(|pid| line(*pid).iter().any(|part| part == word)).collect()
}

/// How many processes work below a workspace.
pub(crate) fn working_in(project: &Project) -> usize {
    working(project).count()
}

impl Project {
    /// The workers that run in it.
    pub(crate) fn workers(&self) -> Vec<i32> {
        working(self).filter(|pid| line(*pid).iter().any(|part| part == "request.json")).collect()
    }

    /// The launchers that run in it: the server, and the first process of each step.
    pub(crate) fn launchers(&self) -> Vec<i32> {
        working(self).filter(|pid| line(*pid).iter().any(|part| part == "__launch")).collect()
    }
}

/// Sends a signal to a process that may be gone.
pub(crate) fn send(pid: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

fn working(project: &Project) -> impl Iterator<Item = i32> + use<> {
    let folder = project.path("").canonicalize().unwrap();
    // A step with a root of its own has nothing of the folder but its mounts.
    let above = folder.parent().and_then(|above| above.parent()).unwrap_or(&folder);
    let name = folder.strip_prefix(above).unwrap().display().to_string();
    processes().filter(move |pid| {
        let of = |file: &str| format!("/proc/{pid}/{file}");
        std::fs::read_link(of("cwd")).is_ok_and(|cwd| cwd.starts_with(&folder))
            || std::fs::read_to_string(of("mountinfo")).is_ok_and(|mounts| mounts.contains(&name))
    })
}

/// The words of a process's command line.
fn line(pid: i32) -> Vec<String> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn processes() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
