//! Sources as tables: what a dataset port reads when it is given files.
//!
//! A source has a format (`{ type = "csv", .. }`, a file and a line of [`Format`] each) and
//! is one file or a folder of them, which are read in the order of their paths. Invariant: every cell is kept as the file has it, text as text and
//! values in their type, or is null. What a column's type becomes is the contract's
//! business; of text it is inferred over the whole table by [`infer`].

mod csv_file;
mod csv_records;
mod files;
mod infer;
mod json_lines;
mod lines_file;
pub mod natural;
mod packed;
mod parquet_columns;
mod partitions;
mod pattern;
mod places;
mod table;
pub mod typed;
mod unpromised;

use std::path::Path;

use ingot_protocol::{Failure, Input};
use serde::Deserialize;
use serde_json::Value;

pub use infer::{digits, infer, is_exact, numeric};
pub use places::{Place, Places};
pub use table::{Cells, SourceColumn, Table};
pub use unpromised::unpromised;

use pattern::Pattern;
use places::Part;
use table::Read;

use crate::dataset::WHOLE;

/// `[sources.NAME] format`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Format {
    /// Separated values.
    Csv(Csv),
    /// Parquet; names and cells are the file's.
    Parquet {},
    /// Text, a row a line.
    Lines {
        /// The name of the one column, `line` without it.
        column: Option<String>,
        /// What each line is; its named groups are the columns.
        pattern: Option<String>,
    },
    /// JSON, an object a line.
    JsonLines {},
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

/// The column of lines that no pattern takes apart.
const LINE: &str = "line";

fn comma() -> char {
    ','
}

fn yes() -> bool {
    true
}

/// Reads a source.
pub fn read(input: &Input) -> Result<Table, Failure> {
    let Some(format) = &input.format else {
        return Err(Failure::new("D0201", "these files have no format").help(
            "add format = { type = \"csv\" } to [sources.NAME], or say it of the command's output: \
             outputs.NAME = { type = \"files\", format = { type = \"csv\" } }",
        ));
    };
    let (format, file_column) = file_column(format)?;
    let format: Format = serde_json::from_value(format).map_err(|error| {
        Failure::new("D0202", format!("the source's format: {error}")).help(
            "write { type = \"parquet\" }, { type = \"lines\" }, { type = \"json_lines\" }, or \
             { type = \"csv\", delimiter = \",\", header = true, nulls = [\"?\"] }",
        )
    })?;
    let files = files::files(&input.path)?;
    let mut reads = Vec::with_capacity(files.found.len());
    for file in files.found {
        let mut read = read_file(&input.path, &file, &format)?;
        if let Some(name) = &file_column {
            read.name_file(name, &file)?;
        }
        reads.push(read);
    }
    let table = table::join(&input.path, reads)?;
    Ok(Table { passed_over: files.passed_over, ..table })
}

/// Reads the sources that are given as splits, as one table: the splits with their numbers of
/// rows, one behind the other in the order of the names. A source that is no split is the
/// only one.
pub fn read_splits(inputs: &[Input]) -> Result<(Table, Vec<(String, usize)>), Failure> {
    let mut tables = Vec::with_capacity(inputs.len());
    let mut splits = Vec::with_capacity(inputs.len());
    let mut sorted: Vec<&Input> = inputs.iter().collect();
    sorted.sort_by_key(|input| &input.split);
    for input in sorted {
        let mut table = read(input)?;
        if let Some(split) = &input.split {
            table.places.within(split);
        }
        let split = input.split.as_deref().unwrap_or(WHOLE);
        splits.push((split.to_owned(), table.rows()));
        tables.push((input.path.clone(), table));
    }
    Ok((table::append(tables)?, splits))
}

/// The name of the column that says which file a row is of, taken out of a format.
fn file_column(format: &Value) -> Result<(Value, Option<String>), Failure> {
    let mut format = format.clone();
    let name = format.as_object_mut().and_then(|entries| entries.remove("file_column"));
    match name {
        None => Ok((format, None)),
        Some(Value::String(name)) if !name.is_empty() => Ok((format, Some(name))),
        Some(_) => Err(Failure::new("D0202", "the source's format: `file_column` is no name")
            .help("write file_column = \"file\"")),
    }
}

fn read_file(source: &Path, file: &Path, format: &Format) -> Result<Read, Failure> {
    parsed(source, file, format).map_err(|failure| match packed::damage(file) {
        Some(packing) => {
            let (code, help) = packing.told();
            Failure::new(code, format!("{}: {packing}", file.display())).help(help)
        }
        None => failure,
    })
}

fn parsed(source: &Path, file: &Path, format: &Format) -> Result<Read, Failure> {
    let (mut columns, rows, lines) = match format {
        Format::Csv(csv) => {
            let (columns, lines) = csv_file::read(file, csv)?;
            (columns, lines.rows(), Some(lines))
        }
        Format::Parquet {} => {
            let (columns, rows) = parquet_columns::read(file)?;
            (columns, rows, None)
        }
        Format::Lines { column, pattern } => {
            let wrong = |message: String| {
                Failure::new("D0202", format!("the source's format: {message}"))
                    .help("pattern = '^(?P<level>\\S+) (?P<message>.*)$' makes two columns")
            };
            if column.is_some() && pattern.is_some() {
                return Err(wrong("the groups of `pattern` name the columns, not `column`".into()));
            }
            let pattern = pattern.as_deref().map(Pattern::new).transpose().map_err(wrong)?;
            let column = column.as_deref().unwrap_or(LINE);
            let (columns, lines) = lines_file::read(file, column, pattern)?;
            (columns, lines.rows(), Some(lines))
        }
        Format::JsonLines {} => {
            let (columns, lines) = json_lines::read(file)?;
            (columns, lines.rows(), Some(lines))
        }
    };
    let below = (file != source).then(|| file.strip_prefix(source).unwrap_or(file).to_owned());
    for (name, value) in below.iter().flat_map(|below| partitions::partitions(below)) {
        if columns.iter().any(|column| column.name == name) {
            let message = format!(
                "{}: the column `{name}` is in the file and in the name of its folder",
                file.display()
            );
            return Err(Failure::new("D0217", message).help("rename the folder or the column"));
        }
        columns.push(SourceColumn { name, cells: Cells::Text(vec![value; rows]) });
    }
    Ok(Read { columns, part: Part { file: below, rows, lines, split: None } })
}
