//! Cells as dates and as points in time. Pure.
//!
//! Invariant: what comes out is the day or the microsecond that a cell says, or the cell is a
//! misfit: nothing is rounded, and a time of day does not vanish into a date. A time that
//! names no zone is in UTC.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use jiff::Unit;
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;

use super::typed::{Typed, collected};
use crate::dataset::{DataType, UTC};

const DAY: i64 = 86_400 * MICROS;
const MICROS: i64 = 1_000_000;

/// The day that a text is: `2026-11-01`.
pub(super) fn date(cell: &str) -> Option<i32> {
    day(micros(cell).filter(|_| cell.len() == "2026-11-01".len())?)
}

/// The microsecond that a text is, as ISO 8601 writes it with hyphens, colons and a point; a
/// zone is `Z` or an offset below a day.
pub(super) fn micros(cell: &str) -> Option<i64> {
    // The library reads more: basic forms, zones by their names, whose table changes, and
    // leap seconds, which it makes the second before.
    let is_plain = cell.as_bytes().get(4) == Some(&b'-') && !cell.contains(['[', ',']);
    let pieces = Pieces::parse(cell).ok().filter(|_| is_plain && !cell.contains(":60"))?;
    let days = pieces.date().since(Date::constant(1970, 1, 1)).ok()?.get_days();
    let time = pieces.time().unwrap_or(Time::midnight());
    let nanoseconds = time.since(Time::midnight()).ok()?.total(Unit::Nanosecond).ok()? as i64;
    let east = match pieces.to_numeric_offset() {
        Some(offset) => i64::from(offset.seconds()) * MICROS,
        None => 0,
    };
    let within = (nanoseconds % 1_000 == 0 && east.abs() < DAY).then_some(nanoseconds / 1_000)?;
    i64::from(days).checked_mul(DAY)?.checked_add(within)?.checked_sub(east)
}

/// Microseconds with their zone.
pub(super) fn in_utc(micros: &ArrayRef) -> ArrayRef {
    match micros.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(micros) => Arc::new(micros.clone().with_timezone(UTC)),
        None => Arc::clone(micros),
    }
}

/// Dates and times of another width as one of these types.
pub(super) fn of_times(values: &ArrayRef, wanted: DataType) -> Typed {
    let micros: Vec<Option<Option<i64>>> =
        (0..values.len()).map(|row| values.is_valid(row).then(|| of_row(values, row))).collect();
    if wanted == DataType::Date {
        let days = micros.into_iter();
        return collected::<_, Date32Array, _>(days, |micros| day(micros?));
    }
    let typed = collected::<_, TimestampMicrosecondArray, _>(micros.into_iter(), |micros| micros);
    Typed { array: in_utc(&typed.array), ..typed }
}

/// The microsecond of a value, where it is a whole one.
fn of_row(values: &ArrayRef, row: usize) -> Option<i64> {
    match values.data_type() {
        ArrowType::Date32 => {
            i64::from(values.as_primitive::<Date32Type>().value(row)).checked_mul(DAY)
        }
        ArrowType::Date64 => values.as_primitive::<Date64Type>().value(row).checked_mul(1_000),
        ArrowType::Timestamp(TimeUnit::Second, _) => {
            values.as_primitive::<TimestampSecondType>().value(row).checked_mul(MICROS)
        }
        ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
            values.as_primitive::<TimestampMillisecondType>().value(row).checked_mul(1_000)
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(values.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        ArrowType::Timestamp(TimeUnit::Nanosecond, _) => {
            let nanoseconds = values.as_primitive::<TimestampNanosecondType>().value(row);
            (nanoseconds % 1_000 == 0).then_some(nanoseconds / 1_000)
        }
        _ => None,
    }
}

/// The day that begins with a microsecond.
fn day(micros: i64) -> Option<i32> {
    (micros.rem_euclid(DAY) == 0).then(|| i32::try_from(micros.div_euclid(DAY)).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::Cells;
    use super::*;

    #[test]
    fn a_text_is_the_time_that_it_says_or_none() {
        for (text, days, micros_of) in [
            ("1970-01-02", Some(1), Some(DAY)),
            ("1969-12-31", Some(-1), Some(-DAY)),
            ("1970-01-01T00:00:01Z", None, Some(MICROS)),
            ("1970-01-01 00:00:00.000001", None, Some(1)),
            ("1970-01-01T01:00:00+01:00", None, Some(0)),
            ("1970-01-01T00:00:00.0000001Z", None, None),
            ("1970-01-01T00:00:00+01:00[Europe/Paris]", None, None),
            ("1970-01-01T00:00:00+25:00", None, None),
            ("1970-01-01T00:00:60Z", None, None),
            ("1970-01-01T00:00:00,5Z", None, None),
            ("9999-12-31", Some(2_932_896), Some(2_932_896 * DAY)),
            ("9999-12-31T23:59:59Z", None, Some(2_932_897 * DAY - MICROS)),
            ("1970-01-01T00:00:00[Europe/Paris]", None, None),
            ("1970-13-01", None, None),
            ("01.02.1970", None, None),
            ("19700102", None, None),
            ("", None, None),
        ] {
            assert_eq!((date(text), micros(text)), (days, micros_of), "{text}");
        }
    }

    #[test]
    fn nothing_is_rounded() {
        let nanos: ArrayRef =
            Arc::new(arrow::array::TimestampNanosecondArray::from(vec![1_000, 1_001, -1_000]));
        let typed = of_times(&nanos, DataType::Timestamp);
        assert_eq!(typed.misfits, [1]);
        let micros = typed.array.as_primitive::<TimestampMicrosecondType>();
        assert_eq!((micros.value(0), micros.value(2)), (1, -1));
        assert_eq!(of_times(&nanos, DataType::Date).misfits, [0, 1, 2]);
        // A day that no text says, and one that one says.
        let days: ArrayRef = Arc::new(Date32Array::from(vec![i32::MAX, 0]));
        let texts = super::super::typed::typed(&Cells::Typed(days), DataType::Utf8, true);
        assert_eq!((texts.misfits, texts.array.null_count()), (vec![0], 1));
    }
}
