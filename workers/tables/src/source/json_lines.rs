//! One file of JSON Lines: an object a line, its members the columns.
//!
//! A member that a line lacks is missing there, as is `null`. Invariant: a column has one
//! type in all lines, the one that JSON gives it, and a value that this type does not hold
//! as it is written is refused with its line: no number is rounded to a whole one, no text
//! becomes a number. Lists and objects within a line are no values of a column.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, new_null_array};
use arrow::datatypes::DataType;
use ingot_protocol::Failure;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::packed::{self, Packing};
use super::places::Lines;
use super::reader::{FileColumn, FileReader, Piece, Room};
use super::table::Cells;

/// Most bytes of one line.
const MOST_BYTES: u64 = 64 << 20;
/// Most columns.
const MOST_COLUMNS: usize = 100_000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that is read. Its columns are found by a pass of its own, since any line may be the
/// first that has one.
pub(super) struct JsonLinesFile {
    columns: Columns,
    objects: Objects,
}

impl JsonLinesFile {
    /// Reads a file for its columns and begins it anew.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let mut columns = Columns::default();
        let mut objects = Objects::open(path)?;
        while let Some(bytes) = objects.line()? {
            let members = objects.members(&bytes)?;
            columns.row(&members).map_err(|mistake| objects.wrong(&mistake))?;
        }
        if columns.columns.is_empty() {
            let message = format!("{}: the file is empty: it has no column", path.display());
            return Err(Failure::new("D0205", message).help("write one object a line"));
        }
        Ok(Self { columns, objects: Objects::open(path)? })
    }
}

impl FileReader for JsonLinesFile {
    fn columns(&self) -> Vec<FileColumn> {
        let columns = self.columns.columns.iter();
        let columns = columns.map(|column| FileColumn {
            name: column.name.clone(),
            data_type: Some(column.data_type()),
        });
        columns.collect()
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let width = self.columns.columns.len();
        let mut cells: Vec<Vec<Value>> = vec![Vec::new(); width];
        let (mut lines, mut room) = (Lines::default(), Room::default());
        while !room.is_full() {
            let Some(bytes) = self.objects.line()? else { break };
            for (at, value) in self.columns.found(&self.objects.members(&bytes)?) {
                if let Some(cells) = cells.get_mut(at) {
                    cells.resize(lines.rows(), Value::Missing);
                    cells.push(value);
                }
            }
            lines.push(self.objects.line);
            room.row(width, bytes.len());
        }
        if lines.rows() == 0 {
            return Ok(None);
        }
        let cells = self.columns.columns.iter().zip(cells).map(|(column, mut values)| {
            values.resize(lines.rows(), Value::Missing);
            Cells::Typed(array(&values, &column.data_type()))
        });
        Ok(Some(Piece { cells: cells.collect(), rows: lines.rows(), lines: Some(lines) }))
    }
}

/// The lines of a file that hold something.
struct Objects {
    path: PathBuf,
    file: BufReader<Box<dyn Read + Send>>,
    /// The number of the line before, from 1.
    line: u64,
}

impl Objects {
    fn open(path: &Path) -> Result<Self, Failure> {
        let file = packed::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufReader::new(file), line: 0 })
    }

    /// The next one; nothing behind the last.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        loop {
            let mut bytes = Vec::new();
            let read = self.file.by_ref().take(MOST_BYTES + 1).read_until(b'\n', &mut bytes);
            let read = read.map_err(|error| unreadable(&self.path, &error))?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if read as u64 > MOST_BYTES {
                let (path, line, most) = (self.path.display(), self.line, MOST_BYTES >> 20);
                let message = format!("{path}: line {line}: a line of more than {most} MiB");
                return Err(
                    Failure::new("D0212", message).help("keep what is so long in files of its own")
                );
            }
            if self.line == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(bytes));
            }
        }
    }

    /// The members of the object that the line just read is.
    fn members<'a>(&self, bytes: &'a [u8]) -> Result<Vec<(String, &'a RawValue)>, Failure> {
        let members: Result<Members<'_>, _> = serde_json::from_slice(bytes);
        members.map(|members| members.0).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, mistake: &str) -> Failure {
        let (path, line) = (self.path.display(), self.line);
        Failure::new("D0222", format!("{path}: line {line}: {mistake}"))
            .help("write one object a line, of numbers, texts, truth values and null")
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    match Packing::of(error) {
        Some(packing) => {
            let (code, help) = packing.told();
            Failure::new(code, format!("{path}: {packing}")).help(help)
        }
        None => Failure::new("D0203", format!("{path}: {error}"))
            .help("look whether the file can be read"),
    }
}

