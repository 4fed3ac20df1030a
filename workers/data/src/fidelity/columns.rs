//! [`Table`]: the columns of rows, as the statistics take them.

use std::collections::BTreeMap;

use arrow::array::{AsArray, BooleanArray};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Request, seed};
use ingot_statistics::fidelity::RecordColumn;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{self, Column, DataType, Dataset, Role, Schema, labels, row_parents};
use serde_json::Value;

use super::failed;

/// Rows that are read at once.
const ROWS: usize = 8192;

/// The columns that are measured.
pub(super) struct Chosen {
    columns: Vec<Column>,
    /// The number of each category of each column, in all tables.
    categories: Vec<BTreeMap<String, u64>>,
}

/// Rows, column by column.
pub(super) struct Table {
    /// The names of the columns.
    pub(super) names: Vec<String>,
    /// Their values. // (columns)
    pub(super) columns: Vec<RecordColumn>,
    keys: Vec<RowKey>, // (rows)
}

impl Chosen {
    /// Those that the step names, else features and the label; what stands on the other ports
    /// has them too, of one type.
    pub(super) fn of(
        request: &Request,
        real: &Schema,
        others: &[(&str, &Schema)],
    ) -> Result<Self, Failure> {
        let named = request.params.get("columns").and_then(Value::as_array);
        let named: Option<Vec<&str>> =
            named.map(|names| names.iter().filter_map(Value::as_str).collect());
        let is_measured = |column: &&Column| {
            matches!(column.role, Role::Feature | Role::Label)
                && column.data_type != DataType::Binary
        };
        let names: Vec<String> = match &named {
            Some(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            None => {
                let columns = real.columns.iter().filter(is_measured);
                columns.map(|column| column.name.clone()).collect()
            }
        };
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let of_real = real.column(&name).ok_or_else(|| absent(&name, "real", real))?;
            if of_real.data_type == DataType::Binary {
                return Err(refused(&name, "holds bytes, which are not measured"));
            }
            for (port, schema) in others {
                let other = schema.column(&name).ok_or_else(|| absent(&name, port, schema))?;
                if [of_real.role, other.role].contains(&Role::Personal) {
                    return Err(refused(&name, "is personal, and is not measured"));
                }
                let (one, two) = (of_real.data_type, other.data_type);
                if one != two && !(is_number(one) && is_number(two)) {
                    let what = format!("is of another type in `{port}` than in `real`");
                    return Err(refused(&name, &what));
                }
            }
            columns.push(of_real.clone());
        }
        if columns.is_empty() {
            return Err(Failure::new("D2001", "there is no column to measure")
                .help("name columns of numbers, texts or dates by `columns`"));
        }
        let categories = vec![BTreeMap::new(); columns.len()];
        Ok(Self { columns, categories })
    }
}

fn refused(name: &str, what: &str) -> Failure {
    Failure::new("D2001", format!("the column `{name}` {what}"))
        .help("name the columns that are measured by `columns`")
}

fn is_number(data_type: DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::Float64)
}

fn absent(name: &str, port: &str, schema: &Schema) -> Failure {
    let columns: Vec<String> = schema.columns.iter().map(|column| column.name.clone()).collect();
    let message = format!("`{port}` has no column `{name}`, only {}", dataset::list(&columns));
    Failure::new("D2001", message).help("name columns that both have by `columns`")
}

impl Table {
    /// The rows of every split that the port reads; with `made` those alone that say what they
    /// were made of, where any does.
    pub(super) fn read(
        port: &str,
        data: &Dataset,
        chosen: &mut Chosen,
        made: bool,
    ) -> Result<Self, Failure> {
        let mut table = Self {
            names: chosen.columns.iter().map(|column| column.name.clone()).collect(),
            columns: chosen.columns.iter().map(empty).collect(),
            keys: Vec::new(),
        };
        let only_made = made && any_is_made(data)?;
        for split in data.splits()? {
            for batch in data.batches(&split, ROWS)? {
                let batch = batch?;
                let kept = match only_made {
                    true => filter_record_batch(&batch, &is_made(&batch)).map_err(failed)?,
                    false => batch,
                };
                table.add(&kept, chosen)?;
            }
        }
        if table.keys.is_empty() {
            return Err(Failure::new("D2003", format!("`{port}` has no row"))
                .help("look at what the step before left, and at the splits that the port reads"));
        }
        Ok(table)
    }

