//! The type of a column of which nobody names one.

use arrow::datatypes::DataType as ArrowType;
use ingot_protocol::Failure;

use super::{Cells, Places, SourceColumn, infer, numeric};
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
    let of_text = |cells: &[Option<String>]| match known {
        Values::Numbers => numeric(cells),
        Values::Truths => DataType::Bool,
        Values::Any => infer(cells),
    };
    let values = match &column.cells {
        Cells::Text(cells) => return Ok(of_text(cells)),
        Cells::Typed(values) => values,
    };
    Ok(match (values.data_type(), known) {
        (ArrowType::Utf8, Values::Any) => DataType::Utf8,
        (ArrowType::Utf8, _) => of_text(&column.cells.texts().unwrap_or_default()),
        (ArrowType::Null, _) => of_text(&[]),
        (ArrowType::Int64, Values::Truths) => DataType::Bool,
        (ArrowType::Int64, _) => DataType::Int64,
        (ArrowType::Float64, _) => DataType::Float64,
        (ArrowType::Boolean, Values::Numbers) => DataType::Int64,
        (ArrowType::Boolean, _) => DataType::Bool,
        (other, _) => {
            let (file, name) = (places.first(), &column.name);
            let types = match other {
                ArrowType::UInt64 => "type = \"int64\" where it fits, or \"utf8\"",
                other if other.is_decimal() => "type = \"float64\" for the nearest, or \"utf8\"",
                _ => "type = \"utf8\"",
            };
            let message = format!(
                "{}: the column `{name}` is `{other}`, which a dataset cannot hold yet",
                file.display()
            );
            return Err(Failure::new("D0215", message)
                .help(format!("say in the contract what it becomes: [columns.{name}] {types}")));
        }
    })
}
