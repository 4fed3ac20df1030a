//! A CPU-only libtorch for the training worker, in the user's cache folder.
//!
//! On disk: `CACHE/libtorch/2.11.0-cpu/torch` with `lib`, `include` and
//! `build-version`, where `CACHE` is `$INGOT_CACHE`, `$XDG_CACHE_HOME/ingot` or
//! `~/.cache/ingot`; beside it `lock` and, while one is built, a temporary
//! folder. Invariant: the folder appears whole, by a rename, under the lock; what
//! a killed run left is removed by the next. A libtorch that `LIBTORCH` names is
//! checked and otherwise left alone.

mod stubs;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::stages::Stages;

/// The version that the `tch` crate of this workspace is made for.
const VERSION: &str = "2.11.0";

/// What every error ends with: the way that needs none of this.
const OWN: &str = "or set LIBTORCH to the folder of a libtorch or PyTorch 2.11 of your own \
                   (`python3 -c 'import torch; print(torch.__path__[0])'` names one)";

/// The folder for `LIBTORCH`: the user's own, else the cached one, built first
/// where there is none.
pub(crate) fn locate(stages: &mut Stages) -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("LIBTORCH").filter(|given| !given.is_empty()) {
        let given = std::path::absolute(&given).context("LIBTORCH is no path")?;
        check_given(&given)?;
        eprintln!("libtorch: {} (LIBTORCH)", given.display());
        return Ok(given);
    }
    let home = cache_folder()?.join("libtorch");
    let folder = home.join(format!("{VERSION}-cpu"));
    let torch = folder.join("torch");
    if !is_whole(&torch) {
        build(stages, &home, &folder)?;
    }
    eprintln!("libtorch: {}", torch.display());
    Ok(torch)
}

/// Refuses a libtorch that would only fail later, in a compiler or a linker.
fn check_given(given: &Path) -> Result<()> {
    let libraries = ["libtorch_cpu.so", "libtorch_cpu.dylib"];
    if !libraries.iter().any(|library| given.join("lib").join(library).is_file()) {
        bail!(
            "LIBTORCH is {}, which has no lib/libtorch_cpu.so; unset it to let this chore get \
             one, {OWN}",
            given.display()
        );
    }
    match given_version(given) {
        Some(version) if version.split('+').next() == Some(VERSION) => Ok(()),
        Some(version) => bail!(
            "LIBTORCH is {}, version {version}, and {VERSION} is needed; unset it to let this \
             chore get one",
            given.display()
        ),
        None => bail!(
            "LIBTORCH is {}, which says no version; if it is {VERSION}, write `{VERSION}` into \
             the file `build-version` there",
            given.display()
        ),
    }
}

/// The version of a libtorch (`build-version`) or of a PyTorch (`version.py`).
fn given_version(given: &Path) -> Option<String> {
    if let Ok(version) = fs::read_to_string(given.join("build-version")) {
        return Some(version.trim().to_owned());
    }
    let python = fs::read_to_string(given.join("version.py")).ok()?;
    let line = python.lines().find(|line| line.starts_with("__version__"))?;
    line.split(['\'', '"']).nth(1).map(str::to_owned)
}

fn cache_folder() -> Result<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())
    };
    let cache = folder("INGOT_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|path| path.join("ingot")))
        .or_else(|| folder("HOME").map(|path| path.join(".cache/ingot")))
        .context("there is no home folder; set INGOT_CACHE to a folder for downloads")?;
    std::path::absolute(cache).context("the cache folder is no path")
}

fn is_whole(torch: &Path) -> bool {
    let version = fs::read_to_string(torch.join("build-version")).unwrap_or_default();
    version.trim() == VERSION
        && wheel::LIBRARIES
            .iter()
            .chain(&stubs::LIBRARIES)
            .all(|library| torch.join("lib").join(library).is_file())
}

