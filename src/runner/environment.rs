//! The environment of a step: the same on every machine.
//!
//! Invariant: nothing of the user's environment is in it but what is declared:
//! names of secrets, and the folders of declared tools at the front of `PATH`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::RunError;
use crate::sys::env;

/// Where programs are looked for.
pub const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The environment of a step in `root` that computes with `threads`.
pub fn environment(root: &Path, threads: u32, tools: &[PathBuf]) -> BTreeMap<String, OsString> {
    let folders = tools.iter().map(PathBuf::as_path).chain(PATH.iter().map(Path::new));
    let mut path = OsString::new();
    for folder in folders {
        if !path.is_empty() {
            path.push(":");
        }
        path.push(folder);
    }
    let mut variables = BTreeMap::from([
        ("HOME".to_owned(), root.join("tmp/home").into_os_string()),
        ("PATH".to_owned(), path),
        ("TMPDIR".to_owned(), root.join("tmp").into_os_string()),
    ]);
    for (name, value) in [
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("OMP_WAIT_POLICY", "passive"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONHASHSEED", "0"),
        ("SOURCE_DATE_EPOCH", "0"),
        ("TZ", "UTC"),
    ] {
        variables.insert(name.to_owned(), value.into());
    }
    variables.insert("OMP_NUM_THREADS".to_owned(), threads.to_string().into());
    variables
}

/// The value of each secret. One that is not set is an error: what a step gives without it
/// would stand for what it gives with it.
pub fn secrets(names: &[String]) -> Result<Vec<(String, OsString)>, RunError> {
    let value = |name: &String| match env::variable_os(name) {
        Some(value) => Ok((name.clone(), value)),
        None => Err(RunError::NoSecret { name: name.clone() }),
    };
    names.iter().map(value).collect()
}
