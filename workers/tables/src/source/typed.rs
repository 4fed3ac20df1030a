//! A column's cells in a type, and a value of it that can be compared. Pure.
//!
//! Invariant: two values are the same [`Key`] where they are the same value of the
//! column's type, at its full precision: `7` and `007` are one whole number, `1` and
//! `1.0` one float, and so are both zeros.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};

use super::{Cells, is_exact, times};
use crate::dataset::DataType;

/// One value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key<'a> {
    /// A whole number.
    Whole(i64),
    /// A float's bits.
    Float(u64),
    /// A truth value.
    Truth(bool),
    /// A text.
    Text(&'a str),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970, in UTC.
    Timestamp(i64),
}

impl Key<'static> {
    /// A float; both zeros are one, and so is every NaN.
    pub fn float(value: f64) -> Self {
        let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
        Self::Float(value.to_bits())
    }
}

/// A value without its array.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owned {
    /// As of a [`Key`].
    Whole(i64),
    /// Its bits.
    Float(u64),
    /// As of a [`Key`].
    Truth(bool),
    /// As of a [`Key`].
    Text(String),
    /// As of a [`Key`].
    Date(i32),
    /// As of a [`Key`].
    Timestamp(i64),
}

impl From<Key<'_>> for Owned {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::Whole(whole) => Self::Whole(whole),
            Key::Float(bits) => Self::Float(bits),
            Key::Truth(truth) => Self::Truth(truth),
            Key::Text(text) => Self::Text(text.to_owned()),
            Key::Date(days) => Self::Date(days),
            Key::Timestamp(micros) => Self::Timestamp(micros),
        }
    }
}

impl Owned {
    /// The value that it is.
    pub fn key(&self) -> Key<'_> {
        match self {
            Self::Whole(whole) => Key::Whole(*whole),
            Self::Float(bits) => Key::Float(*bits),
            Self::Truth(truth) => Key::Truth(*truth),
            Self::Text(text) => Key::Text(text),
            Self::Date(days) => Key::Date(*days),
            Self::Timestamp(micros) => Key::Timestamp(*micros),
        }
    }
}

/// Values without their arrays, each once.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    wholes: HashSet<i64>,
    floats: HashSet<u64>,
    truths: HashSet<bool>,
    texts: HashSet<String>,
    dates: HashSet<i32>,
    timestamps: HashSet<i64>,
}

impl Keys {
    /// Takes a value in; whether it was not there.
    pub fn insert(&mut self, key: Key<'_>) -> bool {
        match key {
            Key::Whole(whole) => self.wholes.insert(whole),
            Key::Float(bits) => self.floats.insert(bits),
            Key::Truth(truth) => self.truths.insert(truth),
            Key::Text(text) => !self.texts.contains(text) && self.texts.insert(text.to_owned()),
            Key::Date(days) => self.dates.insert(days),
            Key::Timestamp(micros) => self.timestamps.insert(micros),
        }
    }

    /// Whether a value is there.
    pub fn contains(&self, key: Key<'_>) -> bool {
        match key {
            Key::Whole(whole) => self.wholes.contains(&whole),
            Key::Float(bits) => self.floats.contains(&bits),
            Key::Truth(truth) => self.truths.contains(&truth),
            Key::Text(text) => self.texts.contains(text),
            Key::Date(days) => self.dates.contains(&days),
            Key::Timestamp(micros) => self.timestamps.contains(&micros),
        }
    }
}

/// A value of a typed array; nothing where it is null or of another type.
pub fn key(array: &ArrayRef, row: usize) -> Option<Key<'_>> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        ArrowType::Int64 => Key::Whole(array.as_primitive::<Int64Type>().value(row)),
        ArrowType::Float64 => Key::float(array.as_primitive::<Float64Type>().value(row)),
        ArrowType::Boolean => Key::Truth(array.as_boolean().value(row)),
        ArrowType::Utf8 => Key::Text(array.as_string::<i32>().value(row)),
        ArrowType::Date32 => Key::Date(array.as_primitive::<Date32Type>().value(row)),
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            Key::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        _ => return None,
    })
}

/// Cells in a type.
pub struct Typed {
    /// Null where a cell is, and where it is not of the type.
    pub array: ArrayRef, // (rows)
    /// Rows whose cell is there and not of the type, sorted.
    pub misfits: Vec<usize>,
}

