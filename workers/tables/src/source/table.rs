//! A table as a source has it: each column's cells as they are written, and where.
//!
//! Pure. Invariant: nothing is lost on the way here: text stays text, and what a file
//! says to be a number is that number. Which type a column gets is not decided here.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ingot_protocol::Failure;

use super::places::Places;

/// A table, column by column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns, in the file's order.
    pub columns: Vec<SourceColumn>,
    /// Where the rows stand.
    pub places: Places,
    /// Files of the source's folder that look like a table and are passed over.
    pub passed_over: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct SourceColumn {
    /// The name in the file, or `column_0` and so on where it has none.
    pub name: String,
    /// The cells.
    pub cells: Cells,
}

/// The cells of one column.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Text of a file that has no types; null where the format says so.
    Text(StringArray),
    /// Values of the file's own type.
    Typed(ArrayRef),
}

impl Table {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&SourceColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Cells {
    /// The number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Typed(values) => values.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        let data = match self {
            Self::Text(cells) => cells.to_data(),
            Self::Typed(values) => values.to_data(),
        };
        data.get_slice_memory_size().unwrap_or(usize::MAX)
    }

    /// One cell as text, in the spelling of Arrow; nothing where it is null.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Self::Text(cells) if row >= cells.len() || cells.is_null(row) => None,
            Self::Text(cells) => Some(cells.value(row).to_owned()),
            Self::Typed(values) if row >= values.len() || values.is_null(row) => None,
            Self::Typed(values) => {
                let options = FormatOptions::default();
                ArrayFormatter::try_new(values, &options)
                    .and_then(|shown| shown.value(row).try_to_string())
                    .ok()
            }
        }
    }

    /// Every cell as text; nothing where the type has none.
    pub fn texts(&self) -> Option<StringArray> {
        match self {
            Self::Text(cells) => Some(cells.clone()),
            Self::Typed(values) => match cast(values, &DataType::Utf8) {
                Ok(texts) => Some(texts.as_string::<i32>().clone()),
                // One value that has no text, such as a day of the year 5,000,000, refuses all.
                Err(_) if values.data_type().is_temporal() => {
                    Some((0..values.len()).map(|row| self.text(row)).collect())
                }
                Err(_) => None,
            },
        }
    }

    /// The cells of one column, part by part.
    pub(super) fn joined(name: &str, parts: &[Self]) -> Result<Self, Failure> {
        let arrays: Vec<&dyn Array> = parts
            .iter()
            .map(|part| match part {
                Self::Text(cells) => cells as &dyn Array,
                Self::Typed(values) => values.as_ref(),
            })
            .collect();
        let whole = concat(&arrays).map_err(|error| {
            let message =
                format!("the column `{name}` is too large to be held as a whole: {error}");
            Failure::new("D0213", message).help("give the step fewer rows at once")
        })?;
        match parts.first() {
            Some(Self::Text(_)) => Ok(Self::Text(whole.as_string::<i32>().clone())),
            _ => Ok(Self::Typed(whole)),
        }
    }
}