/// Builds the folder in a temporary one and renames it, one process at a time.
fn build(stages: &mut Stages, home: &Path, folder: &Path) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "a libtorch can be fetched for Linux on x86-64 only: install PyTorch {VERSION} \
               by pip and set LIBTORCH to its folder, {OWN}"
        );
    }
    wheel::check_tools()?;
    stubs::check_tools()?;
    fs::create_dir_all(home)
        .with_context(|| format!("cannot make {}; set INGOT_CACHE", home.display()))?;
    let lock_path = home.join("lock");
    let lock = fs::File::create(&lock_path)
        .with_context(|| format!("cannot write {}; set INGOT_CACHE", lock_path.display()))?;
    lock.lock().with_context(|| format!("cannot lock {}", lock_path.display()))?;
    // Another process may have built it while this one waited for the lock.
    if is_whole(&folder.join("torch")) {
        return Ok(());
    }
    let temporary = home.join("building");
    remove(&temporary)?;
    let result = fill(stages, &temporary).and_then(|()| {
        remove(folder)?;
        fs::rename(&temporary, folder)
            .with_context(|| format!("cannot rename {}", temporary.display()))
    });
    if result.is_err() {
        remove(&temporary)?;
    }
    result
}

fn fill(stages: &mut Stages, temporary: &Path) -> Result<()> {
    let torch = temporary.join("torch");
    fs::create_dir_all(torch.join("lib"))
        .with_context(|| format!("cannot make {}", torch.display()))?;
    wheel::check_space(temporary)?;
    let downloads = temporary.join("download");
    let file = stages.run("libtorch: download by pip", || wheel::download(&downloads))?;
    stages.run("libtorch: unpack", || {
        wheel::unpack(&file, &torch)?;
        remove(&downloads)
    })?;
    stages.run("libtorch: link and check", || {
        stubs::link(&torch.join("lib"), &temporary.join("tmp"))?;
        wheel::check_loads(&torch)?;
        let version = torch.join("build-version");
        fs::write(&version, format!("{VERSION}\n"))
            .with_context(|| format!("cannot write {}", version.display()))
    })
}

fn remove(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn torch_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn refusal(files: &[(&str, &str)]) -> String {
        let folder = torch_with(files);
        let path = folder.path().display().to_string();
        check_given(folder.path()).unwrap_err().to_string().replace(&path, "HERE")
    }

    #[test]
    fn a_libtorch_and_a_pytorch_of_the_right_version_are_taken() {
        for version in [("build-version", "2.11.0+cpu\n"), ("version.py", PYTORCH)] {
            let folder = torch_with(&[("lib/libtorch_cpu.so", ""), version]);
            check_given(folder.path()).unwrap();
        }
    }

    const PYTORCH: &str = "from typing import Optional\n__version__ = '2.11.0+cu130'\n";

    #[test]
    fn another_libtorch_is_refused_with_the_reason() {
        assert!(refusal(&[]).starts_with("LIBTORCH is HERE, which has no lib/libtorch_cpu.so;"));
        let library = ("lib/libtorch_cpu.so", "");
        let old = refusal(&[library, ("build-version", "2.9.1+cpu")]);
        assert!(old.starts_with("LIBTORCH is HERE, version 2.9.1+cpu, and 2.11.0"), "{old}");
        let silent = refusal(&[library]);
        assert!(silent.contains("says no version"), "{silent}");
    }

    #[test]
    fn a_folder_without_its_libraries_is_not_whole() {
        let files: Vec<String> = wheel::LIBRARIES
            .iter()
            .chain(&stubs::LIBRARIES)
            .map(|library| format!("lib/{library}"))
            .collect();
        let mut named: Vec<(&str, &str)> = files.iter().map(|file| (file.as_str(), "")).collect();
        named.push(("build-version", "2.11.0\n"));
        assert!(is_whole(torch_with(&named).path()));
        for missing in 0..named.len() {
            let mut rest = named.clone();
            rest.remove(missing);
            assert!(!is_whole(torch_with(&rest).path()), "without {:?}", named[missing]);
        }
    }
}
