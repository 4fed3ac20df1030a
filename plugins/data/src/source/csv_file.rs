//! One file of separated values (RFC 4180), read by the `csv` crate.

use std::collections::BTreeSet;
use std::path::Path;

use ingot_protocol::Failure;

use super::{Csv, Table, TextColumn};

/// Reads a file; every mistake names its line.
pub(super) fn read(path: &Path, format: &Csv) -> Result<Table, Failure> {
    let wrong = |message: String| Failure::new("D0205", format!("{}: {message}", path.display()));
    let delimiter = u8::try_from(format.delimiter)
        .map_err(|_| wrong(format!("`{}` cannot be a delimiter", format.delimiter)))?;
    let trim = if format.trim { csv::Trim::All } else { csv::Trim::None };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(format.header)
        .trim(trim)
        .from_path(path)
        .map_err(|error| wrong(error.to_string()))?;
    let mut columns: Vec<TextColumn> = Vec::new();
    if format.header && !format.columns.is_empty() {
        return Err(wrong("its format has a header and `columns`".to_owned())
            .help("leave `columns` out, or write `header = false`"));
    }
    if format.header {
        let header = reader.headers().map_err(|error| wrong(error.to_string()))?;
        let mut seen = BTreeSet::new();
        for name in header {
            let name = name.trim_start_matches('\u{feff}');
            if !seen.insert(name.to_owned()) {
                return Err(wrong(format!("line 1: the column `{name}` is there twice"))
                    .help("rename one of them"));
            }
            columns.push(TextColumn { name: name.to_owned(), cells: Vec::new() });
        }
    }
    for record in reader.records() {
        let record = record.map_err(|error| {
            wrong(error.to_string())
                .help("quote cells that hold the delimiter; save the file as UTF-8")
        })?;
        if columns.is_empty() {
            columns = named(record.len(), &format.columns).map_err(wrong)?;
        }
        for (column, cell) in columns.iter_mut().zip(record.iter()) {
            let null = cell.is_empty() || format.nulls.iter().any(|null| null == cell);
            column.cells.push((!null).then(|| cell.to_owned()));
        }
    }
    if columns.is_empty() {
        return Err(wrong("the file is empty: it has no column".to_owned())
            .help("put the table's first line back: a header, or a row"));
    }
    Ok(Table { columns })
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

    fn csv(text: &str) -> Result<Table, Failure> {
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
        read(&path, &format).map_err(failure)
    }

    #[test]
    fn cells_are_kept_as_they_are_and_nulls_are_null() {
        let table = csv("a,b\n1, x\n?,\"y,z\"\n,w\n").unwrap();
        let cells: Vec<Vec<Option<&str>>> = table
            .columns
            .iter()
            .map(|column| column.cells.iter().map(Option::as_deref).collect())
            .collect();
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
        let columns = table.columns.iter().map(|column| (column.name.as_str(), column.cells.len()));
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
