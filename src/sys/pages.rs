//! Pages of files that were written to and are not on the disk yet.
//!
//! A program that has a file mapped writes to it without a call. The file's time moves when
//! a clean page is written to, and not again until that page was written back. So whoever
//! wants a later write to show has the pages written back before it reads them. File
//! systems in memory (tmpfs) write nothing back: there such a write never shows.

use std::fs::File;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::PathError;
use super::fault::point;

/// Has the pages of one file written back.
pub fn write_back(path: &Path) -> Result<(), PathError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let written = point("sync", path).and_then(|()| {
        let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        match cfg!(test) {
            // A test ends no machine, and the disk is not its own.
            true => Ok(()),
            false => file.sync_data(),
        }
    });
    written.map_err(|error| PathError::new("sync", path, error))
}
