//! Sources as tables: what a dataset port reads when it is given files.
//!
//! A source has a format (`{ type = "csv", .. }` or `{ type = "parquet" }`) and is
//! one file or a folder of them, which are read in the order of their paths.
//! Invariant: every cell is kept as it is written or is null; types are the
//! contract's business, or inferred over the whole table by [`infer`], so that a
//! column means the same whichever format it came in.

mod csv_file;
mod csv_records;
mod parquet_cells;

use std::fs;
use std::path::{Path, PathBuf};

use ingot_protocol::{Failure, Input};
use serde::Deserialize;

use crate::dataset::DataType;

/// A table of text cells, column by column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns, in the file's order.
    pub columns: Vec<TextColumn>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct TextColumn {
    /// The name in the header, or `column_0` and so on without one.
    pub name: String,
    /// The cells; null where the format says so.
    pub cells: Vec<Option<String>>,
}

/// `[sources.NAME] format`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Format {
    /// Separated values.
    Csv(Csv),
    /// Parquet; names and cells are the file's.
    Parquet {},
}

/// How separated values are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csv {
    /// One character between cells.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Whether the first row names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// Their names, for a file without a header.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Texts that mean null, beside the empty one.
    #[serde(default)]
    pub nulls: Vec<String>,
    /// Whether white space around a cell is left out.
    #[serde(default)]
    pub trim: bool,
}

fn comma() -> char {
    ','
}

fn yes() -> bool {
    true
}

/// Reads a source.
pub fn read(input: &Input) -> Result<Table, Failure> {
    let Some(format) = &input.format else {
        return Err(Failure::new("D0201", "the source has no format")
            .help("add to [sources.NAME]: format = { type = \"csv\" }"));
    };
    let format: Format = serde_json::from_value(format.clone()).map_err(|error| {
        Failure::new("D0202", format!("the source's format: {error}")).help(
            "write format = { type = \"csv\", delimiter = \",\", header = true, nulls = [\"?\"] }",
        )
    })?;
    let mut table = Table::default();
    for file in files(&input.path)? {
        let part = match &format {
            Format::Csv(csv) => csv_file::read(&file, csv)?,
            Format::Parquet {} => parquet_cells::read(&file)?,
        };
        table = append(table, part, &file)?;
    }
    Ok(table)
}

/// The files below a path, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong =
        |error: std::io::Error| Failure::new("D0203", format!("{}: {error}", path.display()));
    // A source may be a link to where it stands; what is in it may not lead into folders,
    // which would be read twice or without end.
    if !fs::metadata(path).map_err(wrong)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut names: Vec<PathBuf> = fs::read_dir(path)
        .map_err(wrong)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()
        .map_err(wrong)?;
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let below = fs::symlink_metadata(&name).map_err(wrong)?;
        if below.is_symlink() && name.is_dir() {
            let message = format!("{}: a link to a folder", name.display());
            return Err(
                Failure::new("D0203", message).help("name the folder itself as the source's path")
            );
        }
        found.extend(files(&name)?);
    }
    Ok(found)
}

fn append(mut table: Table, part: Table, file: &Path) -> Result<Table, Failure> {
    if table.columns.is_empty() {
        return Ok(part);
    }
    let names = |table: &Table| table.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if names(&table) != names(&part) {
        return Err(Failure::new(
            "D0204",
            format!("{}: its columns are not those of the files before it", file.display()),
        )
        .help("give every file of the source the same header"));
    }
    for (column, more) in table.columns.iter_mut().zip(part.columns) {
        column.cells.extend(more.cells);
    }
    Ok(table)
}

impl Table {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }
}

/// The narrowest type that every cell fits: whole numbers, numbers, truth values,
/// text. A column of nulls is text.
pub fn infer(cells: &[Option<String>]) -> DataType {
    let all = |fits: fn(&str) -> bool| {
        let mut present = cells.iter().flatten().peekable();
        present.peek().is_some() && present.all(|cell| fits(cell))
    };
    if all(|cell| cell.parse::<i64>().is_ok()) {
        DataType::Int64
    } else if all(|cell| cell.parse::<f64>().is_ok_and(f64::is_finite)) {
        DataType::Float64
    } else if all(|cell| cell == "true" || cell == "false") {
        DataType::Bool
    } else {
        DataType::Utf8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_type_that_fits_is_inferred() {
        let cells =
            |words: &[&str]| words.iter().map(|w| Some((*w).to_owned())).collect::<Vec<_>>();
        assert_eq!(infer(&cells(&["1", "-2"])), DataType::Int64);
        assert_eq!(infer(&cells(&["1", "2.5"])), DataType::Float64);
        assert_eq!(infer(&cells(&["true", "false"])), DataType::Bool);
        assert_eq!(infer(&cells(&["1", "x"])), DataType::Utf8);
        assert_eq!(infer(&cells(&["1", "nan"])), DataType::Utf8);
        assert_eq!(infer(&[None, None]), DataType::Utf8);
    }
}
