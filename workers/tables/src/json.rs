//! JSON on disk: pretty, keys sorted, a newline at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::regular;

/// Writes a value so that equal values give equal bytes.
pub fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    render(&mut file, value)?;
    file.flush()
}

/// The bytes that [`write`] writes.
pub(crate) fn render<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    let mut value = serde_json::to_value(value)?;
    value.sort_all_objects();
    // Not as one text: what is nested deep is mostly the white space before it.
    serde_json::to_writer_pretty(&mut *to, &value)?;
    to.write_all(b"\n")
}

/// Reads a value of at most [`regular::MOST_TEXT`] bytes, nested at most 127 deep; a text
/// that is not one is [`io::ErrorKind::InvalidData`].
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    parse(&regular::read(path, regular::MOST_TEXT)?)
}

/// The value of a text.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> io::Result<T> {
    serde_json::from_slice(text).map_err(|error| {
        let message = match is_no_number(text, &error) {
            true => format!("{error}: JSON has no NaN and no infinity"),
            false => error.to_string(),
        };
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}

/// Whether a mistake is a word that Python writes in the place of a number.
fn is_no_number(text: &[u8], error: &serde_json::Error) -> bool {
    const NEAR: usize = 12;
    let line = text.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
    let near = line.and_then(|line| line.get(error.column().saturating_sub(2)..));
    let near = near.map(|near| near.get(..NEAR).unwrap_or(near)).unwrap_or_default();
    let there = |word: &[u8]| near.windows(word.len()).any(|found| found == word);
    error.is_syntax() && (there(b"NaN") || there(b"Infinity"))
}
