//! One file of JSON Lines: an object a line, its members the columns.
//!
//! A member that a line lacks is missing there, as is `null`. Invariant: a column has one
//! type in all lines, the one that JSON gives it, and a value that this type does not hold
//! as it is written is refused with its line: no number is rounded to a whole one, no text
//! becomes a number. Lists and objects within a line are no values of a column.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, new_null_array};
use arrow::datatypes::DataType;
use ingot_protocol::Failure;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::packed::{self, Packing};
use super::places::Lines;
use super::table::{Cells, SourceColumn};

/// Most bytes of one line.
const MOST_BYTES: u64 = 64 << 20;
/// Most columns.
const MOST_COLUMNS: usize = 100_000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a file; a mistake names its line.
pub(super) fn read(path: &Path) -> Result<(Vec<SourceColumn>, Lines), Failure> {
    let told = |code: &str, message: String, help: &str| {
        Failure::new(code, format!("{}: {message}", path.display())).help(help)
    };
    let io = |error: std::io::Error| match Packing::of(&error) {
        Some(packing) => told(packing.told().0, packing.to_string(), packing.told().1),
        None => told("D0203", error.to_string(), "look whether the file can be read"),
    };
    let mut file = BufReader::new(packed::open(path).map_err(io)?);
    let mut columns = Columns::default();
    let mut lines = Lines::default();
    for line in 1.. {
        let mut bytes = Vec::new();
        let read = file.by_ref().take(MOST_BYTES + 1).read_until(b'\n', &mut bytes).map_err(io)?;
        if read == 0 {
            break;
        }
        if read as u64 > MOST_BYTES {
            let message = format!("line {line}: a line of more than {} MiB", MOST_BYTES >> 20);
            return Err(told("D0212", message, "keep what is so long in files of its own"));
        }
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).filter(|_| line == 1).unwrap_or(&bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let wrong = |mistake: String| {
            let help = "write one object a line, of numbers, texts, truth values and null";
            told("D0222", format!("line {line}: {mistake}"), help)
        };
        let members: Members<'_> =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        columns.row(members.0).map_err(wrong)?;
        lines.push(line);
    }
    if columns.columns.is_empty() {
        let message = "the file is empty: it has no column".to_owned();
        return Err(told("D0205", message, "write one object a line"));
    }
    Ok((columns.finish(), lines))
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
            Self::Whole(_) | Self::Float(_) => "a number",
            Self::Truth(_) => "a truth value",
            Self::Text(_) => "a text",
        }
    }
}

/// Whether a whole number is a float without loss.
fn exact(whole: i64) -> bool {
    (whole as f64) as i128 == i128::from(whole)
}

/// The columns that are being filled.
#[derive(Default)]
struct Columns {
    columns: Vec<Column>,
    names: HashMap<String, usize>,
    rows: usize,
}

struct Column {
    name: String,
    /// Shorter than the number of rows where the last ones lack it.
    values: Vec<Value>,
    /// The first value that is not missing.
    first: Option<&'static str>,
    /// Whether a number has a point.
    floats: bool,
    /// Whether a whole number is none that a float holds.
    large: bool,
}

impl Column {
    fn new(name: String) -> Self {
        Self { name, values: Vec::new(), first: None, floats: false, large: false }
    }
}

impl Columns {
    fn row(&mut self, members: Vec<(String, &RawValue)>) -> Result<(), String> {
        for (name, raw) in members {
            let value = Value::parse(raw.get()).map_err(|what| format!("`{name}`: {what}"))?;
            let at = match self.names.get(&name) {
                Some(&at) => at,
                None if self.columns.len() == MOST_COLUMNS => {
                    return Err(format!("more than {MOST_COLUMNS} columns"));
                }
                None => {
                    self.names.insert(name.clone(), self.columns.len());
                    self.columns.push(Column::new(name));
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[at];
            if column.values.len() > self.rows {
                return Err(format!("`{}` is there twice", column.name));
            }
            if value != Value::Missing {
                let first = *column.first.get_or_insert(value.word());
                if first != value.word() {
                    let (name, found) = (&column.name, value.word());
                    return Err(format!("`{name}` is {found}, and {first} in the lines before it"));
                }
            }
            column.floats |= matches!(value, Value::Float(_));
            column.large |= matches!(value, Value::Whole(whole) if !exact(whole));
            if column.floats && column.large {
                let name = &column.name;
                return Err(format!(
                    "`{name}` has whole numbers that `float64` does not hold, and others"
                ));
            }
            column.values.resize(self.rows, Value::Missing);
            column.values.push(value);
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> Vec<SourceColumn> {
        let rows = self.rows;
        let columns = self.columns.into_iter().map(|mut column| {
            column.values.resize(rows, Value::Missing);
            SourceColumn { cells: Cells::Typed(array(&column.values)), name: column.name }
        });
        columns.collect()
    }
}

/// The values in the one type of all; whole numbers beside others are floats.
fn array(values: &[Value]) -> ArrayRef {
    let has = |is: fn(&Value) -> bool| values.iter().any(is);
    if has(|value| matches!(value, Value::Text(_))) {
        let texts = values.iter().map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        return Arc::new(texts.collect::<StringArray>());
    }
    if has(|value| matches!(value, Value::Truth(_))) {
        let truths = values.iter().map(|value| match value {
            Value::Truth(truth) => Some(*truth),
            _ => None,
        });
        return Arc::new(truths.collect::<BooleanArray>());
    }
    if has(|value| matches!(value, Value::Float(_))) {
        let floats = values.iter().map(|value| match value {
            Value::Whole(whole) => Some(*whole as f64),
            Value::Float(float) => Some(*float),
            _ => None,
        });
        return Arc::new(floats.collect::<Float64Array>());
    }
    if has(|value| matches!(value, Value::Whole(_))) {
        let wholes = values.iter().map(|value| match value {
            Value::Whole(whole) => Some(*whole),
            _ => None,
        });
        return Arc::new(wholes.collect::<Int64Array>());
    }
    new_null_array(&DataType::Null, values.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        std::fs::write(&path, text).unwrap();
        match read(&path) {
            Err(failure) => {
                let message = failure.message.replace(&path.display().to_string(), "x.jsonl");
                format!("{} {message}", failure.code)
            }
            Ok((columns, lines)) => {
                let columns = columns.iter().map(|column| {
                    let Cells::Typed(values) = &column.cells else { unreachable!() };
                    let cells = (0..lines.rows())
                        .map(|row| column.cells.text(row).unwrap_or_else(|| "-".to_owned()));
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
