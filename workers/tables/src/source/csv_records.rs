//! Separated values as records (RFC 4180), a record at a time.
//!
//! Pure but for the reading. Invariant: what comes out is what the bytes say or there
//! is a [`Mistake`] with its line: a quote that is never closed does not end with the
//! file, text behind a closing quote belongs to no cell, and a carriage return ends a
//! line only where every line ends so. Held at once: one record, of at most
//! [`MOST_BYTES`] and [`MOST_CELLS`]. Lines that are empty are no records; a quote
//! inside a cell that does not begin with one is a character.

use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr3};

/// Most bytes of one record, its cells together.
const MOST_BYTES: usize = 64 << 20;
/// Most cells of one record.
pub(super) const MOST_CELLS: usize = 100_000;
/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why the bytes are no records.
#[derive(Debug, thiserror::Error)]
pub(super) enum Mistake {
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file ends inside a quoted cell.
    #[error("line {line}: the quote of cell {cell} is never closed")]
    Unclosed {
        /// Where the quote was opened, from 1.
        line: u64,
        /// Which cell of the record, from 1.
        cell: usize,
    },
    /// A closing quote that no delimiter and no end of line follows.
    #[error(
        "line {line}: text stands behind the closing quote of cell {cell}, which opened in line {opened}"
    )]
    BehindQuote {
        /// Where the text stands.
        line: u64,
        /// Where the quote was opened.
        opened: u64,
        /// Which cell of the record, from 1.
        cell: usize,
    },
    /// A carriage return alone, in a file whose lines end otherwise.
    #[error("line {line}: carriage returns alone are mixed with line feeds")]
    MixedEnds {
        /// The line.
        line: u64,
    },
    /// A byte of the value zero.
    #[error("line {line}: a NUL byte")]
    Nul {
        /// The line.
        line: u64,
    },
    /// Bytes that are no UTF-8.
    #[error("line {line}: cell {cell} is not UTF-8")]
    Encoding {
        /// The line.
        line: u64,
        /// Which cell of the record, from 1.
        cell: usize,
    },
    /// A record of too many bytes.
    #[error("line {line}: a row of more than {} MiB", MOST_BYTES >> 20)]
    TooLong {
        /// Where the record begins.
        line: u64,
    },
    /// A record of too many cells.
    #[error("line {line}: more cells than {most}")]
    TooMany {
        /// Where the record begins.
        line: u64,
        /// The most cells.
        most: usize,
    },
}

/// Where in a record the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No byte of the record was seen.
    Start,
    /// A cell begins.
    Cell,
    /// Inside a cell without quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// Behind a quote in quotes: the cell's end, or the first half of a quote.
    Quote,
    /// In the white space behind a closing quote.
    Behind,
}

/// How the lines of a file end; the first one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Unknown,
    LineFeed,
    CarriageReturn,
}

/// The records of a file.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// Whether white space may stand behind a closing quote.
    spaced: bool,
    buffer: Vec<u8>,
    at: usize,
    /// The line of the next byte, from 1.
    line: u64,
    ends: Ends,
    /// A carriage return was the last byte of a record: a line feed may follow.
    returned: bool,
    record: Record,
}

/// One record.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: String,
    /// Where each cell stands in the text.
    cells: Vec<Range<usize>>,
    /// The line in which it begins, from 1.
    pub(super) line: u64,
}

impl Record {
    /// Ends a cell there, which begins where the one before it ends.
    fn end(&mut self, end: usize) {
        let start = self.cells.last().map_or(0, |cell| cell.end);
        self.cells.push(start..end);
    }

    /// The number of cells.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The bytes of its cells.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The cells, in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|cell| self.text.get(cell.clone()).unwrap_or_default())
    }
}

