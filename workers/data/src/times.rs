//! The order of columns of time. Pure.
//!
//! Invariant: a null and NaN are at no time.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};

/// The earliest of times, as an array of one; nothing of none.
pub(crate) fn earliest(times: &ArrayRef) -> Option<ArrayRef> {
    let first = known(times).min_by(|a, b| compare((times, *a), (times, *b)))?;
    Some(times.slice(first, 1))
}

/// The latest of times, likewise.
pub(crate) fn latest(times: &ArrayRef) -> Option<ArrayRef> {
    let last = known(times).max_by(|a, b| compare((times, *a), (times, *b)))?;
    Some(times.slice(last, 1))
}

/// How many times are no later than this one, which is the first of an array.
pub(crate) fn no_later(times: &ArrayRef, than: &ArrayRef) -> u64 {
    known(times).filter(|row| compare((times, *row), (than, 0)).is_le()).count() as u64
}

/// Numbers by value, texts by their characters: as dates of ISO 8601 are in order. Both are
/// of one type.
pub(crate) fn compare((one, a): (&ArrayRef, usize), (other, b): (&ArrayRef, usize)) -> Ordering {
    fn of<T: ArrowPrimitiveType>(
        (one, a): (&ArrayRef, usize),
        (other, b): (&ArrayRef, usize),
    ) -> Option<(T::Native, T::Native)> {
        Some((one.as_primitive_opt::<T>()?.value(a), other.as_primitive_opt::<T>()?.value(b)))
    }
    let (a, b) = ((one, a), (other, b));
    if let Some((a, b)) = of::<Int64Type>(a, b) {
        return a.cmp(&b);
    }
    if let Some((a, b)) = of::<Float64Type>(a, b) {
        return a.total_cmp(&b);
    }
    if let Some((a, b)) = of::<Date32Type>(a, b) {
        return a.cmp(&b);
    }
    if let Some((a, b)) = of::<TimestampMicrosecondType>(a, b) {
        return a.cmp(&b);
    }
    match (a.0.as_string_opt::<i32>(), b.0.as_string_opt::<i32>()) {
        (Some(one), Some(other)) => one.value(a.1).cmp(other.value(b.1)),
        _ => Ordering::Equal,
    }
}

/// Whether a row is at a time.
pub(crate) fn is_known(times: &ArrayRef, row: usize) -> bool {
    let floats = times.as_primitive_opt::<Float64Type>();
    times.is_valid(row) && !floats.is_some_and(|floats| floats.value(row).is_nan())
}

fn known(times: &ArrayRef) -> impl Iterator<Item = usize> + '_ {
    (0..times.len()).filter(|row| is_known(times, *row))
}
