//! `monotonic`: how values follow one another within a split.
//!
//! A value is held against the last one that kept the promise, so what is left without the
//! rows that break it keeps it. What is missing, or NaN, stands nowhere.

use std::cmp::Ordering;

use arrow::array::Array;
use ingot_protocol::Failure;
use ingot_protocol::contract::Monotonic;
use ingot_tables::source::typed::{Key, key};

use super::super::breaches::{Breaches, Terms};
use super::super::splits::each;
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let Some(promise) = &column.promises.monotonic else { return Ok(()) };
    let mut broken = Vec::new();
    for (_, range) in each(column.splits) {
        let mut before: Option<Key<'_>> = None;
        for row in range.start..range.end.min(column.array.len()) {
            let Some(value) = key(column.array, row).filter(|value| !is_nan(*value)) else {
                continue;
            };
            match before {
                Some(before) if !keeps(promise.value, order(before, value)) => broken.push(row),
                _ => before = Some(value),
            }
        }
    }
    let what = format!("out of order, which is {}", promise.value.name());
    let terms = Terms::of(Some(promise), column.promises);
    told.broken("monotonic", terms, ("D0326", &what), &broken);
    Ok(())
}

/// Whether a value may follow one to which that one stands so.
fn keeps(monotonic: Monotonic, before: Ordering) -> bool {
    match monotonic {
        Monotonic::Increasing => before != Ordering::Greater,
        Monotonic::StrictlyIncreasing => before == Ordering::Less,
        Monotonic::Decreasing => before != Ordering::Less,
        Monotonic::StrictlyDecreasing => before == Ordering::Greater,
    }
}

fn is_nan(value: Key<'_>) -> bool {
    value == Key::float(f64::NAN)
}

fn order(one: Key<'_>, other: Key<'_>) -> Ordering {
    match (one, other) {
        (Key::Float(one), Key::Float(other)) => {
            f64::from_bits(one).total_cmp(&f64::from_bits(other))
        }
        // Of one type, others are ordered as they are.
        (one, other) => one.cmp(&other),
    }
}