/// Brings cells to a type. A float that was asked for is the nearest one to what is
/// written; where it is `exact` because nobody asked, a whole number is it or is a misfit.
pub fn typed(cells: &Cells, data_type: DataType, exact: bool) -> Typed {
    match cells {
        Cells::Text(cells) => parsed(cells, data_type, exact),
        Cells::Typed(values) => match (values.data_type(), data_type) {
            (ArrowType::Null, _) => absent(values.len(), data_type),
            (found, wanted) if *found == wanted.arrow() => {
                Typed { array: Arc::clone(values), misfits: Vec::new() }
            }
            (ArrowType::Float64, DataType::Int64) => {
                collected::<_, Int64Array, _>(values.as_primitive::<Float64Type>().iter(), whole)
            }
            (ArrowType::Int64, DataType::Float64) => collected::<_, Float64Array, _>(
                values.as_primitive::<Int64Type>().iter(),
                |value| {
                    let float = value as f64;
                    (!exact || float as i128 == i128::from(value)).then_some(float)
                },
            ),
            (found, DataType::Date | DataType::Timestamp) if found.is_temporal() => {
                times::of_times(values, data_type)
            }
            // Every other pair has its text in common.
            _ => match cells.texts() {
                Some(texts) => {
                    let mut typed = parsed(&texts, data_type, exact);
                    let lost = |row: &usize| values.is_valid(*row) && texts.is_null(*row);
                    let lost: Vec<usize> = (0..values.len()).filter(lost).collect();
                    if !lost.is_empty() {
                        typed.misfits.extend(lost);
                        typed.misfits.sort_unstable();
                    }
                    typed
                }
                None => {
                    let there = (0..values.len()).filter(|&row| values.is_valid(row)).collect();
                    Typed { misfits: there, ..absent(values.len(), data_type) }
                }
            },
        },
    }
}

fn absent(rows: usize, data_type: DataType) -> Typed {
    Typed { array: arrow::array::new_null_array(&data_type.arrow(), rows), misfits: Vec::new() }
}

fn parsed(cells: &StringArray, data_type: DataType, exact: bool) -> Typed {
    if data_type == DataType::Utf8 {
        return Typed { array: Arc::new(cells.clone()), misfits: Vec::new() };
    }
    let cells = cells.iter();
    match data_type {
        DataType::Int64 => collected::<_, Int64Array, _>(cells, |cell| cell.parse::<i64>().ok()),
        DataType::Float64 => collected::<_, Float64Array, _>(cells, |cell| {
            let float = cell.parse::<f64>().ok().filter(|float| !float.is_infinite())?;
            (!exact || is_exact(cell, float)).then_some(float)
        }),
        DataType::Bool => collected::<_, BooleanArray, _>(cells, truth),
        DataType::Date => collected::<_, Date32Array, _>(cells, times::date),
        DataType::Timestamp => {
            let micros = collected::<_, TimestampMicrosecondArray, _>(cells, times::micros);
            Typed { array: times::in_utc(&micros.array), ..micros }
        }
        DataType::Utf8 | DataType::Binary => {
            let rows = cells.len();
            let misfits = cells.enumerate().filter(|(_, cell)| cell.is_some()).map(|(row, _)| row);
            Typed { misfits: misfits.collect(), ..absent(rows, data_type) }
        }
    }
}

/// Each cell as a value; a cell that gives none is a misfit.
pub(super) fn collected<Cell, Values, Value>(
    cells: impl Iterator<Item = Option<Cell>>,
    value: impl Fn(Cell) -> Option<Value>,
) -> Typed
where
    Values: Array + FromIterator<Option<Value>> + 'static,
{
    let mut misfits = Vec::new();
    let values = cells.enumerate().map(|(row, cell)| {
        let cell = cell?;
        let value = value(cell);
        if value.is_none() {
            misfits.push(row);
        }
        value
    });
    let array: ArrayRef = Arc::new(values.collect::<Values>());
    Typed { array, misfits }
}

/// A float that is a whole number, as one.
pub fn whole(value: f64) -> Option<i64> {
    let whole = value as i64;
    // The cast clips, and 2^63 is behind the last one.
    (value.fract() == 0.0 && whole as f64 == value && whole != i64::MAX).then_some(whole)
}

/// A truth value as languages write it.
pub fn truth(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}
