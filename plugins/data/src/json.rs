//! JSON on disk: pretty, keys sorted, a newline at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::regular;

/// Writes a value so that equal values give equal bytes.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut value = serde_json::to_value(value)?;
    value.sort_all_objects();
    // Not as one text: what is nested deep is mostly the white space before it.
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, &value)?;
    file.write_all(b"\n")?;
    file.flush()
}

/// Reads a value of at most [`regular::MOST_TEXT`] bytes, nested at most 127 deep; a text
/// that is not one is [`io::ErrorKind::InvalidData`].
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let bytes = regular::read(path, regular::MOST_TEXT)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