/// The members of an object as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Object).map(Members)
    }
}

const NUMBER: &str = "a number";
const TRUTH: &str = "a truth value";

/// What a value of a column is.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Missing,
    Whole(i64),
    Float(f64),
    Truth(bool),
    Text(String),
}

impl Value {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is {what}")
        };
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Missing,
            Some(b't') => Self::Truth(true),
            Some(b'f') => Self::Truth(false),
            Some(b'"') => {
                Self::Text(serde_json::from_str(text).map_err(|error| error.to_string())?)
            }
            Some(b'[') => return Err(wrong("a list, which no column holds yet")),
            Some(b'{') => return Err(wrong("an object, which no column holds")),
            _ if text.contains(['.', 'e', 'E']) => match text.parse() {
                Ok(float) if f64::is_finite(float) => Self::Float(float),
                _ => return Err(wrong("a number that `float64` does not hold")),
            },
            _ => match text.parse() {
                Ok(whole) => Self::Whole(whole),
                Err(_) => return Err(wrong("a whole number that `int64` does not hold")),
            },
        })
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Whole(_) | Self::Float(_) => NUMBER,
            Self::Truth(_) => TRUTH,
            Self::Text(_) => "a text",
        }
    }
}

/// Whether a whole number is a float without loss.
fn exact(whole: i64) -> bool {
    (whole as f64) as i128 == i128::from(whole)
}

/// The columns that were found.
#[derive(Default)]
struct Columns {
    columns: Vec<Column>,
    names: HashMap<String, usize>,
    rows: usize,
}

struct Column {
    name: String,
    /// The number of the last row that has it, from 1.
    row: usize,
    /// The first value that is not missing.
    first: Option<&'static str>,
    /// Whether a number has a point.
    floats: bool,
    /// Whether a whole number is none that a float holds.
    large: bool,
}

impl Column {
    fn new(name: String) -> Self {
        Self { name, row: 0, first: None, floats: false, large: false }
    }

    /// The one type of all values; whole numbers beside others are floats.
    fn data_type(&self) -> DataType {
        match self.first {
            None => DataType::Null,
            Some(NUMBER) if self.floats => DataType::Float64,
            Some(NUMBER) => DataType::Int64,
            Some(TRUTH) => DataType::Boolean,
            Some(_) => DataType::Utf8,
        }
    }
}