impl<R: Read> Records<R> {
    /// Reads from the start of a file; `spaced` allows white space in front of a quote and
    /// behind the closing one, for cells that are trimmed.
    pub(super) fn new(input: R, delimiter: u8, spaced: bool) -> Self {
        Self {
            input,
            delimiter,
            spaced,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            ends: Ends::Unknown,
            returned: false,
            record: Record::default(),
        }
    }

    /// The next record of at most `most` cells; nothing at the end of the file.
    pub(super) fn next(&mut self, most: usize) -> Result<Option<&Record>, Mistake> {
        if self.plain_line(most)? {
            return Ok(Some(&self.record));
        }
        let mut text = std::mem::take(&mut self.record.text).into_bytes();
        text.clear();
        self.record.cells.clear();
        let mut state = State::Start;
        let mut opened = self.line;
        self.record.line = self.line;
        loop {
            if self.at == self.buffer.len() && !self.fill()? {
                if self.returned {
                    self.end_of_line(Ends::CarriageReturn)?;
                }
                match state {
                    State::Start => return Ok(None),
                    State::Quoted => {
                        return Err(Mistake::Unclosed { line: opened, cell: self.cell() });
                    }
                    State::Cell | State::Plain | State::Quote | State::Behind => {
                        self.record.end(text.len());
                        return self.finish(text).map(Some);
                    }
                }
            }
            let rest = &self.buffer[self.at..];
            let byte = rest[0];
            if self.returned {
                // Before anything else of the record: its line is told anew.
                if byte == b'\n' {
                    self.at += 1;
                }
                let ends = if byte == b'\n' { Ends::LineFeed } else { Ends::CarriageReturn };
                self.end_of_line(ends)?;
                self.record.line = self.line;
                continue;
            }
            match state {
                State::Start if byte == b'\n' || byte == b'\r' => {
                    self.at += 1;
                    self.line_ends(byte)?;
                    self.record.line = self.line;
                    continue;
                }
                State::Start | State::Cell if byte == b'"' => {
                    (state, opened) = (State::Quoted, self.line);
                    self.at += 1;
                    continue;
                }
                State::Start | State::Cell if self.spaced && (byte == b' ' || byte == b'\t') => {
                    // In front of a quote it is no part of the cell, else it is trimmed.
                    (state, self.at) = (State::Cell, self.at + 1);
                    continue;
                }
                State::Start | State::Cell => state = State::Plain,
                State::Quoted => {
                    let length = rest.iter().position(|&b| b == b'"').unwrap_or(rest.len());
                    let piece = &rest[..length];
                    text.extend_from_slice(piece);
                    if let Some(nul) = piece.iter().position(|&b| b == 0) {
                        let line = self.line + lines(&piece[..nul]);
                        return Err(Mistake::Nul { line });
                    }
                    self.line += lines(piece);
                    self.at += length;
                    if self.at < self.buffer.len() {
                        (state, self.at) = (State::Quote, self.at + 1);
                    }
                    self.short(&text)?;
                    continue;
                }
                State::Quote if byte == b'"' => {
                    text.push(b'"');
                    (state, self.at) = (State::Quoted, self.at + 1);
                    continue;
                }
                State::Quote | State::Behind => {
                    let ends = byte == self.delimiter || byte == b'\n' || byte == b'\r';
                    if !ends && !(self.spaced && (byte == b' ' || byte == b'\t')) {
                        let (line, cell) = (self.line, self.cell());
                        return Err(Mistake::BehindQuote { line, opened, cell });
                    }
                    if !ends {
                        text.push(byte);
                        (state, self.at) = (State::Behind, self.at + 1);
                        self.short(&text)?;
                        continue;
                    }
                }
                State::Plain => {}
            }
            // Behind this point the cell is plain or its quotes are closed.
            let rest = &self.buffer[self.at..];
            let delimiter = self.delimiter;
            let special = |&b: &u8| b == delimiter || b == b'\n' || b == b'\r' || b == 0;
            let length = rest.iter().position(special).unwrap_or(rest.len());
            text.extend_from_slice(&rest[..length]);
            self.at += length;
            self.short(&text)?;
            let Some(&byte) = self.buffer.get(self.at) else { continue };
            if byte == 0 {
                return Err(Mistake::Nul { line: self.line });
            }
            self.at += 1;
            self.record.end(text.len());
            if byte != delimiter {
                self.line_ends(byte)?;
                return self.finish(text).map(Some);
            }
            if self.record.cells.len() >= most {
                return Err(Mistake::TooMany { line: self.record.line, most });
            }
            state = State::Cell;
        }
    }

