//! Stand-ins for the two CUDA libraries that `libtorch_cpu.so` names.
//!
//! The wheel is built for CUDA, so its CPU library asks the loader for
//! `libcudart.so.13` and `libcupti.so.13`, which its profiler calls and nothing
//! else does. A CPU-only folder gets libraries of a few kilobytes that answer
//! "there is no device"; they stand in `lib`, where the loader looks too.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::OWN;
use crate::command;

/// The file names that the loader asks for; each is its symbols' version too.
pub(super) const LIBRARIES: [&str; 2] = ["libcudart.so.13", "libcupti.so.13"];

const SOURCES: [&str; 2] = [include_str!("cudart.c"), include_str!("cupti.c")];

/// Refuses early where a compiler is missing: the workspace's build needs the
/// C++ one anyway, and would say so only after the download.
pub(super) fn check_tools() -> Result<()> {
    let fix = "install a C and C++ compiler (Debian and Ubuntu: `apt install g++`)";
    command::output(compiler("CC", "cc").arg("--version"), fix)?;
    command::output(compiler("CXX", "c++").arg("--version"), fix)?;
    Ok(())
}

/// Compiles both into `lib`, by way of the folder `temporary`.
pub(super) fn link(lib: &Path, temporary: &Path) -> Result<()> {
    let write = |path: &Path, text: &str| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    fs::create_dir_all(temporary)
        .with_context(|| format!("cannot make {}", temporary.display()))?;
    for (library, source) in LIBRARIES.iter().zip(SOURCES) {
        let code = temporary.join("stub.c");
        let versions = temporary.join("stub.map");
        write(&code, source)?;
        write(&versions, &format!("{library} {{ global: *; }};\n"))?;
        command::run(
            compiler("CC", "cc")
                .args(["-shared", "-fPIC", "-O1", "-o"])
                .arg(lib.join(library))
                .arg(format!("-Wl,-soname,{library}"))
                .arg(format!("-Wl,--version-script={}", versions.display()))
                .arg(&code),
            &format!("see the compiler's message above, {OWN}"),
        )?;
    }
    fs::remove_dir_all(temporary).with_context(|| format!("cannot remove {}", temporary.display()))
}

/// The compiler that the environment names, as the `cc` crate finds it.
fn compiler(variable: &str, default: &str) -> Command {
    let named = std::env::var(variable).unwrap_or_default();
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(default));
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_compile_and_carry_the_versions_that_the_loader_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        link(folder.path(), &folder.path().join("tmp")).unwrap();
        for library in LIBRARIES {
            let bytes = fs::read(folder.path().join(library)).unwrap();
            let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(bytes.starts_with(b"\x7fELF") && holds(library), "{library}");
            assert!(holds("cudaGetDeviceCount") || holds("cuptiSubscribe"), "{library}");
        }
        assert!(!folder.path().join("tmp").exists());
    }
}
