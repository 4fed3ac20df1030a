//! Sources as tables: what a dataset port reads when it is given files.
//!
//! A source has a format (`{ type = "csv", .. }`, a file and a line of [`Format`] each) and
//! is one file or a folder of them, which are read in the order of their paths, a chunk of
//! rows at a time ([`Sources`]). Invariant: every cell is kept as the file has it, text as
//! text and values in their type, or is null. What a column's type becomes is the contract's
//! business; where it says nothing, [`natural`] finds it over the whole table.

mod arrow_columns;
mod arrow_types;
mod csv_file;
mod csv_records;
mod files;
mod image_columns;
mod infer;
mod json_lines;
mod layout;
mod lines_file;
mod named;
pub mod natural;
mod packed;
mod parquet_columns;
mod partitions;
mod pattern;
mod places;
mod reader;
mod rows;
mod table;
mod times;
pub mod typed;
mod unpromised;

use std::path::Path;

use ingot_protocol::{Failure, Input};
use serde::Deserialize;
use serde_json::Value;

pub use infer::{digits, is_exact};
pub use places::{Place, Places};
pub use rows::{Chunk, Rows, Sources};
pub use table::{Cells, SourceColumn, Table};
pub use unpromised::unpromised;

use arrow_columns::ArrowColumns;
use csv_file::CsvFile;
use image_columns::ImageColumns;
use json_lines::JsonLinesFile;
use lines_file::{LinesFile, Parts};
use named::Named;
use parquet_columns::ParquetColumns;
use pattern::Pattern;
use reader::FileReader;

/// `[sources.NAME] format`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Format {
    /// Separated values.
    Csv(Csv),
    /// Parquet; names and cells are the file's.
    Parquet {},
    /// Arrow IPC, a file (Feather) or a stream; names and cells are the file's.
    Arrow {},
    /// Text, a row a line.
    Lines {
        /// The name of the one column, `line` without it.
        column: Option<String>,
        /// What each line is; its named groups are the columns.
        pattern: Option<String>,
    },
    /// JSON, an object a line.
    JsonLines {},
    /// PNG and JPEG, an image a file.
    Images {},
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

/// The column of an image's path, where no other name is said.
const FILE: &str = "file";
/// The column of lines that no pattern takes apart.
const LINE: &str = "line";

fn comma() -> char {
    ','
}

fn yes() -> bool {
    true
}

/// Reads a source as a whole.
pub fn read(input: &Input) -> Result<Table, Failure> {
    Ok(read_splits(std::slice::from_ref(input))?.0)
}

/// Reads the sources that are given as splits, as one table: the splits with their numbers of
/// rows, one behind the other in the order of the names. A source that is no split is the
/// only one.
pub fn read_splits(inputs: &[Input]) -> Result<(Table, Vec<(String, usize)>), Failure> {
    Sources::open(inputs)?.table()
}

/// What a manifest says of a format, and the columns that names of files give.
fn format(stated: &Value) -> Result<(Format, Named), Failure> {
    let mut stated = stated.clone();
    let mut named = Named::take(&mut stated)?;
    let format: Format = serde_json::from_value(stated).map_err(|error| {
        Failure::new("D0202", format!("the source's format: {error}")).help(
            "write { type = \"parquet\" }, { type = \"arrow\" }, { type = \"lines\" }, \
             { type = \"json_lines\" }, { type = \"images\" }, or { type = \"csv\", delimiter = \",\", header = true, nulls = [\"?\"] }",
        )
    })?;
    if matches!(format, Format::Images {}) {
        named.file.get_or_insert_with(|| FILE.to_owned());
    }
    Ok((format, named))
}

impl Format {
    /// Opens a file.
    fn open(&self, file: &Path) -> Result<Box<dyn FileReader>, Failure> {
        Ok(match self {
            Self::Csv(csv) => Box::new(CsvFile::open(file, csv)?),
            Self::Parquet {} => Box::new(ParquetColumns::open(file)?),
            Self::Arrow {} => Box::new(ArrowColumns::open(file)?),
            Self::Lines { column, pattern } => {
                Box::new(LinesFile::open(file, parts(column.as_deref(), pattern.as_deref())?)?)
            }
            Self::JsonLines {} => Box::new(JsonLinesFile::open(file)?),
            Self::Images {} => Box::new(ImageColumns::open(file)?),
        })
    }
}

/// What the lines of a file become.
fn parts(column: Option<&str>, pattern: Option<&str>) -> Result<Parts, Failure> {
    let wrong = |message: String| {
        Failure::new("D0202", format!("the source's format: {message}"))
            .help("pattern = '^(?P<level>\\S+) (?P<message>.*)$' makes two columns")
    };
    Ok(match (column, pattern) {
        (Some(_), Some(_)) => {
            return Err(wrong("the groups of `pattern` name the columns, not `column`".into()));
        }
        (_, Some(pattern)) => Parts::Pattern(Pattern::new(pattern).map_err(wrong)?),
        (column, None) => Parts::Whole(column.unwrap_or(LINE).to_owned()),
    })
}
