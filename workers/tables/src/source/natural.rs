//! The type of a column of which nobody names one.

use std::path::Path;

use arrow::datatypes::DataType as ArrowType;
use ingot_protocol::Failure;

use super::infer::Inference;
use super::{Cells, Places, SourceColumn};
use crate::dataset::DataType;

/// What is known of a column's values without its type. It counts for text alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Nothing.
    Any,
    /// They are numbers.
    Numbers,
    /// They are truth values.
    Truths,
}

/// The file's type, or what its text is.
pub fn natural(column: &SourceColumn, known: Values, places: &Places) -> Result<DataType, Failure> {
    let mut found = Natural::new(known, &column.cells);
    found.take(&column.cells);
    found.data_type(&column.name, &places.first())
}

/// The same as cells are come upon.
#[derive(Debug, Clone)]
pub struct Natural {
    known: Values,
    /// The file's type; text of a file without types has none.
    own: Option<ArrowType>,
    texts: Inference,
}

impl Natural {
    /// Of a column whose cells are like these.
    pub fn new(known: Values, cells: &Cells) -> Self {
        let own = match cells {
            Cells::Text(_) => None,
            Cells::Typed(values) => Some(values.data_type().clone()),
        };
        Self { known, own, texts: Inference::default() }
    }

    /// Whether the answer is in the cells.
    pub fn asks_cells(&self) -> bool {
        match (&self.own, self.known) {
            (None, Values::Any | Values::Numbers) | (Some(ArrowType::Utf8), Values::Numbers) => {
                true
            }
            (None | Some(_), _) => false,
        }
    }

    /// Takes in the next cells.
    pub fn take(&mut self, cells: &Cells) {
        if self.asks_cells()
            && let Some(texts) = cells.texts()
        {
            self.texts.take(&texts);
        }
    }

    /// The type, once all cells were taken in; the name and the file are for a message.
    pub fn data_type(&self, name: &str, file: &Path) -> Result<DataType, Failure> {
        let of_text = match self.known {
            Values::Numbers => self.texts.numeric(),
            Values::Truths => DataType::Bool,
            Values::Any => self.texts.narrowest(),
        };
        let Some(own) = &self.own else { return Ok(of_text) };
        Ok(match (own, self.known) {
            (ArrowType::Utf8, Values::Any) => DataType::Utf8,
            (ArrowType::Utf8 | ArrowType::Null, _) => of_text,
            (ArrowType::Int64, Values::Truths) => DataType::Bool,
            (ArrowType::Int64, _) => DataType::Int64,
            (ArrowType::Float64, _) => DataType::Float64,
            (ArrowType::Boolean, Values::Numbers) => DataType::Int64,
            (ArrowType::Boolean, _) => DataType::Bool,
            (ArrowType::Date32 | ArrowType::Date64, Values::Any) => DataType::Date,
            // Of a time without a zone nobody knows when it was.
            (ArrowType::Timestamp(_, Some(_)), Values::Any) => DataType::Timestamp,
            (ArrowType::Binary, _) => DataType::Binary,
            (other, _) => {
                let types = match other {
                    ArrowType::UInt64 => "type = \"int64\" where it fits, or \"utf8\"",
                    ArrowType::Timestamp(_, None) => {
                        "type = \"timestamp\" where its times are in UTC, or \"utf8\""
                    }
                    other if other.is_decimal() => {
                        "type = \"float64\" for the nearest, or \"utf8\""
                    }
                    _ => "type = \"utf8\"",
                };
                let message = format!(
                    "{}: the column `{name}` is `{other}`, which a dataset cannot hold yet",
                    file.display()
                );
                return Err(Failure::new("D0215", message).help(format!(
                    "say in the contract what it becomes: [columns.{name}] {types}"
                )));
            }
        })
    }
}
