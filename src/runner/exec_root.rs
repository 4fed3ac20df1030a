//! [`ExecRoot`]: the folder that a step sees as its working directory.
//!
//! On disk, in the step's work folder: `root/in/PORT` (or `root/in/PORT/N`) are
//! links to read-only views, `root/out/` and `root/tmp/` are its own, and a
//! command's sources and `./` inputs stand at their workspace paths, `root/in/.tools/NAME`
//! starts a declared tool. Invariant:
//! every path that a step is told is relative to the root, so the same request
//! works anywhere.

use std::path::{Component, Path, PathBuf};

use ingot_protocol::OWN_NAMES;

use super::RunError;
use crate::sys::fs;

/// A laid-out exec root.
#[derive(Debug)]
pub struct ExecRoot {
    root: PathBuf,
    reads: Vec<PathBuf>,
}

impl ExecRoot {
    /// Makes an empty root in `work`.
    pub fn new(work: &Path) -> Result<Self, RunError> {
        let root = work.join("root");
        for folder in [root.clone(), root.join("in"), root.join("out"), root.join("tmp")] {
            fs::create_dir(&folder)?;
        }
        fs::create_dir(&root.join("tmp/home"))?;
        Ok(Self { root, reads: Vec::new() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The views that the step reads.
    pub fn reads(&self) -> &[PathBuf] {
        &self.reads
    }

    /// Puts a view at `in/NAME`, and gives that path.
    pub fn place_input(&mut self, name: &str, view: &Path) -> Result<PathBuf, RunError> {
        let relative = Path::new("in").join(name);
        let link = self.root.join(&relative);
        if let Some(folder) = link.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::symlink(view, &link)?;
        self.reads.push(view.to_owned());
        Ok(relative)
    }

    /// Puts a view at a path of the workspace, and gives that path.
    pub fn place_at(&mut self, at: &str, view: &Path) -> Result<PathBuf, RunError> {
        let relative: PathBuf = Path::new(at)
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .collect();
        self.place(&relative, view)?;
        self.reads.push(view.to_owned());
        Ok(if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative })
    }

    /// Links `view` at `relative`. A folder that another input links already is
    /// opened up: it becomes a folder of links, so that both can stand.
    fn place(&self, relative: &Path, view: &Path) -> Result<(), RunError> {
        let crowded = || RunError::Crowded { at: relative.display().to_string() };
        let top = relative.components().next().map(|part| part.as_os_str().to_string_lossy());
        if top.is_some_and(|top| OWN_NAMES.contains(&top.as_ref())) {
            return Err(RunError::OwnName { at: relative.display().to_string() });
        }
        if relative.as_os_str().is_empty() {
            for name in fs::names(view)? {
                self.place(Path::new(&name), &view.join(&name))?;
            }
            return Ok(());
        }
        let mut folder = self.root.clone();
        for part in relative.parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            open_up(&folder, &crowded)?;
        }
        let link = self.root.join(relative);
        let Some(there) = fs::metadata_optional(&link)? else {
            return Ok(fs::symlink(view, &link)?);
        };
        if there.is_symlink() && fs::read_link(&link)? == view {
            return Ok(());
        }
        if !fs::canonical(view)?.is_dir() {
            return if same_file(&link, view)? { Ok(()) } else { Err(crowded()) };
        }
        open_up(&link, &crowded)?;
        for name in fs::names(view)? {
            self.place(&relative.join(&name), &view.join(&name))?;
        }
        Ok(())
    }

    /// Makes a program be called `name` in the folder of tools, and gives the folder. It is
    /// started by its own path: an interpreter finds its environment by it.
    pub fn place_tool(&self, name: &str, program: &Path) -> Result<PathBuf, RunError> {
        let folder = self.root.join("in/.tools");
        fs::create_dir_all(&folder)?;
        let path = program.to_str().ok_or_else(|| RunError::Form(program.display().to_string()))?;
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", path.replace('\'', "'\\''"));
        fs::write_new(&folder.join(name), script.as_bytes(), 0o555)?;
        Ok(folder)
    }

    /// Where an output is to be written, relative to the root.
    pub fn output(port: &str) -> PathBuf {
        Path::new("out").join(port)
    }
}

/// Makes `folder` a real folder: a new one, or one of links to what its link shows.
fn open_up(folder: &Path, crowded: &dyn Fn() -> RunError) -> Result<(), RunError> {
    let Some(there) = fs::metadata_optional(folder)? else {
        return Ok(fs::create_dir(folder)?);
    };
    if there.is_dir() {
        return Ok(());
    }
    if !there.is_symlink() {
        return Err(crowded());
    }
    let target = fs::read_link(folder)?;
    if !fs::metadata(&target)?.is_dir() {
        return Err(crowded());
    }
    fs::remove_file(folder)?;
    fs::create_dir(folder)?;
    for name in fs::names(&target)? {
        fs::symlink(&target.join(&name), &folder.join(&name))?;
    }
    Ok(())
}

fn same_file(one: &Path, other: &Path) -> Result<bool, RunError> {
    Ok(fs::same_bytes(one, other)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn inputs_that_lie_inside_each_other_both_stand() {
        let folder = tempfile::tempdir().unwrap();
        let views = folder.path().join("views");
        std::fs::create_dir_all(views.join("tools/deep")).unwrap();
        std::fs::write(views.join("tools/a.py"), "a").unwrap();
        std::fs::write(views.join("tools/deep/b.py"), "b").unwrap();
        std::fs::write(views.join("extra"), "x").unwrap();
        let mut root = ExecRoot::new(folder.path()).unwrap();
        root.place_at("tools", &views.join("tools")).unwrap();
        let at = root.place_at("tools/deep/extra.py", &views.join("extra")).unwrap();
        assert_eq!(at, Path::new("tools/deep/extra.py"));
        for (path, text) in [("a.py", "a"), ("deep/b.py", "b"), ("deep/extra.py", "x")] {
            let found = std::fs::read_to_string(root.path().join("tools").join(path)).unwrap();
            assert_eq!(found, text);
        }
    }

    #[test]
    fn the_roots_own_names_are_not_given_away() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("view"), "x").unwrap();
        let mut root = ExecRoot::new(folder.path()).unwrap();
        for at in ["in/x", "out", "tmp/y", "request.json"] {
            let error = root.place_at(at, &folder.path().join("view")).unwrap_err();
            assert!(matches!(error, RunError::OwnName { .. }), "{at}");
        }
    }
}
