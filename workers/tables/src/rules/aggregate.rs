//! Aggregates, taken slice by slice in the order of the rows.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, NullArray, StringArray,
};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use ingot_protocol::contract::sql::{Aggregate, Aggregation};

use super::RuleError;
use super::value::{Fault, Value};
use crate::source::typed::{Key, key};

/// What was taken so far.
pub(super) enum Accumulator {
    /// Rows, or values that are there.
    Count(i64),
    /// Digests of the values that were there.
    Distinct(HashSet<[u8; 16]>),
    /// A sum; a mean where it is asked for.
    Sum {
        is_mean: bool,
        /// Whole numbers, exactly.
        whole: i128,
        /// Floats, in the order of the rows.
        float: f64,
        is_float: bool,
        count: i64,
    },
    /// The first value that no other one goes beyond.
    Extreme { beyond: Ordering, found: Option<Owned> },
}

/// A value without its array.
#[derive(Debug, Clone)]
pub(super) enum Owned {
    Whole(i64),
    Float(f64),
    Truth(bool),
    Text(String),
}

impl Accumulator {
    pub(super) fn new(aggregate: &Aggregate) -> Self {
        let extreme = |beyond| Self::Extreme { beyond, found: None };
        match aggregate.aggregation {
            Aggregation::Count if aggregate.distinct => Self::Distinct(HashSet::new()),
            Aggregation::Count => Self::Count(0),
            Aggregation::Sum | Aggregation::Avg => Self::Sum {
                is_mean: aggregate.aggregation == Aggregation::Avg,
                whole: 0,
                float: 0.0,
                is_float: false,
                count: 0,
            },
            Aggregation::Min => extreme(Ordering::Less),
            Aggregation::Max => extreme(Ordering::Greater),
        }
    }

    /// Takes rows as such.
    pub(super) fn rows(&mut self, rows: usize) {
        if let Self::Count(count) = self {
            *count += rows as i64;
        }
    }

    /// Takes the values of a slice.
    pub(super) fn take(&mut self, value: &Value) -> Result<(), RuleError> {
        let values = &value.values;
        let there = values.len() - values.null_count();
        match self {
            Self::Count(count) => *count += there as i64,
            Self::Distinct(seen) => {
                seen.extend((0..values.len()).filter_map(|row| key(values, row)).map(digest));
            }
            Self::Sum { whole, float, is_float, count, .. } => {
                *count += there as i64;
                match values.data_type() {
                    DataType::Int64 => {
                        let numbers = values.as_primitive::<Int64Type>().iter().flatten();
                        *whole += numbers.map(i128::from).sum::<i128>();
                    }
                    DataType::Float64 => {
                        *is_float = true;
                        let numbers = values.as_primitive::<Float64Type>().iter().flatten();
                        *float = numbers.fold(*float, |sum, number| sum + number);
                    }
                    // Nothing but nulls has no type of its own.
                    _ if there == 0 => {}
                    _ => return Err(value.wrong("sum")),
                }
            }
            Self::Extreme { beyond, found } => {
                for row in 0..values.len() {
                    let Some(one) = key(values, row) else { continue };
                    if found.as_ref().is_none_or(|best| order(one, best) == *beyond) {
                        *found = owned(one);
                    }
                }
            }
        }
        Ok(())
    }

    /// The aggregate; of no values all but counts are null.
    pub(super) fn value(self) -> Value {
        let whole = |whole: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![whole])) };
        let float = |float: f64| super::value::floats(Float64Array::from(vec![float]));
        Value::one(match self {
            Self::Count(count) => whole(count),
            Self::Distinct(seen) => whole(seen.len() as i64),
            Self::Sum { count: 0, .. } | Self::Extreme { found: None, .. } => {
                Arc::new(NullArray::new(1))
            }
            Self::Sum { is_mean: true, whole, float: sum, is_float, count } => {
                let sum = if is_float { sum } else { whole as f64 };
                float(sum / count as f64)
            }
            Self::Sum { is_float: true, float: sum, .. } => float(sum),
            Self::Sum { whole: sum, .. } => match i64::try_from(sum) {
                Ok(sum) => whole(sum),
                Err(_) => {
                    let mut value = Value::one(whole(0));
                    value.faults.insert(0, Fault::Overflow);
                    return value;
                }
            },
            Self::Extreme { found: Some(found), .. } => match found {
                Owned::Whole(number) => whole(number),
                Owned::Float(number) => float(number),
                Owned::Truth(truth) => Arc::new(BooleanArray::from(vec![truth])),
                Owned::Text(text) => Arc::new(StringArray::from(vec![text])),
            },
        })
    }
}

/// A value without its array; nothing of a type that no rule computes with.
fn owned(one: Key<'_>) -> Option<Owned> {
    Some(match one {
        Key::Whole(whole) => Owned::Whole(whole),
        Key::Float(bits) => Owned::Float(f64::from_bits(bits)),
        Key::Truth(truth) => Owned::Truth(truth),
        Key::Text(text) => Owned::Text(text.to_owned()),
        Key::Date(_) | Key::Timestamp(_) => return None,
    })
}

fn order(one: Key<'_>, other: &Owned) -> Ordering {
    match (one, other) {
        (Key::Whole(one), Owned::Whole(other)) => one.cmp(other),
        (Key::Float(bits), Owned::Float(other)) => f64::from_bits(bits).total_cmp(other),
        (Key::Truth(one), Owned::Truth(other)) => one.cmp(other),
        (Key::Text(one), Owned::Text(other)) => one.cmp(other.as_str()),
        _ => Ordering::Equal,
    }
}

/// 128 bits that equal values have in common, and others do not.
fn digest(one: Key<'_>) -> [u8; 16] {
    let digest = match one {
        Key::Whole(whole) => blake3::hash(&whole.to_le_bytes()),
        Key::Float(bits) => blake3::hash(&bits.to_le_bytes()),
        Key::Truth(truth) => blake3::hash(&[u8::from(truth)]),
        Key::Text(text) => blake3::hash(text.as_bytes()),
        Key::Date(days) => blake3::hash(&days.to_le_bytes()),
        Key::Timestamp(micros) => blake3::hash(&micros.to_le_bytes()),
    };
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_bytes()[..16]);
    half
}
