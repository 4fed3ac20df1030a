//! [`RowWise`]: a promise that each value keeps or breaks by itself. Pure.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use ingot_protocol::Failure;
use ingot_tables::source::typed::Key;

use super::super::breaches::{ColumnFindings, Terms};
use super::super::tally::Tally;
use super::{Promise, Values};

/// The rows of an array whose value is there and breaks something.
type Breaks<'a> = Box<dyn Fn(&ArrayRef) -> Vec<usize> + Send + 'a>;

/// Whether an array as a whole keeps a promise, where that is told faster than of each value;
/// `false` says nothing.
pub(super) type Keeps<'a> = Box<dyn Fn(&ArrayRef) -> bool + Send + 'a>;

/// A promise and what breaks it.
pub(super) struct RowWise<'a> {
    /// Of the contract.
    pub(super) key: &'static str,
    pub(super) terms: Terms,
    pub(super) code: &'static str,
    pub(super) what: String,
    pub(super) tally: Tally,
    pub(super) breaks: Breaks<'a>,
}

impl<'a> RowWise<'a> {
    /// A promise that values break of which this holds.
    pub(super) fn boxed(
        (key, terms): (&'static str, Terms),
        (code, what): (&'static str, String),
        broken: impl Fn(Key<'_>) -> bool + Send + 'a,
    ) -> Box<dyn Promise + 'a> {
        let breaks = Box::new(move |array: &ArrayRef| rows(array, &broken));
        Box::new(Self { key, terms, code, what, tally: terms.tally(), breaks })
    }

    /// The same, and no value is looked at in an array that keeps it as a whole.
    pub(super) fn boxed_unless(
        keeps: Keeps<'a>,
        (key, terms): (&'static str, Terms),
        (code, what): (&'static str, String),
        broken: impl Fn(Key<'_>) -> bool + Send + 'a,
    ) -> Box<dyn Promise + 'a> {
        let breaks = Box::new(move |array: &ArrayRef| match keeps(array) {
            true => Vec::new(),
            false => rows(array, &broken),
        });
        Box::new(Self { key, terms, code, what, tally: terms.tally(), breaks })
    }

    /// A promise of texts.
    pub(super) fn of_texts(
        promise: (&'static str, Terms),
        what: (&'static str, String),
        broken: impl Fn(&str) -> bool + Send + 'a,
    ) -> Box<dyn Promise + 'a> {
        Self::boxed(promise, what, move |value| matches!(value, Key::Text(text) if broken(text)))
    }
}

impl Promise for RowWise<'_> {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        let broken = (self.breaks)(values.array);
        self.tally.add(values.at, &broken, |row| values.text(row));
        Ok(())
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        told.broken(self.key, self.terms, (self.code, &self.what), self.tally);
    }
}

/// The rows whose value is there and of which this holds.
pub(super) fn rows(array: &ArrayRef, broken: impl FnMut(Key<'_>) -> bool) -> Vec<usize> {
    match array.data_type() {
        ArrowType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            breaking(array, |row| Key::Whole(values.value(row)), broken)
        }
        ArrowType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            breaking(array, |row| Key::float(values.value(row)), broken)
        }
        ArrowType::Boolean => {
            let values = array.as_boolean();
            breaking(array, |row| Key::Truth(values.value(row)), broken)
        }
        ArrowType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            breaking(array, |row| Key::Date(values.value(row)), broken)
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            breaking(array, |row| Key::Timestamp(values.value(row)), broken)
        }
        ArrowType::Utf8 => {
            let values = array.as_string::<i32>();
            breaking(array, |row| Key::Text(values.value(row)), broken)
        }
        _ => Vec::new(),
    }
}

fn breaking<'a>(
    array: &ArrayRef,
    value: impl Fn(usize) -> Key<'a>,
    mut broken: impl FnMut(Key<'a>) -> bool,
) -> Vec<usize> {
    match array.nulls() {
        None => (0..array.len()).filter(|&row| broken(value(row))).collect(),
        Some(nulls) => nulls.valid_indices().filter(|&row| broken(value(row))).collect(),
    }
}