impl Columns {
    fn row(&mut self, members: &[(String, &RawValue)]) -> Result<(), String> {
        self.rows += 1;
        for (name, raw) in members {
            let value = Value::parse(raw.get()).map_err(|what| format!("`{name}`: {what}"))?;
            let at = match self.names.get(name) {
                Some(&at) => at,
                None if self.columns.len() == MOST_COLUMNS => {
                    return Err(format!("more than {MOST_COLUMNS} columns"));
                }
                None => {
                    self.names.insert(name.clone(), self.columns.len());
                    self.columns.push(Column::new(name.clone()));
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[at];
            if column.row == self.rows {
                return Err(format!("`{name}` is there twice"));
            }
            column.row = self.rows;
            if value != Value::Missing {
                let first = *column.first.get_or_insert(value.word());
                if first != value.word() {
                    let found = value.word();
                    return Err(format!("`{name}` is {found}, and {first} in the lines before it"));
                }
            }
            column.floats |= matches!(value, Value::Float(_));
            column.large |= matches!(value, Value::Whole(whole) if !exact(whole));
            if column.floats && column.large {
                return Err(format!(
                    "`{name}` has whole numbers that `float64` does not hold, and others"
                ));
            }
        }
        Ok(())
    }

    /// The values of a line that was read before, with the numbers of their columns.
    fn found(&self, members: &[(String, &RawValue)]) -> Vec<(usize, Value)> {
        let found = members.iter().filter_map(|(name, raw)| {
            let at = *self.names.get(name)?;
            Some((at, Value::parse(raw.get()).ok()?))
        });
        found.collect()
    }
}

/// The values in their type.
fn array(values: &[Value], data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Utf8 => {
            let texts = values.iter().map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
            Arc::new(texts.collect::<StringArray>())
        }
        DataType::Boolean => {
            let truths = values.iter().map(|value| match value {
                Value::Truth(truth) => Some(*truth),
                _ => None,
            });
            Arc::new(truths.collect::<BooleanArray>())
        }
        DataType::Float64 => {
            let floats = values.iter().map(|value| match value {
                Value::Whole(whole) => Some(*whole as f64),
                Value::Float(float) => Some(*float),
                _ => None,
            });
            Arc::new(floats.collect::<Float64Array>())
        }
        DataType::Int64 => {
            let wholes = values.iter().map(|value| match value {
                Value::Whole(whole) => Some(*whole),
                _ => None,
            });
            Arc::new(wholes.collect::<Int64Array>())
        }
        _ => new_null_array(&DataType::Null, values.len()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        std::fs::write(&path, text).unwrap();
        let read = JsonLinesFile::open(&path).and_then(|mut file| {
            let columns = file.columns();
            Ok((columns, file.next()?.unwrap()))
        });
        match read {
            Err(failure) => {
                let message = failure.message.replace(&path.display().to_string(), "x.jsonl");
                format!("{} {message}", failure.code)
            }
            Ok((columns, piece)) => {
                let columns = columns.iter().zip(&piece.cells).map(|(column, found)| {
                    let Cells::Typed(values) = found else { unreachable!() };
                    assert_eq!(column.data_type.as_ref(), Some(values.data_type()));
                    let cells = (0..piece.rows)
                        .map(|row| found.text(row).unwrap_or_else(|| "-".to_owned()));
                    let cells: Vec<_> = cells.collect();
                    format!("{} {} {}", column.name, values.data_type(), cells.join(","))
                });
                columns.collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn a_column_has_the_type_that_json_gives_it() {
        let cases = [
            "{\"a\": 1, \"b\": \"x\"}\n\n{\"b\": null, \"c\": true}\n{\"a\": 2.5}\n",
            "\u{feff}{\"a\": \"01\"}\r\n{\"a\": \"\\u00e4\"}",
            "{\"a\": null}\n",
            "{\"a\": 9007199254740993}\n{\"a\": 0.5}\n",
            "{\"a\": 1}\n{\"a\": \"1\"}\n",
            "{\"a\": 1, \"a\": 2}\n",
            "{\"a\": 9223372036854775808}\n",
            "{\"a\": 1e400}\n",
            "{\"a\": [1]}\n",
            "[1, 2]\n",
            "{\"a\": 1} {\"a\": 2}\n",
            "{\"a\": NaN}\n",
            "{\"a\": \"\u{1}\"}\n",
            "",
        ];
        insta::assert_snapshot!(cases.map(told).join("\n"), @r#"
        a Float64 1.0,-,2.5; b Utf8 x,-,-; c Boolean -,true,-
        a Utf8 01,ä
        a Null 
        D0222 x.jsonl: line 2: `a` has whole numbers that `float64` does not hold, and others
        D0222 x.jsonl: line 2: `a` is a text, and a number in the lines before it
        D0222 x.jsonl: line 1: `a` is there twice
        D0222 x.jsonl: line 1: `a`: `9223372036854775808` is a whole number that `int64` does not hold
        D0222 x.jsonl: line 1: `a`: `1e400` is a number that `float64` does not hold
        D0222 x.jsonl: line 1: `a`: `[1]` is a list, which no column holds yet
        D0222 x.jsonl: line 1: invalid type: sequence, expected an object at line 1 column 0
        D0222 x.jsonl: line 1: trailing characters at line 1 column 10
        D0222 x.jsonl: line 1: expected value at line 1 column 7
        D0222 x.jsonl: line 1: control character (\u0000-\u001F) found while parsing a string at line 1 column 7
        D0205 x.jsonl: the file is empty: it has no column
        "#);
    }
}
