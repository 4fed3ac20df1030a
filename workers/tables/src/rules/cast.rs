//! Values in another type. A value that is none of the type is a fault of its row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, new_null_array,
};
use arrow::compute;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use ingot_protocol::contract::sql::Type;

use super::RuleError;
use super::value::{Fault, Faults, Value, floats};
use crate::source::typed::truth;

/// The first float behind every `i64`.
const BEHIND: f64 = 9_223_372_036_854_775_808.0;

/// A value in a type: floats lose their fraction on the way to whole numbers, and are
/// false only where they are zero; texts are read as `validate` reads cells.
pub(super) fn to(value: Value, data_type: Type) -> Result<Value, RuleError> {
    let wanted = match data_type {
        Type::Int64 => DataType::Int64,
        Type::Float64 => DataType::Float64,
        Type::Bool => DataType::Boolean,
        Type::Utf8 => DataType::Utf8,
    };
    let mut faults = value.faults.clone();
    let values = &value.values;
    let computed: ArrayRef = match (values.data_type(), &wanted) {
        (found, wanted) if found == wanted => Arc::clone(values),
        (DataType::Null, wanted) => new_null_array(wanted, values.len()),
        (DataType::Float64, DataType::Int64) => {
            let numbers = values.as_primitive::<Float64Type>().iter();
            read::<_, Int64Array, _>(numbers, data_type, &mut faults, |float| {
                (-BEHIND..BEHIND).contains(&float).then_some(float as i64)
            })
        }
        (DataType::Int64, DataType::Boolean) => Arc::new(BooleanArray::from_iter(
            values.as_primitive::<Int64Type>().iter().map(|whole| Some(whole? != 0)),
        )),
        (DataType::Float64, DataType::Boolean) => Arc::new(BooleanArray::from_iter(
            values.as_primitive::<Float64Type>().iter().map(|float| Some(float? != 0.0)),
        )),
        (DataType::Utf8, DataType::Int64) => {
            let texts = values.as_string::<i32>().iter();
            read::<_, Int64Array, _>(texts, data_type, &mut faults, |text| text.parse().ok())
        }
        (DataType::Utf8, DataType::Float64) => {
            let texts = values.as_string::<i32>().iter();
            let read = read::<_, Float64Array, _>(texts, data_type, &mut faults, number);
            floats(read.as_primitive::<Float64Type>().clone())
        }
        (DataType::Utf8, DataType::Boolean) => {
            let texts = values.as_string::<i32>().iter();
            read::<_, BooleanArray, _>(texts, data_type, &mut faults, truth)
        }
        (DataType::Int64 | DataType::Float64 | DataType::Boolean, wanted) => {
            compute::cast(values, wanted)?
        }
        _ => return Err(value.wrong("cast")),
    };
    Ok(Value { values: computed, faults, ..value })
}

/// A float as a text writes it; digits beyond every float are none.
fn number(text: &str) -> Option<f64> {
    let float: f64 = text.parse().ok()?;
    let is_word = !text.bytes().any(|byte| byte.is_ascii_digit());
    (float.is_finite() || is_word).then_some(float)
}

fn read<Cell, Values, Found>(
    cells: impl Iterator<Item = Option<Cell>>,
    data_type: Type,
    faults: &mut Faults,
    of: impl Fn(Cell) -> Option<Found>,
) -> ArrayRef
where
    Values: Array + FromIterator<Option<Found>> + 'static,
{
    let found = cells.enumerate().map(|(row, cell)| {
        let found = of(cell?);
        if found.is_none() {
            faults.insert(row, Fault::Cast(data_type));
        }
        found
    });
    Arc::new(found.collect::<Values>())
}
