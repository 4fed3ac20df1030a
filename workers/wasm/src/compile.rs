//! Component bytes to machine code, in a process of its own.
//!
//! Owns the verb `compile`: the only place where a compiler sees what a stranger wrote,
//! so that it can be limited and killed. It writes one file, whole or not at all; the
//! process that runs the guest reads that file and compiles nothing.

use std::fs;
use std::io::Read;
use std::path::Path;

use wasmtime::component::Component;

use crate::engine::engine;
use crate::error::PluginError;

/// The largest component.
pub const MOST: u64 = 64 << 20;

/// The head of every WebAssembly file, before its version.
const MAGIC: &[u8] = b"\0asm";
/// The version of a core module.
const MODULE: &[u8] = &[1, 0, 0, 0];
/// The version of a component.
const COMPONENT: &[u8] = &[13, 0, 1, 0];

/// Compiles the component in one file into another one.
pub fn compile(component: &Path, compiled: &Path) -> Result<(), PluginError> {
    let bytes = read(component)?;
    let component = Component::from_binary(&engine()?, &bytes)
        .map_err(|error| PluginError::Compile { reason: first_line(&format!("{error:#}")) })?;
    let code = component
        .serialize()
        .map_err(|error| PluginError::Compile { reason: first_line(&format!("{error:#}")) })?;
    fs::write(compiled, code)
        .map_err(|source| PluginError::Io { path: compiled.to_owned(), source })
}

/// The bytes of a component: no more than [`MOST`], and of the right sort.
pub fn read(path: &Path) -> Result<Vec<u8>, PluginError> {
    let io = |source| PluginError::Io { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    if size > MOST {
        return Err(PluginError::Large { size, most: MOST });
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(io)?;
    let found = match bytes.split_at_checked(8).map(|(head, _)| head.split_at(4)) {
        Some((MAGIC, COMPONENT)) => return Ok(bytes),
        Some((MAGIC, MODULE)) => "a core module".to_owned(),
        Some((MAGIC, _)) => "WebAssembly of another version".to_owned(),
        _ if bytes.is_empty() => "an empty file".to_owned(),
        _ => "something else".to_owned(),
    };
    Err(PluginError::NoComponent { found })
}

/// The compiler's first line; the rest is for its own developers.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
