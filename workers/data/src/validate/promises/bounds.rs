//! `min` and `max`, and the lower bound that a weight has by itself.

use std::cmp::Ordering;

use ingot_protocol::Failure;
use ingot_protocol::contract::Bound;
use ingot_tables::dataset::Role;
use ingot_tables::source::typed::Key;

use super::super::breaches::{Breaches, Terms};
use super::super::contract::role;
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let promises = column.promises;
    let beyond = |bound: Bound, wrong: Ordering| {
        column.rows(|value| match value {
            Key::Whole(whole) => bound.of_whole(whole) == Some(wrong),
            Key::Float(bits) => bound.of_float(f64::from_bits(bits)) == Some(wrong),
            Key::Truth(_) | Key::Text(_) => false,
        })
    };
    if let Some(min) = &promises.min {
        let below = beyond(min.value, Ordering::Less);
        let what = format!("below {}", min.value);
        told.broken("min", Terms::of(Some(min), promises), ("D0306", &what), &below);
    }
    if let Some(max) = &promises.max {
        let above = beyond(max.value, Ordering::Greater);
        let what = format!("above {}", max.value);
        told.broken("max", Terms::of(Some(max), promises), ("D0306", &what), &above);
    }
    if role(promises) == Role::Weight {
        let negative = beyond(Bound::Whole(0), Ordering::Less);
        let terms = Terms::of(None::<&ingot_protocol::contract::Promised<Bound>>, promises);
        told.broken("role", terms, ("D0306", "below 0, and a weight is not"), &negative);
    }
    Ok(())
}
