//! Which program a command's first word is, and what it needs to be read.
//!
//! A declared tool is looked for where the user has it, or stands where its path says;
//! anything else is looked for in the fixed `PATH` alone. A tool may read its prefix: the folder above its `bin`, if that is
//! where something is installed and not where a person lives or works; of a virtual
//! environment also the interpreter behind it. Shims are passed
//! over: they ask the user's environment what they stand for, and a step has
//! none of it.

use std::path::{Path, PathBuf};

use super::RunError;
use super::environment::PATH;
use crate::sys::bounded::{self, Bound};
use crate::sys::{env, fs};

/// A program on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The program.
    pub program: PathBuf,
    /// What it may read, beside the system's folders.
    pub reads: Vec<PathBuf>,
}

/// Finds `name`; `declared` says that the manifest has a tool for it.
pub fn find(name: &str, declared: bool, workspace: &Path) -> Result<Tool, RunError> {
    let missing = || RunError::NoProgram { name: name.to_owned() };
    let program = if Path::new(name).is_absolute() {
        Path::new(name).to_owned()
    } else if name.contains('/') {
        workspace.join(name)
    } else {
        let user = env::variable("PATH").filter(|_| declared).unwrap_or_default();
        let folders = user.split(':').filter(|folder| Path::new(folder).is_absolute());
        folders
            .chain(PATH)
            .map(|folder| Path::new(folder).join(name))
            .filter(|path| !is_shim(path))
            .find(|path| fs::is_program(path))
            .ok_or_else(missing)?
    };
    if !fs::is_program(&program) {
        return Err(missing());
    }
    let mut reads = Vec::new();
    let mut at = program.clone();
    for _ in 0..16 {
        reads.extend(needs(&at, workspace));
        match fs::read_link(&at) {
            Ok(target) => at = at.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => break,
        }
    }
    if let Some(environment) = prefix(&program)
        && let Ok(Some(text)) =
            bounded::read_optional(&environment.join("pyvenv.cfg"), Bound::own(1 << 20))
    {
        let text = String::from_utf8_lossy(&text).into_owned();
        let home =
            text.lines().find_map(|line| line.strip_prefix("home")?.trim().strip_prefix('='));
        let interpreter = home.map(|home| Path::new(home.trim()).join("python3"));
        reads.extend(interpreter.into_iter().flat_map(|program| needs(&program, workspace)));
    }
    reads.sort();
    reads.dedup();
    Ok(Tool { program, reads })
}

/// What says that a folder is where something is installed.
const INSTALLED: [&str; 5] = ["conda-meta", "lib", "lib64", "libexec", "pyvenv.cfg"];

/// What of a person's own prefix is installed, beside what they keep there.
const OWN: [&str; 4] = ["bin", "lib", "lib64", "libexec"];

/// What a program needs to be read: its prefix where it has one, else itself alone.
fn needs(program: &Path, workspace: &Path) -> Vec<PathBuf> {
    let alone = vec![program.to_owned()];
    let Some(prefix) = prefix(program) else { return alone };
    let home = env::variable("HOME").map(PathBuf::from);
    let real = |path: &Path| fs::canonical(path).unwrap_or_else(|_| path.to_owned());
    let (found, home) = (real(&prefix), home.map(|home| real(&home)));
    let holds = |place: &Path| place.starts_with(&found);
    if holds(&real(workspace)) || home.as_deref().is_some_and(holds) {
        return alone;
    }
    if home.is_some_and(|home| found == home.join(".local")) {
        return OWN.iter().map(|name| prefix.join(name)).filter(|path| fs::exists(path)).collect();
    }
    let is_installed = INSTALLED.iter().any(|name| fs::exists(&prefix.join(name)));
    if is_installed { vec![prefix] } else { alone }
}

/// The folder above the program's `bin`.
fn prefix(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let above = folder.parent()?;
    (folder.file_name()? == "bin" && above != Path::new("/")).then(|| above.to_owned())
}

fn is_shim(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "shims")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_undeclared_program_is_looked_for_in_the_fixed_path_alone() {
        let tool = find("sh", false, Path::new("/")).unwrap();
        assert!(PATH.iter().any(|folder| tool.program.starts_with(folder)));
        let error = find("no-such-program-anywhere", true, Path::new("/")).unwrap_err();
        assert_eq!(error.code(), "E0605");
    }

    #[test]
    fn a_virtual_environment_reads_the_interpreter_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("env/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::create_dir_all(folder.path().join("base/bin")).unwrap();
        std::fs::create_dir_all(folder.path().join("base/lib")).unwrap();
        std::fs::copy("/bin/sh", folder.path().join("base/bin/python")).unwrap();
        std::os::unix::fs::symlink("../../base/bin/python", bin.join("python")).unwrap();
        let home = format!("home = {}\n", folder.path().join("base/bin").display());
        std::fs::write(folder.path().join("env/pyvenv.cfg"), home).unwrap();
        std::fs::create_dir(folder.path().join("w")).unwrap();
        let workspace = folder.path().join("w");
        let tool = find(bin.join("python").to_str().unwrap(), true, &workspace).unwrap();
        assert!(tool.reads.contains(&folder.path().join("env")));
        assert!(tool.reads.contains(&folder.path().join("base")));
    }

    #[test]
    fn the_folder_above_a_persons_bin_is_not_a_prefix() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for bin in ["home/work/bin", "home/bin", "plain/bin", "installed/bin"] {
            std::fs::create_dir_all(at(bin)).unwrap();
            std::fs::copy("/bin/sh", at(bin).join("tool")).unwrap();
        }
        std::fs::create_dir_all(at("home/work/lib")).unwrap();
        std::fs::create_dir_all(at("installed/lib")).unwrap();
        let needs = |bin: &str| needs(&at(bin).join("tool"), &at("home/work/project"));
        std::fs::create_dir_all(at("home/work/project")).unwrap();
        for bin in ["home/work/bin", "home/bin", "plain/bin"] {
            assert_eq!(needs(bin), [at(bin).join("tool")]);
        }
        assert_eq!(needs("installed/bin"), [at("installed")]);
    }
}
