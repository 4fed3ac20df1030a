//! Where things are: the workspace's root and its built programs; `cargo` itself.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The packages whose programs make Ingot; `ingot-sql`, which takes longest to build, is
/// made by those who want it ([`sql`]).
pub(crate) const PROGRAMS: [&str; 4] = ["ingot", "ingot-data", "ingot-torch", "ingot-wasm"];

/// The workspace's root. Cargo says where this package is each time it runs it,
/// so a target folder that several checkouts share leads to the right one.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let package = PathBuf::from(package);
    package.parent().map_or(package.clone(), Path::to_path_buf)
}

/// `cargo SUBCOMMAND` in the workspace, in the profile that this program was
/// built in, against this libtorch.
pub(crate) fn cargo(subcommand: &str, libtorch: &Path) -> Result<Command> {
    let mut command = profiled(subcommand)?;
    command.env("LIBTORCH", libtorch);
    Ok(command)
}

/// The same in the workspace of the SQL worker, whose program then stands beside the others.
pub(crate) fn sql(subcommand: &str) -> Result<Command> {
    let mut command = profiled(subcommand)?;
    let target = own_folder()?.parent().context("there is no target folder")?.to_path_buf();
    command.args(["--manifest-path", "workers/sql/Cargo.toml", "--target-dir"]).arg(target);
    Ok(command)
}

fn profiled(subcommand: &str) -> Result<Command> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root()).arg(subcommand);
    match own_folder()?.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => {}
        Some(profile) => {
            command.args(["--profile", profile]);
        }
    }
    Ok(command)
}

/// Copies the example workspace, but for what builds leave there and the files named.
pub(crate) fn copy_example(to: &Path, leave: &[&str]) -> Result<()> {
    let leave: Vec<&str> = [".ingot", "reports"].iter().chain(leave).copied().collect();
    copy(&root().join("workspace-example"), to, &leave)
}

fn copy(from: &Path, to: &Path, leave: &[&str]) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        if leave.iter().any(|left| name == *left) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(&name));
        if from.is_dir() {
            copy(&from, &to, &[])?;
        } else {
            fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
    }
    Ok(())
}

/// A built program: cargo puts all of one profile beside each other.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    Ok(own_folder()?.join(name))
}

fn own_folder() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = own.parent().context("this program is in no folder")?;
    Ok(folder.to_path_buf())
}
