//! What others wrote, opened as a regular file alone and read with a bound.
//!
//! Invariant: nothing here waits for a writer, reads a device, follows a link out of
//! an artifact or takes more memory than its caller said, whatever stands at the path.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a text that describes: a contract, a template, a JSON file.
pub const MOST_TEXT: u64 = 64 << 20;

/// Opens a file for reading; anything but a regular one is refused.
pub fn open(path: &Path) -> io::Result<File> {
    let refused = || io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
    // Looked at before it is opened: opening a device does something, a pipe waits.
    if !fs::metadata(path)?.is_file() {
        return Err(refused());
    }
    let file = options().open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused()) }
}

#[cfg(unix)]
fn options() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    // Should a pipe have taken the file's place since, nobody waits for its writer.
    options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    options
}

#[cfg(not(unix))]
fn options() -> fs::OpenOptions {
    let mut options = File::options();
    options.read(true);
    options
}

/// Reads a file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let large = || {
        let message = format!("it is larger than {} MiB", most >> 20);
        io::Error::new(io::ErrorKind::FileTooLarge, message)
    };
    let file = open(path)?;
    if file.metadata()?.len() > most {
        return Err(large());
    }
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(large()) } else { Ok(bytes) }
}

/// Reads a text of at most [`MOST_TEXT`] bytes.
pub fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path, MOST_TEXT)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Whether a path below an artifact is a place in it: links may lead about in the
/// artifact, not out of it.
pub fn within(artifact: &Path, path: &Path) -> io::Result<()> {
    let (root, place) = (fs::canonicalize(artifact)?, fs::canonicalize(path)?);
    match place.starts_with(&root) {
        true => Ok(()),
        false => {
            let message = "it is a link that leads out of its artifact";
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}
