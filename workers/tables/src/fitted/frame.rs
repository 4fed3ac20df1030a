//! [`Frame`]: rows with what their columns mean, as operations see and change them.
//!
//! Invariant: names differ, every column has the frame's number of rows, and a column of a
//! role that no operation takes stays as it was. Of no rows it says what the columns of
//! any rows become.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::FittedError;
use crate::dataset::{Column, DataType, ROW_KEY, ROW_PARENTS, Role, Schema, row_key};

/// Selects every feature of numbers.
const NUMERIC: &str = "@numeric";
/// Selects every feature of text.
const TEXT: &str = "@text";
/// Most columns that operations make of a table.
const MOST_COLUMNS: usize = 16_384;

/// Types that are numbers.
pub(super) const NUMBERS: &[DataType] = &[DataType::Int64, DataType::Float64];
/// Types that operations know.
pub(super) const VALUES: &[DataType] =
    &[DataType::Int64, DataType::Float64, DataType::Bool, DataType::Utf8];
/// Types of categories.
pub(super) const CATEGORIES: &[DataType] = &[DataType::Int64, DataType::Bool, DataType::Utf8];
/// Text alone.
pub(super) const TEXTS: &[DataType] = &[DataType::Utf8];

/// Rows with what their columns mean.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    columns: Vec<(Column, ArrayRef)>,
    row_keys: Option<ArrayRef>,
    row_parents: Option<ArrayRef>,
    rows: usize,
}

impl Frame {
    /// The columns of a schema in rows that have them; the rows' further columns are left
    /// out, but for their keys and parents.
    pub(super) fn of(schema: &Schema, rows: &RecordBatch) -> Result<Self, FittedError> {
        let columns = schema.columns.iter().map(|column| {
            let array = rows.column_by_name(&column.name).ok_or_else(|| {
                let what = format!("rows without the column `{}` of their schema", column.name);
                FittedError::Inconsistent { what }
            })?;
            Ok((column.clone(), array.clone()))
        });
        Ok(Self {
            columns: columns.collect::<Result<_, FittedError>>()?,
            row_keys: row_key::read(rows),
            row_parents: rows.column_by_name(ROW_PARENTS).cloned(),
            rows: rows.num_rows(),
        })
    }

    /// The columns of a schema, of no rows.
    pub(super) fn empty(schema: &Schema) -> Result<Self, FittedError> {
        Self::of(schema, &RecordBatch::new_empty(Arc::new(schema.arrow())))
    }

