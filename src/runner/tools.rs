//! Which program a command's first word is, and what it needs to be read.
//!
//! A declared tool is looked for where the user has it; anything else in the
//! fixed `PATH` alone. A tool may read its prefix (the folder above its `bin`),
//! of a virtual environment also the interpreter behind it. Shims are passed
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
        reads.extend(prefix(&at));
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
        reads.extend(home.and_then(|home| Path::new(home.trim()).parent().map(Path::to_owned)));
    }
    reads.sort();
    reads.dedup();
    Ok(Tool { program, reads })
}

/// The folder above the program's `bin`; for any other place, the program alone.
fn prefix(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let above = folder.parent()?;
    if folder.file_name()? == "bin" && above != Path::new("/") {
        return Some(above.to_owned());
    }
    Some(program.to_owned())
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
        std::fs::copy("/bin/sh", folder.path().join("base/bin/python")).unwrap();
        std::os::unix::fs::symlink("../../base/bin/python", bin.join("python")).unwrap();
        let home = format!("home = {}\n", folder.path().join("base/bin").display());
        std::fs::write(folder.path().join("env/pyvenv.cfg"), home).unwrap();
        let tool = find(bin.join("python").to_str().unwrap(), true, folder.path()).unwrap();
        assert!(tool.reads.contains(&folder.path().join("env")));
        assert!(tool.reads.contains(&folder.path().join("base")));
    }
}