    fn add(&mut self, rows: &RecordBatch, chosen: &mut Chosen) -> Result<(), Failure> {
        self.keys.extend(row_key::values(rows).ok_or_else(|| failed("the rows have no keys"))?);
        let of_chosen = chosen.columns.iter().zip(&mut chosen.categories);
        for (values, (column, known)) in self.columns.iter_mut().zip(of_chosen) {
            match values {
                RecordColumn::Numbers(numbers) => numbers.extend(as_numbers(rows, column)?),
                RecordColumn::Categories(categories) => {
                    let texts = labels(rows, &column.name)?.into_iter();
                    categories.extend(texts.map(|text| {
                        let next = known.len() as u64;
                        text.map(|text| *known.entry(text).or_insert(next))
                    }));
                }
            }
        }
        Ok(())
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.keys.len()
    }

    /// The columns of so many rows at the most: those of the first draws, in their order.
    pub(super) fn drawn(&self, most: usize, seed: u64) -> Vec<RecordColumn> {
        let index = |key: &RowKey| {
            key.iter().take(8).rev().fold(0, |index, byte| index << 8 | u64::from(*byte))
        };
        let draw = |key: &RowKey| seed::derive(seed, "fidelity records", index(key));
        let mut order: Vec<(u64, usize)> = self.keys.iter().map(draw).zip(0..).collect();
        order.sort_unstable();
        let mut rows: Vec<usize> = order.into_iter().take(most).map(|(_, row)| row).collect();
        rows.sort_unstable();
        let taken = |column: &RecordColumn| match column {
            RecordColumn::Numbers(numbers) => RecordColumn::Numbers(
                rows.iter().filter_map(|row| numbers.get(*row).copied()).collect(),
            ),
            RecordColumn::Categories(categories) => RecordColumn::Categories(
                rows.iter().filter_map(|row| categories.get(*row).copied()).collect(),
            ),
        };
        self.columns.iter().map(taken).collect()
    }
}

/// Whether a row says what it was made of.
fn any_is_made(data: &Dataset) -> Result<bool, Failure> {
    for split in data.splits()? {
        for batch in data.batches(&split, ROWS)? {
            if is_made(&batch?).true_count() > 0 {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_made(rows: &RecordBatch) -> BooleanArray {
    let parents = row_parents::values(rows).unwrap_or_default();
    parents.iter().map(|parents| Some(parents.is_some())).collect()
}

/// A label is a category, whatever its type.
fn empty(column: &Column) -> RecordColumn {
    match (column.role, column.data_type) {
        (Role::Label, _) | (_, DataType::Utf8 | DataType::Bool | DataType::Binary) => {
            RecordColumn::Categories(Vec::new())
        }
        (_, DataType::Int64 | DataType::Float64 | DataType::Date | DataType::Timestamp) => {
            RecordColumn::Numbers(Vec::new())
        }
    }
}

/// Numbers, and times as the number of their days or microseconds; NaN where there is none.
fn as_numbers(rows: &RecordBatch, column: &Column) -> Result<Vec<f64>, Failure> {
    let array = rows.column_by_name(&column.name).ok_or_else(|| failed("a column is gone"))?;
    // A time is cast to a float by way of the whole number that it is.
    let whole = match array.data_type() {
        ArrowType::Date32 => cast(array, &ArrowType::Int32),
        ArrowType::Timestamp(..) => cast(array, &ArrowType::Int64),
        _ => Ok(array.clone()),
    };
    let array = whole.and_then(|whole| cast(&whole, &ArrowType::Float64));
    let floats = array.map_err(failed)?;
    let floats = floats.as_primitive::<Float64Type>().iter();
    Ok(floats.map(|value| value.unwrap_or(f64::NAN)).collect())
}
