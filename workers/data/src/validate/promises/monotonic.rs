//! `monotonic`: how values follow one another within a split.
//!
//! A value is held against the last one that kept the promise, so what is left without the
//! rows that break it keeps it. What is missing, or NaN, stands nowhere.

use std::cmp::Ordering;

use ingot_protocol::Failure;
use ingot_protocol::contract::Monotonic;
use ingot_tables::source::typed::{Key, Owned};

use super::super::breaches::{ColumnFindings, Terms};
use super::super::tally::Tally;
use super::row_wise::rows;
use super::{Judges, Promise, Promising, Values};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let Some(promise) = &column.promises.monotonic else { return Ok(Vec::new()) };
    let terms = Terms::of(Some(promise), column.promises);
    let how = promise.value;
    Ok(vec![Box::new(Order { how, terms, before: None, tally: terms.tally() })])
}

struct Order {
    how: Monotonic,
    terms: Terms,
    /// The number of a split and the last of its values that kept the promise.
    before: Option<(usize, Owned)>,
    tally: Tally,
}

impl Promise for Order {
    fn take(&mut self, values: &Values<'_>) -> Result<(), Failure> {
        let held = self.before.take().filter(|(split, _)| *split == values.at.split);
        let mut last = held.map(|(_, value)| value);
        let how = self.how;
        let broken = rows(values.array, |value| {
            if is_nan(value) {
                return false;
            }
            let breaks =
                last.as_ref().is_some_and(|before| !keeps(how, order(before.key(), value)));
            if !breaks {
                replace(&mut last, value);
            }
            breaks
        });
        self.before = last.map(|value| (values.at.split, value));
        self.tally.add(values.at, &broken, |row| values.text(row));
        Ok(())
    }

    fn tell(self: Box<Self>, told: &mut ColumnFindings<'_>) {
        let what = format!("out of order, which is {}", self.how.name());
        told.broken("monotonic", self.terms, ("D0326", &what), self.tally);
    }
}

/// Keeps a value; a text takes the room of the one before.
fn replace(last: &mut Option<Owned>, value: Key<'_>) {
    match (last, value) {
        (Some(Owned::Text(held)), Key::Text(text)) => {
            held.clear();
            held.push_str(text);
        }
        (last, value) => *last = Some(Owned::from(value)),
    }
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
