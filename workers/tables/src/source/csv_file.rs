//! One file of separated values (RFC 4180) as columns of text.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow::array::StringBuilder;
use ingot_protocol::Failure;

use super::Csv;
use super::csv_records::{MOST_CELLS, Mistake, Record, Records};
use super::packed::{self, Packing};
use super::places::Lines;
use super::reader::{FileColumn, FileReader, Piece, Room};
use super::table::Cells;

/// A file that is read; every mistake names its line.
pub(super) struct CsvFile {
    path: PathBuf,
    records: Records<Box<dyn Read + Send>>,
    names: Vec<String>,
    rows: TextRows,
}

impl CsvFile {
    /// Opens a file and reads as much of it as its columns take: the header, or the first row.
    pub(super) fn open(path: &Path, format: &Csv) -> Result<Self, Failure> {
        let file = packed::open(path)
            .map_err(|error| Failure::new("D0203", format!("{}: {error}", path.display())))?;
        let wrong =
            |message: String| Failure::new("D0205", format!("{}: {message}", path.display()));
        let mistake = |mistake: Mistake| told(path, &mistake);
        let delimiter = delimiter(format.delimiter).map_err(wrong)?;
        if format.header && !format.columns.is_empty() {
            return Err(wrong("its format has a header and `columns`".to_owned())
                .help("leave `columns` out, or write `header = false`"));
        }
        let mut records = Records::new(file, delimiter, format.trim);
        let Some(first) = records.next(MOST_CELLS).map_err(mistake)? else {
            return Err(wrong("the file is empty: it has no column".to_owned())
                .help("put the table's first line back: a header, or a row"));
        };
        let names = match format.header {
            true => headed(first, format.trim)
                .map_err(|message| wrong(message).help("rename one of them"))?,
            false => named(first.len(), &format.columns).map_err(wrong)?,
        };
        let mut rows = TextRows::new(names.len(), format);
        if !format.header {
            rows.push(first);
        }
        Ok(Self { path: path.to_owned(), records, names, rows })
    }

    /// What is wrong with a row that has more or fewer cells than there are columns.
    fn ragged(&self, line: u64, found: usize) -> Failure {
        let (path, expected) = (self.path.display(), self.names.len());
        let there = if self.rows.header { "the header" } else { "the first row" };
        let found = cells(found);
        let message = format!("{path}: line {line}: {found}, where {there} has {expected}");
        Failure::new("D0205", message).help("quote cells that hold the delimiter")
    }
}

impl FileReader for CsvFile {
    fn columns(&self) -> Vec<FileColumn> {
        let names = self.names.iter();
        names.map(|name| FileColumn { name: name.clone(), data_type: None }).collect()
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let expected = self.names.len();
        while !self.rows.room.is_full() {
            let record = self.records.next(expected).map_err(|mistake| told(&self.path, &mistake));
            let Some(record) = record? else { break };
            if record.len() != expected {
                let (line, found) = (record.line, record.len());
                return Err(self.ragged(line, found));
            }
            self.rows.push(record);
        }
        Ok(self.rows.take())
    }
}

/// Rows that are being filled.
struct TextRows {
    header: bool,
    nulls: Vec<String>,
    trim: bool,
    columns: Vec<StringBuilder>,
    lines: Lines,
    room: Room,
}

impl TextRows {
    fn new(columns: usize, format: &Csv) -> Self {
        Self {
            header: format.header,
            nulls: format.nulls.clone(),
            trim: format.trim,
            columns: (0..columns).map(|_| StringBuilder::with_capacity(0, 0)).collect(),
            lines: Lines::default(),
            room: Room::default(),
        }
    }

    fn push(&mut self, record: &Record) {
        for (column, cell) in self.columns.iter_mut().zip(record.cells()) {
            let cell = if self.trim { cell.trim() } else { cell };
            match cell.is_empty() || self.nulls.iter().any(|null| null == cell) {
                true => column.append_null(),
                false => column.append_value(cell),
            }
        }
        self.lines.push(record.line);
        self.room.row(self.columns.len(), record.bytes());
    }

