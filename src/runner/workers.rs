//! Where the workers are, and what they said of themselves.
//!
//! A worker is looked for in the folders that the caller names, then beside this
//! program and in `../libexec/ingot`. In the folders that are named, every
//! program `ingot-NAME` is a worker. A descriptor is
//! cached by the caller under the facts of the file, so a build that has nothing
//! to do starts no process. Invariant: a worker of another protocol version is never used.

use std::path::{Path, PathBuf};

use ingot_protocol::{Descriptor, PROTOCOL};
use serde::{Deserialize, Serialize};

use super::launcher::Launcher;
use super::worker;
use crate::diag::Diagnostic;
use crate::digest::Digest;
use crate::sys::{env, fs};

/// The names of the workers that are released with this program.
pub const WORKERS: [&str; 3] = ["ingot-data", "ingot-torch", WASM];

/// Workers of a release that an installation may be without, and the kinds that it then
/// does not have: only a manifest that has a step of one is told so.
pub const OPTIONAL: [(&str, &[&str]); 1] = [("ingot-sql", &["transform"])];

/// What a user does who lacks one.
pub const MAKES_OPTIONAL: &str = "`cargo xtask install --sql` in Ingot's repository builds it";

/// The worker that hosts Wasm plugins.
pub const WASM: &str = "ingot-wasm";

/// Where one worker is.
#[derive(Debug, Clone)]
pub struct Located {
    /// Its name.
    pub name: String,
    /// The program, where there is one.
    pub program: Option<PathBuf>,
    /// What to do where there is none.
    pub fix: String,
}

/// What is kept of a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cached {
    /// The digest of its file.
    pub digest: Digest,
    /// Where its libraries are.
    pub libraries: Vec<PathBuf>,
    /// Its descriptor.
    pub descriptor: Descriptor,
}

/// The facts of a worker's file: as long as they stay, so does its descriptor.
pub fn facts(program: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(&fs::canonical(program).ok()?).ok()?;
    Some(format!(
        "ingot-worker 3 {} {} {} {}.{:09} {}.{:09}",
        program.display(),
        found.len(),
        found.ino(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec()
    ))
}

/// Asks a worker, and checks that it speaks this protocol.
pub fn describe(launcher: &Launcher, name: &str, program: &Path) -> Result<Cached, Diagnostic> {
    let libraries = worker::library_folders(program);
    let folder = fs::temporary_folder("ingot-describe").map_err(|error| {
        Diagnostic::error("E0602", error.to_string()).caused_by(&error).help("make room")
    })?;
    let asked = worker::Inquiry { launcher, program, libraries: &libraries, work: folder.path() };
    let descriptor = asked.describe().map_err(|error| {
        Diagnostic::error(
            "E0602",
            format!("the worker `{name}` ({}) does not answer", program.display()),
        )
        .caused_by(&error)
        .help(format!("try `{} describe`; install it again if it cannot start", program.display()))
    })?;
    if descriptor.protocol != PROTOCOL || descriptor.worker != name {
        return Err(Diagnostic::error(
            "E0602",
            format!(
                "{} is `{}` of protocol {}, not `{name}` of protocol {PROTOCOL}",
                program.display(),
                descriptor.worker,
                descriptor.protocol
            ),
        )
        .help("install `ingot` and its workers from one release"));
    }
    let digest = fs::read(program).map(|bytes| Digest::of(&bytes)).map_err(|error| {
        Diagnostic::error("E0602", error.to_string()).caused_by(&error).help("make it readable")
    })?;
    Ok(Cached { digest, libraries, descriptor })
}

/// Every worker, there or not; those of a release first. `named` are the folders that
/// the user names.
pub fn locate(named: &[PathBuf]) -> Vec<Located> {
    // Absolute, because a step runs elsewhere.
    let named: Vec<PathBuf> = named
        .iter()
        .map(|folder| fs::canonical(folder).unwrap_or_else(|_| folder.clone()))
        .collect();
    let folders: Vec<PathBuf> = named.iter().cloned().chain(beside()).collect();
    let optional = OPTIONAL.iter().map(|(name, _)| name);
    let mut names: Vec<String> =
        WORKERS.iter().chain(optional).map(|name| (*name).to_owned()).collect();
    for folder in &named {
        let found = fs::names(folder).unwrap_or_default();
        names.extend(
            found
                .into_iter()
                .filter_map(|name| name.into_string().ok())
                .filter(|name| name.starts_with("ingot-") && fs::is_program(&folder.join(name))),
        );
    }
    let mut located: Vec<Located> = Vec::new();
    for name in names {
        if located.iter().all(|known| known.name != name) {
            let program =
                folders.iter().map(|folder| folder.join(&name)).find(|path| fs::is_program(path));
            let fix = fix(&name, &folders);
            located.push(Located { name, program, fix });
        }
    }
    located
}

/// The optional worker that provides a kind.
pub fn optional(kind: &str) -> Option<&'static str> {
    OPTIONAL.iter().find(|(_, kinds)| kinds.contains(&kind)).map(|(name, _)| *name)
}

fn fix(name: &str, folders: &[PathBuf]) -> String {
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    if OPTIONAL.iter().any(|(optional, _)| *optional == name) {
        return format!(
            "{MAKES_OPTIONAL}; it is looked for in {}, and in the folders of INGOT_WORKERS",
            folders.join(" or ")
        );
    }
    format!("put `{name}` into {}, or name its folder in INGOT_WORKERS", folders.join(" or "))
}

/// The folders of this installation.
fn beside() -> Vec<PathBuf> {
    let program = env::program().ok().and_then(|program| fs::canonical(&program).ok());
    let Some(folder) = program.as_deref().and_then(Path::parent) else { return Vec::new() };
    let above = folder.parent().map(|above| above.join("libexec/ingot"));
    std::iter::once(folder.to_owned()).chain(above).collect()
}
