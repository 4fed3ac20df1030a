//! Arithmetic of whole numbers, which may leave their 64 bits, and of floats.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use ingot_protocol::contract::sql::Operator;

use super::RuleError;
use super::value::{Fault, Value, common, plain, spread};

/// A number of two.
pub(super) fn of_two(
    operator: Operator,
    one: Value,
    other: Value,
    rows: usize,
) -> Result<Value, RuleError> {
    let values = common(vec![one, other])?;
    let [one, other] = values.as_slice() else { return Err(mismatch(&values)) };
    match (one.values.data_type(), operator) {
        (DataType::Int64, Operator::Add) => {
            whole(one, other, rows, |one, other| one.checked_add(other).ok_or(Fault::Overflow))
        }
        (DataType::Int64, Operator::Subtract) => {
            whole(one, other, rows, |one, other| one.checked_sub(other).ok_or(Fault::Overflow))
        }
        (DataType::Int64, Operator::Multiply) => {
            whole(one, other, rows, |one, other| one.checked_mul(other).ok_or(Fault::Overflow))
        }
        (DataType::Int64, Operator::Divide) => whole(one, other, rows, |one, other| match other {
            0 => Err(Fault::DivisionByZero),
            _ => one.checked_div(other).ok_or(Fault::Overflow),
        }),
        (DataType::Int64, Operator::Remainder) => {
            whole(one, other, rows, |one, other| match other {
                0 => Err(Fault::DivisionByZero),
                _ => Ok(one.wrapping_rem(other)),
            })
        }
        (DataType::Float64, Operator::Add) => float(one, other, rows, |one, other| one + other),
        (DataType::Float64, Operator::Subtract) => {
            float(one, other, rows, |one, other| one - other)
        }
        (DataType::Float64, Operator::Multiply) => {
            float(one, other, rows, |one, other| one * other)
        }
        (DataType::Float64, Operator::Divide) => float(one, other, rows, |one, other| one / other),
        (DataType::Float64, Operator::Remainder) => {
            float(one, other, rows, |one, other| one % other)
        }
        // Of `null` and `null` it is null.
        (DataType::Boolean, _) if one.values.null_count() == one.values.len() => Ok(one.clone()),
        _ => Err(mismatch(&values)),
    }
}

/// The opposite.
pub(super) fn negated(value: Value) -> Result<Value, RuleError> {
    of_one(value, "minus", |whole| whole.checked_neg().ok_or(Fault::Overflow), |float| -float)
}

/// A number of one: whole numbers may fail, floats do not.
pub(super) fn of_one(
    value: Value,
    what: &'static str,
    of_whole: impl Fn(i64) -> Result<i64, Fault>,
    of_float: impl Fn(f64) -> f64,
) -> Result<Value, RuleError> {
    let mut faults = value.faults.clone();
    let values: ArrayRef = match value.values.data_type() {
        DataType::Null => Arc::clone(&value.values),
        DataType::Int64 => {
            let numbers = value.values.as_primitive::<Int64Type>();
            let computed = numbers.iter().enumerate().map(|(row, number)| {
                of_whole(number?).map_err(|fault| faults.insert(row, fault)).ok()
            });
            Arc::new(computed.collect::<PrimitiveArray<Int64Type>>())
        }
        DataType::Float64 => {
            let numbers = value.values.as_primitive::<Float64Type>();
            Arc::new(numbers.unary::<_, Float64Type>(|number| plain(of_float(number))))
        }
        _ => return Err(value.wrong(what)),
    };
    Ok(Value { values, faults, ..value })
}

fn whole(
    one: &Value,
    other: &Value,
    rows: usize,
    of: impl Fn(i64, i64) -> Result<i64, Fault>,
) -> Result<Value, RuleError> {
    each::<Int64Type>(one, other, rows, of)
}

fn float(
    one: &Value,
    other: &Value,
    rows: usize,
    of: impl Fn(f64, f64) -> f64,
) -> Result<Value, RuleError> {
    each::<Float64Type>(one, other, rows, |one, other| Ok(plain(of(one, other))))
}

/// A number of two a row. What is missing is not computed and has no fault.
fn each<T: ArrowPrimitiveType>(
    one: &Value,
    other: &Value,
    rows: usize,
    of: impl Fn(T::Native, T::Native) -> Result<T::Native, Fault>,
) -> Result<Value, RuleError> {
    let is_one = one.is_one && other.is_one;
    let rows = if is_one { 1 } else { rows };
    let mut faults = spread(&[one, other], is_one, rows);
    let (left, right) = (one.values.as_primitive::<T>(), other.values.as_primitive::<T>());
    let nulls = NullBuffer::union(
        expanded(left.nulls(), one.is_one && !is_one, rows).as_ref(),
        expanded(right.nulls(), other.is_one && !is_one, rows).as_ref(),
    );
    let computed =
        (0..rows).map(|row| match of(left.values()[one.at(row)], right.values()[other.at(row)]) {
            Ok(number) => number,
            Err(fault) => {
                if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
                    faults.insert(row, fault);
                }
                T::Native::default()
            }
        });
    let computed = computed.collect();
    let values = Arc::new(PrimitiveArray::<T>::new(computed, nulls));
    Ok(Value { values, is_one, faults })
}

fn expanded(nulls: Option<&NullBuffer>, spread: bool, rows: usize) -> Option<NullBuffer> {
    match (nulls, spread) {
        (Some(nulls), true) if nulls.is_null(0) => Some(NullBuffer::new_null(rows)),
        (Some(_), true) | (None, _) => None,
        (Some(nulls), false) => Some(nulls.clone()),
    }
}

fn mismatch(values: &[Value]) -> RuleError {
    let types: Vec<String> =
        values.iter().map(|value| value.values.data_type().to_string()).collect();
    RuleError::Types { what: "arithmetic", types: types.join(" and ") }
}
