//! What the example workspace must show each time it is tested, training included:
//! two clean builds give the same bytes, the lock holds on an empty store, a second
//! build runs nothing, and an edited manifest does not pass for the locked one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::stages::Stages;
use crate::workspace;

/// The example's lock, which a build from nothing writes itself.
const LOCK: &str = "ingot.lock";

/// Builds the example in two fresh folders and compares them.
pub(crate) fn check(stages: &mut Stages) -> Result<()> {
    let folder = workspace::program("example")?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    let (one, other) = (folder.join("one"), folder.join("other"));
    stages.run("the example, from nothing", || {
        workspace::copy_example(&one, &[LOCK])?;
        ensure!(build(&one, &[])?.code == 0, "the example does not build");
        let again = build(&one, &[])?;
        ensure!(again.code == 0, "the second build does not end well");
        ensure!(again.executed == Some(0), "the second build ran {:?} steps", again.executed);
        Ok(())
    })?;
    stages.run("the example, locked, on an empty store", || {
        workspace::copy_example(&other, &[LOCK])?;
        fs::copy(one.join(LOCK), other.join(LOCK))?;
        ensure!(build(&other, &["--locked"])?.code == 0, "the lock does not hold");
        same(&one, &other)
    })?;
    stages.run("the example, edited, against its lock", || {
        let manifest = other.join("ingot.toml");
        let text = fs::read_to_string(&manifest)?;
        let edited = text.replacen("epochs = 120", "epochs = 121", 1);
        ensure!(edited != text, "the manifest has no `epochs = 120` to edit");
        fs::write(&manifest, edited)?;
        let code = build(&other, &["--locked"])?.code;
        ensure!(code == 5, "an edited manifest under --locked exits {code}, not 5");
        Ok(())
    })?;
    fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())
}

/// How a build ended.
struct Ended {
    code: i32,
    /// Steps that ran, as its summary counts them.
    executed: Option<u64>,
}

fn build(folder: &Path, arguments: &[&str]) -> Result<Ended> {
    let output = Command::new(workspace::program("ingot")?)
        .args(["build", "--json", "-C"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `ingot`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let executed = text
        .lines()
        .filter(|line| line.contains(r#""event":"summary""#))
        .filter_map(|line| line.split_once(r#""executed":"#)?.1.split([',', '}']).next())
        .find_map(|number| number.parse().ok());
    Ok(Ended { code: output.status.code().unwrap_or(-1), executed })
}

/// Compares every artifact and export of two workspaces, and their locks.
fn same(one: &Path, other: &Path) -> Result<()> {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    for part in [".ingot/out", "reports"] {
        read(&one.join(part), Path::new(part), &mut left)?;
        read(&other.join(part), Path::new(part), &mut right)?;
    }
    for (folder, files) in [(one, &mut left), (other, &mut right)] {
        files.insert(LOCK.into(), fs::read(folder.join(LOCK))?);
    }
    let names: Vec<&PathBuf> = left.keys().collect();
    ensure!(names == right.keys().collect::<Vec<_>>(), "the builds have other files");
    ensure!(names.len() > 20, "only {} files to compare", names.len());
    for (name, bytes) in &left {
        if right.get(name) != Some(bytes) {
            bail!("{} differs between two clean builds", name.display());
        }
    }
    eprintln!("{} files of two clean builds are the same", left.len());
    Ok(())
}

fn read(folder: &Path, name: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        if path.is_dir() {
            read(&path, &name, files)?;
        } else {
            files.insert(name, fs::read(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(())
}