    /// What is filled; the rows begin anew.
    fn take(&mut self) -> Option<Piece> {
        self.room = Room::default();
        let lines = std::mem::take(&mut self.lines);
        let rows = lines.rows();
        let cells = self.columns.iter_mut().map(|column| {
            // The next piece takes about as much: room that grows is copied each time.
            let bytes = column.values_slice().len();
            let next = StringBuilder::with_capacity(rows, bytes + bytes / 8);
            Cells::Text(std::mem::replace(column, next).finish())
        });
        let cells = cells.collect();
        (rows > 0).then_some(Piece { cells, rows, lines: Some(lines) })
    }
}

/// The failure that tells a mistake.
fn told(path: &Path, mistake: &Mistake) -> Failure {
    let (code, help) = match mistake {
        Mistake::Io(error) => match Packing::of(error) {
            Some(packing) => packing.told(),
            None => ("D0203", "look whether the file can be read"),
        },
        Mistake::Unclosed { .. } => {
            ("D0208", "close the quote; a quote in a cell is written twice")
        }
        Mistake::BehindQuote { .. } => {
            ("D0209", "close the quote in its line; a quote in a quoted cell is written twice")
        }
        Mistake::MixedEnds { .. } => ("D0210", "end every line the same way"),
        Mistake::Nul { .. } | Mistake::Encoding { .. } => ("D0211", "save the file as UTF-8"),
        Mistake::TooLong { .. } => ("D0212", "keep what is so long in files of its own"),
        Mistake::TooMany { .. } => ("D0205", "quote cells that hold the delimiter"),
    };
    Failure::new(code, format!("{}: {mistake}", path.display())).help(help)
}

fn delimiter(character: char) -> Result<u8, String> {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(byte),
        _ => Err(format!("`{}` cannot be a delimiter", character.escape_default())),
    }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// The columns that a header names.
fn headed(header: &Record, trim: bool) -> Result<Vec<String>, String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::with_capacity(header.len());
    for name in header.cells() {
        let name = if trim { name.trim() } else { name }.trim_start_matches('\u{feff}');
        if !seen.insert(name) {
            return Err(format!("line {}: the column `{name}` is there twice", header.line));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Columns of a file without a header.
fn named(count: usize, names: &[String]) -> Result<Vec<String>, String> {
    if !names.is_empty() && names.len() != count {
        return Err(format!("the format names {} columns, line 1 has {count}", names.len()));
    }
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("column_{at}"));
    Ok((0..count).map(name).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A column's name and cells.
    type Named = (String, Vec<Option<String>>);

    fn csv(text: &str) -> Result<Vec<Named>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).unwrap();
        let format = Csv {
            delimiter: ',',
            header: true,
            columns: Vec::new(),
            nulls: vec!["?".into()],
            trim: true,
        };
        let failure = |f: Failure| Failure {
            message: f.message.replace(&path.display().to_string(), "x.csv"),
            ..f
        };
        let mut file = CsvFile::open(&path, &format).map_err(failure)?;
        let mut columns: Vec<Named> =
            file.names.iter().map(|name| (name.clone(), Vec::new())).collect();
        while let Some(piece) = file.next().map_err(failure)? {
            for ((_, all), cells) in columns.iter_mut().zip(piece.cells) {
                let texts = cells.texts().unwrap();
                all.extend(texts.iter().map(|text| text.map(str::to_owned)));
            }
        }
        Ok(columns)
    }

    #[test]
    fn cells_are_kept_as_they_are_and_nulls_are_null() {
        let table = csv("a,b\n1, x\n?,\"y,z\"\n,w\n").unwrap();
        let cells: Vec<Vec<Option<&str>>> =
            table.iter().map(|(_, cells)| cells.iter().map(Option::as_deref).collect()).collect();
        assert_eq!(cells, [vec![Some("1"), None, None], vec![Some("x"), Some("y,z"), Some("w")]]);
    }

    #[test]
    fn an_empty_file_says_so() {
        for text in ["", "\n", "\n\n"] {
            let failure = csv(text).unwrap_err();
            assert_eq!(failure.code, "D0205");
            assert_eq!(failure.message, "x.csv: the file is empty: it has no column");
            assert!(failure.help.is_some());
        }
        let table = csv("a,b\n").unwrap();
        let columns = table.iter().map(|(name, cells)| (name.as_str(), cells.len()));
        assert_eq!(columns.collect::<Vec<_>>(), [("a", 0), ("b", 0)]);
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let messages: Vec<String> = ["a,b\n1\n", "a,a\n1,2\n", "a\n\u{1}\n1,2\n"]
            .iter()
            .map(|text| csv(text).unwrap_err().message)
            .collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
