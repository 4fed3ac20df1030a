//! The torch wheel: got by pip, checked, and the members taken that a CPU-only
//! program needs.
//!
//! Why pip and Python do the work: a machine that has pip has Python's `zipfile`
//! and pip's resolver of mirrors and proxies, so that this crate needs neither
//! an HTTP client nor an archive reader (`docs/decisions/0010-libtorch-by-pip.md`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{OWN, VERSION};
use crate::command;

/// What is taken from the wheel's `torch/lib`.
pub(super) const LIBRARIES: [&str; 4] =
    ["libc10.so", "libgomp.so.1", "libtorch.so", "libtorch_cpu.so"];

/// Of `torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl`, 530,604,548 bytes.
const SHA256: &str = "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a";

/// The wheel (0.53 GB) and what is taken from it (0.50 GB) stand side by side.
const SPACE: u64 = 1_200_000_000;

/// Refuses early where Python or its pip is missing.
pub(super) fn check_tools() -> Result<()> {
    let fix =
        format!("install Python 3 with pip (Debian and Ubuntu: `apt install python3-pip`), {OWN}");
    command::output(python().args(["-m", "pip", "--version"]), &fix)?;
    Ok(())
}

/// Refuses early where the disk is too full.
pub(super) fn check_space(folder: &Path) -> Result<()> {
    let script = "import shutil, sys; print(shutil.disk_usage(sys.argv[1]).free)";
    let answer = command::output(python().args(["-c", script]).arg(folder), OWN)?;
    let free: u64 = answer.trim().parse().context("Python printed no number")?;
    if free < SPACE {
        bail!(
            "{} has {} MB free and {} MB are needed: make room, set INGOT_CACHE to a folder on \
             another disk, {OWN}",
            folder.display(),
            free / 1_000_000,
            SPACE / 1_000_000
        );
    }
    Ok(())
}

/// Downloads the wheel into `folder`; pip refuses one with another hash.
pub(super) fn download(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, format!("torch=={VERSION} --hash=sha256:{SHA256}\n"))
        .with_context(|| format!("cannot write {}", requirements.display()))?;
    let mut pip = python();
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"])
        .args(["--platform", "manylinux_2_28_x86_64", "--implementation", "cp"])
        .args(["--python-version", "311", "--abi", "cp311"])
        .args(["--no-cache-dir", "--disable-pip-version-check"])
        .arg("--requirement")
        .arg(&requirements)
        .arg("--dest")
        .arg(folder);
    let fix = format!(
        "pip's message is above: see that the network is there (a proxy: HTTPS_PROXY, a mirror: \
         PIP_INDEX_URL), {OWN}"
    );
    command::run(&mut pip, &fix)?;
    let file = folder.join(format!("torch-{VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl"));
    if !file.is_file() {
        bail!("pip ended well, but {} is not there; {OWN}", file.display());
    }
    Ok(file)
}

/// Takes the libraries and headers, and strips the largest library where `strip`
/// is there: 0.1 GB less to keep and to read.
pub(super) fn unpack(wheel: &Path, torch: &Path) -> Result<()> {
    let fix = "the disk may be full, or the download damaged: run this again";
    command::run(
        python().args(["-c", include_str!("unpack.py")]).arg(wheel).arg(torch).args(LIBRARIES),
        fix,
    )?;
    let largest = torch.join("lib/libtorch_cpu.so");
    let stripped = Command::new("strip").arg("--strip-unneeded").arg(&largest).status();
    if !stripped.is_ok_and(|status| status.success()) {
        eprintln!("libtorch: left unstripped, because `strip` failed or is missing");
    }
    Ok(())
}

/// Loads the library with every symbol bound, so that a missing one is found
/// here and not in the middle of a training.
pub(super) fn check_loads(torch: &Path) -> Result<()> {
    let script = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW)";
    let library = torch.join("lib/libtorch_cpu.so");
    let fix = format!("this machine cannot load the libtorch that pip has, {OWN}");
    command::output(python().args(["-c", script]).arg(library), &fix)?;
    Ok(())
}

/// `python3`, away from the user's own modules and start-up files.
fn python() -> Command {
    let mut python = Command::new("python3");
    python.env_remove("PYTHONPATH").env_remove("PYTHONSTARTUP");
    python
}