    /// The rows, with their keys and parents behind their columns where they have some.
    pub(super) fn batch(&self) -> Result<RecordBatch, FittedError> {
        let columns = self
            .columns
            .iter()
            .map(|(column, array)| (column.name.as_str(), array.clone(), column.nullable));
        let keys = self.row_keys.iter().map(|keys| (ROW_KEY, keys.clone(), false));
        let parents = self.row_parents.iter().map(|parents| (ROW_PARENTS, parents.clone(), true));
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for (name, array, nullable) in columns.chain(keys).chain(parents) {
            fields.push(arrow::datatypes::Field::new(name, array.data_type().clone(), nullable));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let schema = Arc::new(arrow::datatypes::Schema::new(fields));
        Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
    }

    /// What the columns mean, in their order.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The column that an operation takes, of one of these types.
    pub(super) fn take(
        &self,
        operation: &'static str,
        name: &str,
        takes: &[DataType],
    ) -> Result<(&Column, &ArrayRef), FittedError> {
        let Some((column, array)) = self.columns.iter().find(|(column, _)| column.name == name)
        else {
            return Err(self.missing(operation, quoted(name)));
        };
        let column_name = || name.to_owned();
        if !matches!(column.role, Role::Feature | Role::Sensitive | Role::Ignore) {
            return Err(FittedError::Role { operation, column: column_name(), role: column.role });
        }
        if !takes.contains(&column.data_type) {
            let takes: Vec<&str> = takes.iter().map(|data_type| data_type.name()).collect();
            let (found, takes) = (column.data_type, takes.join(" or "));
            return Err(FittedError::Type { operation, column: column_name(), found, takes });
        }
        Ok((column, array))
    }

    /// The names of the columns that a list selects, each once, in the list's order; what
    /// `@numeric` and `@text` select in the order of the table.
    pub(super) fn select(
        &self,
        operation: &'static str,
        list: &[String],
        takes: &[DataType],
    ) -> Result<Vec<String>, FittedError> {
        let mut names: Vec<String> = Vec::new();
        for item in list {
            let types = match item.as_str() {
                NUMERIC => NUMBERS,
                TEXT => TEXTS,
                name => {
                    self.take(operation, name, takes)?;
                    names.push(name.to_owned());
                    continue;
                }
            };
            let of = |column: &&Column| {
                column.role == Role::Feature && types.contains(&column.data_type)
            };
            let mut found = self.columns().filter(of).map(|column| column.name.clone()).peekable();
            if found.peek().is_none() {
                return Err(self.missing(operation, quoted(item)));
            }
            names.extend(found);
        }
        let mut known = BTreeSet::new();
        names.retain(|name| known.insert(name.clone()));
        names.iter().try_for_each(|name| self.take(operation, name, takes).map(drop))?;
        Ok(names)
    }

    fn missing(&self, operation: &'static str, column: String) -> FittedError {
        let found = self.columns().map(|column| column.name.clone()).collect();
        FittedError::NoColumn { operation, column, found }
    }

    /// Puts columns in the place of one.
    pub(super) fn replace(
        &mut self,
        operation: &'static str,
        name: &str,
        with: Vec<(Column, ArrayRef)>,
    ) -> Result<(), FittedError> {
        let at = self.columns.iter().position(|(column, _)| column.name == name);
        let at = at.ok_or_else(|| self.missing(operation, quoted(name)))?;
        let others = self.columns.iter().enumerate().filter(|(place, _)| *place != at);
        let mut names: BTreeSet<&str> = others
            .map(|(_, (column, _))| column.name.as_str())
            .chain(crate::dataset::RESERVED)
            .collect();
        if let Some((twice, _)) = with.iter().find(|(column, _)| !names.insert(&column.name)) {
            return Err(FittedError::Name { operation, column: twice.name.clone() });
        }
        if self.columns.len() + with.len() > MOST_COLUMNS {
            let what = format!("`{operation}` of `{name}` makes more than {MOST_COLUMNS} columns");
            return Err(FittedError::Large { what });
        }
        self.columns.splice(at..=at, with);
        Ok(())
    }
}

/// A name in backquotes.
pub(super) fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// A column that an operation makes of another one: of the same role.
pub(super) fn made_of(from: &Column, name: String, data_type: DataType, nullable: bool) -> Column {
    Column { name, data_type, role: from.role, nullable, classes: None }
}

/// The numbers of a column, a whole one as the nearest float.
pub(super) fn floats(array: &ArrayRef) -> Vec<Option<f64>> {
    match array.as_primitive_opt::<Int64Type>() {
        Some(values) => values.iter().map(|value| value.map(|value| value as f64)).collect(),
        None => match array.as_primitive_opt::<Float64Type>() {
            Some(values) => values.iter().collect(),
            None => vec![None; array.len()],
        },
    }
}

/// The same without NaN, which is missing as null is.
pub(super) fn numbers(array: &ArrayRef) -> impl Iterator<Item = Option<f64>> {
    floats(array).into_iter().map(|value| value.filter(|value| !value.is_nan()))
}

/// Calls with each number that is there; an infinite one is refused.
pub(super) fn each_number(
    operation: &'static str,
    (name, array): (&str, &ArrayRef),
    first: u64,
    mut call: impl FnMut(f64),
) -> Result<(), FittedError> {
    for (row, value) in (first..).zip(numbers(array)) {
        match value {
            Some(value) if value.is_infinite() => {
                return Err(FittedError::Infinite { operation, column: name.to_owned(), row });
            }
            Some(value) => call(value),
            None => {}
        }
    }
    Ok(())
}

/// Numbers as a column.
pub(super) fn float_column(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

/// The texts of a column.
pub(super) fn texts(array: &ArrayRef) -> Result<&StringArray, FittedError> {
    let text = array.as_string_opt::<i32>();
    text.ok_or_else(|| FittedError::Inconsistent { what: "a column is no text".to_owned() })
}
