//! `min` and `max`, and the lower bound that a weight has by itself.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{max, min};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use ingot_protocol::Failure;
use ingot_protocol::contract::{Bound, Promised};
use ingot_tables::dataset::Role;
use ingot_tables::source::typed::Key;

use super::super::breaches::Terms;
use super::super::contract::role;
use super::newest::moment;
use super::row_wise::RowWise;
use super::{Judges, Promise, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let promises = column.promises;
    let mut judges: Judges<'a> = Vec::new();
    if let Some(min) = &promises.min {
        let what = format!("below {}", min.value);
        let promise = ("min", Terms::of(Some(min), promises));
        judges.push(beyond(promise, what, min.value, Ordering::Less));
    }
    if let Some(max) = &promises.max {
        let what = format!("above {}", max.value);
        let promise = ("max", Terms::of(Some(max), promises));
        judges.push(beyond(promise, what, max.value, Ordering::Greater));
    }
    if role(promises) == Role::Weight {
        let what = "below 0, and a weight is not".to_owned();
        let promise = ("role", Terms::of(None::<&Promised<Bound>>, promises));
        judges.push(beyond(promise, what, Bound::Whole(0), Ordering::Less));
    }
    Ok(judges)
}

fn beyond<'a>(
    promise: (&'static str, Terms),
    what: String,
    bound: Bound,
    wrong: Ordering,
) -> Box<dyn Promise + 'a> {
    let keeps = Box::new(move |array: &ArrayRef| keeps(array, bound, wrong));
    RowWise::boxed_unless(keeps, promise, ("D0306", what), move |value| match value {
        Key::Whole(whole) => bound.of_whole(whole) == Some(wrong),
        Key::Float(bits) => bound.of_float(f64::from_bits(bits)) == Some(wrong),
        Key::Date(_) | Key::Timestamp(_) => {
            moment(value).is_some_and(|moment| bound.of_moment(moment) == Some(wrong))
        }
        Key::Truth(_) | Key::Text(_) => false,
    })
}

/// Whether the smallest and the largest value keep the bound, so that all do. Where one of
/// them is NaN, others may break it still.
fn keeps(array: &ArrayRef, bound: Bound, wrong: Ordering) -> bool {
    let order = match array.data_type() {
        ArrowType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            let extreme = if wrong == Ordering::Less { min(values) } else { max(values) };
            extreme.and_then(|extreme| bound.of_whole(extreme))
        }
        ArrowType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            let extreme = if wrong == Ordering::Less { min(values) } else { max(values) };
            extreme.and_then(|extreme| bound.of_float(extreme))
        }
        _ => None,
    };
    order.is_some_and(|order| order != wrong)
}