    /// Takes a line that is a record as it is, as most are: all of it is at hand, and no quote
    /// or other special byte is in it. Whether it did.
    fn plain_line(&mut self, most: usize) -> Result<bool, Mistake> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let Some(length) = memchr(b'\n', rest) else { return Ok(false) };
        let line = &rest[..length];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let at_start = !self.returned && self.ends != Ends::CarriageReturn;
        if !at_start || line.is_empty() || memchr3(b'"', b'\r', 0, line).is_some() {
            return Ok(false);
        }
        let mut text = std::mem::take(&mut self.record.text).into_bytes();
        text.clear();
        text.extend_from_slice(line);
        let record = &mut self.record;
        record.line = self.line;
        record.cells.clear();
        let mut start = 0;
        for end in memchr_iter(self.delimiter, line).chain([line.len()]) {
            if record.cells.len() >= most {
                return Err(Mistake::TooMany { line: record.line, most });
            }
            let space = |byte: &&u8| self.spaced && (**byte == b' ' || **byte == b'\t');
            let spaces = line.get(start..end).unwrap_or_default().iter().take_while(space).count();
            record.cells.push(start + spaces..end);
            start = end + 1;
        }
        self.at += length + 1;
        self.end_of_line(Ends::LineFeed)?;
        self.finish(text).map(|_| true)
    }

    /// The cell that is being read, from 1.
    fn cell(&self) -> usize {
        self.record.cells.len() + 1
    }

    fn short(&self, text: &[u8]) -> Result<(), Mistake> {
        match text.len() > MOST_BYTES {
            true => Err(Mistake::TooLong { line: self.record.line }),
            false => Ok(()),
        }
    }

    /// A line feed or a carriage return was taken outside quotes.
    fn line_ends(&mut self, byte: u8) -> Result<(), Mistake> {
        if byte == b'\r' {
            self.returned = true;
            return Ok(());
        }
        self.end_of_line(Ends::LineFeed)
    }

    /// A line has ended: in the file's way, or it is a mistake.
    fn end_of_line(&mut self, ends: Ends) -> Result<(), Mistake> {
        self.returned = false;
        if self.ends != Ends::Unknown && self.ends != ends {
            return Err(Mistake::MixedEnds { line: self.line });
        }
        self.ends = ends;
        self.line += 1;
        Ok(())
    }

    /// The record whose bytes are read, as text.
    fn finish(&mut self, bytes: Vec<u8>) -> Result<&Record, Mistake> {
        let line = self.record.line;
        let cells = &self.record.cells;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let cell = cells.iter().take_while(|cell| cell.end <= valid).count() + 1;
            Mistake::Encoding { line, cell }
        })?;
        // Two halves of a character in two cells are a text together.
        if let Some(at) = cells.iter().position(|cell| !text.is_char_boundary(cell.end)) {
            return Err(Mistake::Encoding { line, cell: at + 1 });
        }
        self.record.text = text;
        Ok(&self.record)
    }

    /// Reads on; false at the end of the file.
    fn fill(&mut self) -> Result<bool, Mistake> {
        let first = self.buffer.capacity() == 0;
        self.buffer.clear();
        self.at = 0;
        (&mut self.input).take(BUFFER as u64).read_to_end(&mut self.buffer)?;
        if first && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.at = BYTE_ORDER_MARK.len();
        }
        Ok(self.at < self.buffer.len())
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests;
