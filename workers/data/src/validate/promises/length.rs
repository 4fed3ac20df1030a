//! `min_length` and `max_length`: the characters of a text.

use arrow::array::{Array, ArrayRef, AsArray};
use ingot_protocol::Failure;
use ingot_tables::source::typed::Key;

use super::super::breaches::Terms;
use super::row_wise::RowWise;
use super::{Judges, Promise, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let promises = column.promises;
    let mut judges: Judges<'a> = Vec::new();
    if let Some(least) = &promises.min_length {
        let what = format!("shorter than {} characters", least.value);
        let promise = ("min_length", Terms::of(Some(least), promises));
        let least = least.value;
        judges.push(beyond(promise, what, move |length| length < least));
    }
    if let Some(most) = &promises.max_length {
        let what = format!("longer than {} characters", most.value);
        let promise = ("max_length", Terms::of(Some(most), promises));
        let most = most.value;
        judges.push(beyond(promise, what, move |length| length > most));
    }
    Ok(judges)
}

fn beyond<'a>(
    promise: (&'static str, Terms),
    what: String,
    wrong: impl Fn(u64) -> bool + Copy + Send + 'a,
) -> Box<dyn Promise + 'a> {
    let keeps = Box::new(move |array: &ArrayRef| keeps(array, wrong));
    RowWise::boxed_unless(keeps, promise, ("D0325", what), move |value| match value {
        Key::Text(text) => wrong(text.chars().count() as u64),
        _ => false,
    })
}

/// Whether all lengths are right, where every text is ASCII, so that bytes are characters.
fn keeps(array: &ArrayRef, wrong: impl Fn(u64) -> bool) -> bool {
    array.as_string_opt::<i32>().is_some_and(|texts| {
        let mut lengths = texts.offsets().lengths().map(|length| length as u64);
        texts.null_count() == 0 && texts.is_ascii() && !lengths.any(wrong)
    })
}
