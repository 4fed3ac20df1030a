//! A folder copied as it is: bytes, executable bits, links and empty folders.

use std::fs;
use std::io;
use std::path::Path;

use ingot_protocol::Failure;
use ingot_tables::regular;
use ingot_tables::selection::not_written;

/// Copies the file or folder at `from` to `to`, which is not there yet.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let wrong = |error: io::Error| not_written(from, &error);
    // An input may itself be a link to what it stands for; links below it are its own.
    if !fs::metadata(from).map_err(wrong)?.is_dir() {
        // Only to refuse what is no regular file: a pipe would be waited for.
        regular::open(from).map_err(wrong)?;
        return fs::copy(from, to).map(|_| ()).map_err(wrong);
    }
    fs::create_dir(to).map_err(wrong)?;
    for entry in fs::read_dir(from).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let (below, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(wrong)?.is_symlink() {
            let target = fs::read_link(&below).map_err(wrong)?;
            std::os::unix::fs::symlink(target, copied).map_err(wrong)?;
        } else {
            copy(&below, &copied)?;
        }
    }
    Ok(())
}
