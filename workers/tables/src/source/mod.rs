//! Sources as tables: what a dataset port reads when it is given files.
//!
//! A source has a format (`{ type = "csv", .. }`, `{ type = "parquet" }` or
//! `{ type = "lines" }`) and is one file or a folder of them, which are read in the order
//! of their paths. Invariant: every cell is kept as the file has it, text as text and
//! values in their type, or is null. What a column's type becomes is the contract's
//! business; of text it is inferred over the whole table by [`infer`].

mod csv_file;
mod csv_records;
mod files;
mod infer;
mod lines_file;
pub mod natural;
mod parquet_columns;
mod partitions;
mod places;
mod table;
pub mod typed;
mod unpromised;

use std::path::Path;

use ingot_protocol::{Failure, Input};
use serde::Deserialize;

pub use infer::{digits, infer, is_exact, numeric};
pub use places::Places;
pub use table::{Cells, SourceColumn, Table};
pub use unpromised::unpromised;

use places::Part;
use table::Read;

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
        /// The name of the one column.
        #[serde(default = "line")]
        column: String,
    },
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

fn line() -> String {
    "line".to_owned()
}

/// Reads a source.
pub fn read(input: &Input) -> Result<Table, Failure> {
    let Some(format) = &input.format else {
        return Err(Failure::new("D0201", "these files have no format").help(
            "add format = { type = \"csv\" } to [sources.NAME], or say it of the command's output: \
             outputs.NAME = { type = \"files\", format = { type = \"csv\" } }",
        ));
    };
    let format: Format = serde_json::from_value(format.clone()).map_err(|error| {
        Failure::new("D0202", format!("the source's format: {error}")).help(
            "write { type = \"parquet\" }, { type = \"lines\" }, or { type = \"csv\", \
             delimiter = \",\", header = true, nulls = [\"?\"] }",
        )
    })?;
    let files = files::files(&input.path)?;
    let mut reads = Vec::with_capacity(files.found.len());
    for file in files.found {
        reads.push(read_file(&input.path, &file, &format)?);
    }
    let table = table::join(&input.path, reads)?;
    Ok(Table { passed_over: files.passed_over, ..table })
}

fn read_file(source: &Path, file: &Path, format: &Format) -> Result<Read, Failure> {
    let (mut columns, rows, lines) = match format {
        Format::Csv(csv) => {
            let (columns, lines) = csv_file::read(file, csv)?;
            (columns, lines.rows(), Some(lines))
        }
        Format::Parquet {} => {
            let (columns, rows) = parquet_columns::read(file)?;
            (columns, rows, None)
        }
        Format::Lines { column } => {
            let (columns, lines) = lines_file::read(file, column)?;
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
    Ok(Read { columns, part: Part { file: below, rows, lines } })
}
