//! The environment of this process: variables, folders, the own program.

use std::io;
use std::path::{Path, PathBuf};

use super::PathError;

/// A variable that is set and is UTF-8.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable as it is.
pub fn variable_os(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// Every variable that is UTF-8 by name, sorted.
pub fn variables() -> Vec<(String, std::ffi::OsString)> {
    let named =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut variables: Vec<_> = named.collect();
    variables.sort();
    variables
}

/// The arguments of this process; what is not UTF-8 is replaced.
pub fn arguments() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// How many columns the terminal has, where one is there.
pub fn columns() -> Option<usize> {
    let streams = [rustix::stdio::stdout(), rustix::stdio::stderr()];
    let sizes = streams.into_iter().filter_map(|stream| rustix::termios::tcgetwinsize(stream).ok());
    sizes.map(|size| usize::from(size.ws_col)).find(|columns| *columns > 0)
}

/// The working directory.
pub fn directory() -> Result<PathBuf, PathError> {
    std::env::current_dir().map_err(|error| PathError::new("find", Path::new("."), error))
}

/// The program that runs.
pub fn program() -> Result<PathBuf, PathError> {
    std::env::current_exe().map_err(|error| PathError::new("find", Path::new("ingot"), error))
}

/// This user's folder for what can be made again: `INGOT_CACHE`, else as the system says.
pub fn cache_folder() -> PathBuf {
    let named = |name: &str| variable_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("INGOT_CACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("ingot")))
        .or_else(|| Some(named("HOME")?.join(".cache/ingot")))
        .unwrap_or_else(|| std::env::temp_dir().join("ingot-cache"))
}

/// This user's folder for what they say of themselves and this machine:
/// `$XDG_CONFIG_HOME/ingot`, else `~/.config/ingot`.
pub fn config_folder() -> Option<PathBuf> {
    let named = |name| variable_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = named("XDG_CONFIG_HOME").or_else(|| Some(named("HOME")?.join(".config")))?;
    Some(config.join("ingot"))
}

/// What tells this machine from another one that has the same home folder.
pub fn machine() -> String {
    let id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {} {}", platform(), id.trim(), name.trim())
}

/// How many processors this process may use.
pub fn processors() -> u32 {
    std::thread::available_parallelism()
        .map_or(1, |count| count.get().try_into().unwrap_or(u32::MAX))
}

/// The name of the operating system and the processor.
pub fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The memory of the machine in bytes, where it says.
pub fn memory() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| io::Error::other("no MemTotal"))
}

/// How many NVIDIA GPUs the machine shows.
pub fn gpus() -> u32 {
    let Ok(entries) = std::fs::read_dir("/proc/driver/nvidia/gpus") else { return 0 };
    entries.count().try_into().unwrap_or(u32::MAX)
}

/// Whether the processor has an instruction set as manifests name it; `default` is any.
pub fn has_instructions(isa: &str) -> bool {
    #[cfg(target_arch = "x86_64")]
    match isa {
        "avx2" => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        "avx512" => {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        }
        _ => true,
    }
    #[cfg(not(target_arch = "x86_64"))]
    return isa == "default";
}
