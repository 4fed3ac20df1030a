//! One file of separated values (RFC 4180) as columns of text.

use std::collections::BTreeSet;
use std::path::Path;

use ingot_protocol::Failure;

use super::Csv;
use super::csv_records::{MOST_CELLS, Mistake, Record, Records};
use super::packed::{self, Packing};
use super::places::Lines;
use super::table::{Cells, SourceColumn};

/// Reads a file; every mistake names its line.
pub(super) fn read(path: &Path, format: &Csv) -> Result<(Vec<SourceColumn>, Lines), Failure> {
    let file = packed::open(path)
        .map_err(|error| Failure::new("D0203", format!("{}: {error}", path.display())))?;
    let wrong = |message: String| Failure::new("D0205", format!("{}: {message}", path.display()));
    let mistake = |mistake: Mistake| told(path, &mistake);
    let delimiter = delimiter(format.delimiter).map_err(wrong)?;
    if format.header && !format.columns.is_empty() {
        return Err(wrong("its format has a header and `columns`".to_owned())
            .help("leave `columns` out, or write `header = false`"));
    }
    let mut records = Records::new(file, delimiter, format.trim);
    let mut columns: Vec<TextColumn> = Vec::new();
    let mut lines = Lines::default();
    if format.header
        && let Some(header) = records.next(MOST_CELLS).map_err(mistake)?
    {
        columns = headed(header, format.trim)
            .map_err(|message| wrong(message).help("rename one of them"))?;
    }
    let mut expected = if columns.is_empty() { MOST_CELLS } else { columns.len() };
    while let Some(record) = records.next(expected).map_err(mistake)? {
        if columns.is_empty() {
            columns = named(record.len(), &format.columns).map_err(wrong)?;
            expected = columns.len();
        }
        if record.len() != expected {
            let (line, found) = (record.line, cells(record.len()));
            let there = if format.header { "the header" } else { "the first row" };
            return Err(wrong(format!("line {line}: {found}, where {there} has {expected}"))
                .help("quote cells that hold the delimiter"));
        }
        lines.push(record.line);
        for (column, cell) in columns.iter_mut().zip(record.cells()) {
            let cell = if format.trim { cell.trim() } else { cell };
            let null = cell.is_empty() || format.nulls.iter().any(|null| null == cell);
            column.cells.push((!null).then(|| cell.to_owned()));
        }
    }
    if columns.is_empty() {
        return Err(wrong("the file is empty: it has no column".to_owned())
            .help("put the table's first line back: a header, or a row"));
    }
    let columns = columns.into_iter();
    let columns =
        columns.map(|TextColumn { name, cells }| SourceColumn { name, cells: Cells::Text(cells) });
    Ok((columns.collect(), lines))
}

/// A column that is being read.
struct TextColumn {
    name: String,
    cells: Vec<Option<String>>,
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
fn headed(header: &Record, trim: bool) -> Result<Vec<TextColumn>, String> {
    let mut seen = BTreeSet::new();
    let mut columns = Vec::with_capacity(header.len());
    for name in header.cells() {
        let name = if trim { name.trim() } else { name }.trim_start_matches('\u{feff}');
        if !seen.insert(name) {
            return Err(format!("line {}: the column `{name}` is there twice", header.line));
        }
        columns.push(TextColumn { name: name.to_owned(), cells: Vec::new() });
    }
    Ok(columns)
}

/// Columns of a file without a header.
fn named(count: usize, names: &[String]) -> Result<Vec<TextColumn>, String> {
    if !names.is_empty() && names.len() != count {
        return Err(format!("the format names {} columns, line 1 has {count}", names.len()));
    }
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("column_{at}"));
    Ok((0..count).map(|at| TextColumn { name: name(at), cells: Vec::new() }).collect())
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
        let (columns, _) = read(&path, &format).map_err(failure)?;
        Ok(columns.into_iter().map(|c| (c.name, c.cells.texts().unwrap())).collect())
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
