//! A column's values as the names of classes.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::{DataType as ColumnType, DatasetError, Role, Schema};
use crate::source::Cells;

/// Most different numbers that are taken for classes without being declared.
const MOST_NUMBERS: usize = 20;
/// Fewest rows of a class, on average, where whole numbers are taken for classes.
const FEWEST_ROWS: usize = 10;

/// A column as text: whole numbers in decimal, truth values as `true` and `false`,
/// other numbers in the shortest form that reads back as the same number. A null,
/// which is an unlabelled row, stays one.
pub fn labels(batch: &RecordBatch, column: &str) -> Result<Vec<Option<String>>, DatasetError> {
    let wrong = |found: String| DatasetError::Labels { column: column.to_owned(), found };
    let array = batch.column_by_name(column).ok_or_else(|| wrong("nothing".into()))?;
    Ok(match array.data_type() {
        DataType::Int64 => text(array.as_primitive::<Int64Type>()),
        DataType::Float64 => text(array.as_primitive::<Float64Type>()),
        DataType::Boolean => text(array.as_boolean()),
        DataType::Utf8 => text(array.as_string::<i32>()),
        DataType::Date32 | DataType::Timestamp(..) => {
            let cells = Cells::Typed(array.clone());
            (0..array.len()).map(|row| cells.text(row)).collect()
        }
        other => return Err(wrong(other.to_string())),
    })
}

/// Refuses what a classifier cannot learn as it is meant: labels that measure
/// ([`check_measure`]), and rows that weigh.
pub fn check_classes(schema: &Schema, labels: &[Option<String>]) -> Result<(), DatasetError> {
    if let Some(weight) = schema.columns.iter().find(|column| column.role == Role::Weight) {
        return Err(DatasetError::Weighted { column: weight.name.clone() });
    }
    check_measure(schema, labels)
}

/// Refuses labels that are numbers and measure something (a price), where a classifier
/// would take each value for a class.
///
/// Numbers are classes where the contract declares them by `set`, where there are at most
/// 20 of them, or where whole numbers have ten rows each.
pub fn check_measure(schema: &Schema, labels: &[Option<String>]) -> Result<(), DatasetError> {
    let rows = labels.iter().flatten().count();
    check_counts(schema, (labels.iter().flatten().collect::<BTreeSet<_>>().len(), rows))
}

/// The same of so many different labels in so many rows.
pub fn check_counts(schema: &Schema, (values, rows): (usize, usize)) -> Result<(), DatasetError> {
    let Some(label) = schema.label().filter(|label| label.classes.is_none()) else {
        return Ok(());
    };
    let is_measure = match label.data_type {
        ColumnType::Float64 => values > MOST_NUMBERS,
        ColumnType::Int64 => values > MOST_NUMBERS && rows / values < FEWEST_ROWS,
        ColumnType::Bool
        | ColumnType::Utf8
        | ColumnType::Binary
        | ColumnType::Date
        | ColumnType::Timestamp => false,
    };
    match is_measure {
        true => Err(DatasetError::Measure { column: label.name.clone(), values, rows }),
        false => Ok(()),
    }
}

fn text<T: ToString>(values: impl IntoIterator<Item = Option<T>>) -> Vec<Option<String>> {
    values.into_iter().map(|value| value.map(|value| value.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Column, Modality, SCHEMA_VERSION};

    fn checked(data_type: ColumnType, role: Role, values: usize, rows: usize) -> String {
        let column = |name: &str, data_type, role| Column {
            name: name.into(),
            data_type,
            role,
            nullable: false,
            classes: None,
        };
        let schema = Schema {
            version: SCHEMA_VERSION,
            modality: Modality::Table,
            image: None,
            columns: vec![
                column("other", ColumnType::Float64, role),
                column("price", data_type, Role::Label),
            ],
            fitted: Vec::new(),
        };
        let labels: Vec<_> = (0..rows).map(|row| Some((row % values).to_string())).collect();
        check_classes(&schema, &labels).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_measures_is_no_class() {
        let feature = Role::Feature;
        assert_eq!(
            checked(ColumnType::Float64, feature, 60, 600),
            "the label `price` is 60 different numbers in 600 rows: a classifier would take each \
             for a class"
        );
        assert_ne!(checked(ColumnType::Int64, feature, 60, 120), "");
        for (data_type, values, rows) in [
            (ColumnType::Int64, 10, 12),
            (ColumnType::Int64, 60, 600),
            (ColumnType::Float64, 3, 3),
            (ColumnType::Utf8, 60, 60),
        ] {
            assert_eq!(checked(data_type, feature, values, rows), "", "{data_type} {values}");
        }
        assert_eq!(
            checked(ColumnType::Utf8, Role::Weight, 2, 9),
            "column `other` has the role `weight`, and training does not weigh rows yet"
        );
    }
}
