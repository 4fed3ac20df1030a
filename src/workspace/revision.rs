//! Locks of other builds: a file, a workspace's folder, or a revision of git.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::LOCK;
use super::Stop;
use super::files::{self, Kind};
use crate::diag::{Diagnostic, Sources};
use crate::lockfile::Lock;
use crate::sys::process::{self, ProcessOutput, Start};
use crate::sys::{PathError, env, fs};

/// What keeps git from starting a program that a repository's config names.
const QUIET: [(&str, &str); 3] =
    [("GIT_NO_LAZY_FETCH", "1"), ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0")];

/// How long git may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A lock by a file, a folder, or a revision of git.
pub fn find(root: &Path, name: &str) -> Result<Lock, Stop> {
    let path = root.join(name);
    let path = if fs::exists(&path.join(LOCK)) { path.join(LOCK) } else { path };
    // What the user names may be a link, and what is no lock may be a revision.
    let bytes = match files::read_own(&path, Kind::Lock) {
        Ok(Some(bytes)) => bytes,
        Err(error) if error.refusal().is_some() && !fs::is_folder(&path) => {
            return Err(files::stop(&error, Kind::Lock, "make the file readable"));
        }
        _ => committed(root, name)?,
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Lock::parse(&text, 0).map_err(|diagnostic| Stop {
        diagnostics: vec![diagnostic],
        sources: Sources::of(PathBuf::from(name), text),
    })
}

fn committed(root: &Path, revision: &str) -> Result<Vec<u8>, Stop> {
    let refuse = |why: &str| {
        let mistake = Diagnostic::error("E1009", format!("`{revision}` {why}"));
        Stop::of(mistake.help("name a lock file, a workspace's folder or a git revision"))
    };
    if revision.starts_with('-') {
        return Err(refuse("is no revision"));
    }
    let said = ask(root, &["cat-file", "blob", &format!("{revision}:./{LOCK}")], PATIENCE)
        .map_err(|_| refuse("is no file, and git is not there to look for it"))?;
    match said.status.success() {
        true => Ok(said.stdout),
        false => Err(refuse("is no file, and git knows no lock of that revision")),
    }
}

/// Asks git something in a folder. No monitor and no hook that the repository names is run.
pub(super) fn ask(
    folder: &Path,
    words: &[&str],
    patience: Duration,
) -> Result<ProcessOutput, PathError> {
    let quiet = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
    let names = ["PATH", "HOME", "GIT_DIR"].into_iter();
    let start = Start {
        program: Path::new("git"),
        arguments: quiet.iter().chain(words).map(OsString::from).collect(),
        environment: names
            .filter_map(|name| Some((name.to_owned(), env::variable_os(name)?)))
            .chain(QUIET.map(|(name, value)| (name.to_owned(), value.into())))
            .collect(),
        directory: Some(folder),
        stdin: None,
    };
    process::ask(start, patience)
}
