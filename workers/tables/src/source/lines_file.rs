//! One text file as a table of its lines, or of the parts that a pattern finds in each.
//!
//! Every line is a row, an empty one too, and is kept as it is but for its end (`\n` or
//! `\r\n`). Behind the last end of a line there is no row.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use ingot_protocol::Failure;

use super::packed::{self, Packing};
use super::pattern::Pattern;
use super::places::Lines;
use super::reader::{FileColumn, FileReader, Piece, Room};
use super::table::Cells;

/// Most bytes of one line.
const MOST_BYTES: u64 = 64 << 20;
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a line becomes.
pub(super) enum Parts {
    /// A cell of the column of this name.
    Whole(String),
    /// What the groups of a pattern find in it.
    Pattern(Pattern),
}

/// A file that is read.
pub(super) struct LinesFile {
    path: PathBuf,
    file: BufReader<Box<dyn Read + Send>>,
    parts: Parts,
    /// The number of the line before, from 1.
    line: u64,
}

impl LinesFile {
    pub(super) fn open(path: &Path, parts: Parts) -> Result<Self, Failure> {
        let file = packed::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), parts, line: 0 })
    }

    /// The next line without its end; nothing behind the last.
    fn text(&mut self) -> Result<Option<String>, Failure> {
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(MOST_BYTES + 1).read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| unreadable(&self.path, &error))?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let line = self.line;
        if read as u64 > MOST_BYTES {
            let message = format!("line {line}: a line of more than {} MiB", MOST_BYTES >> 20);
            let help = "keep what is so long in files of its own";
            return Err(wrong(&self.path, "D0212", &message, help));
        }
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        let Some(text) = text else {
            let message = format!("line {line}: bytes that are not UTF-8, or NUL");
            return Err(wrong(&self.path, "D0211", &message, "save the file as UTF-8"));
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = if line == 1 { text.trim_start_matches(BYTE_ORDER_MARK) } else { text };
        Ok(Some(text.to_owned()))
    }
}

impl FileReader for LinesFile {
    fn columns(&self) -> Vec<FileColumn> {
        match &self.parts {
            Parts::Whole(name) => {
                vec![FileColumn { name: name.clone(), data_type: Some(DataType::Utf8) }]
            }
            Parts::Pattern(pattern) => pattern
                .names()
                .map(|name| FileColumn { name: name.to_owned(), data_type: None })
                .collect(),
        }
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let (mut lines, mut texts, mut room) =
            (Lines::default(), StringBuilder::new(), Room::default());
        while !room.is_full() {
            let Some(text) = self.text()? else { break };
            let matches = match &mut self.parts {
                Parts::Whole(_) => {
                    texts.append_value(&text);
                    true
                }
                Parts::Pattern(pattern) => pattern.line(&text),
            };
            if !matches {
                let message = format!("line {}: `pattern` does not match it", self.line);
                let help = "let the pattern match every line; `(..)?` is a part that may lack";
                return Err(wrong(&self.path, "D0221", &message, help));
            }
            lines.push(self.line);
            room.row(1, text.len());
        }
        if lines.rows() == 0 {
            return Ok(None);
        }
        let cells = match &mut self.parts {
            Parts::Whole(_) => vec![Cells::Typed(Arc::new(texts.finish()))],
            Parts::Pattern(pattern) => pattern.take(),
        };
        Ok(Some(Piece { cells, rows: lines.rows(), lines: Some(lines) }))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    match Packing::of(error) {
        Some(packing) => wrong(path, packing.told().0, &packing.to_string(), packing.told().1),
        None => wrong(path, "D0203", &error.to_string(), "look whether the file can be read"),
    }
}

fn wrong(path: &Path, code: &str, message: &str, help: &str) -> Failure {
    Failure::new(code, format!("{}: {message}", path.display())).help(help)
}
