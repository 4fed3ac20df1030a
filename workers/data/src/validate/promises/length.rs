//! `min_length` and `max_length`: the characters of a text.

use ingot_protocol::Failure;

use super::super::breaches::Terms;
use super::row_wise::RowWise;
use super::{Judges, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let length = |text: &str| text.chars().count() as u64;
    let promises = column.promises;
    let mut judges: Judges<'a> = Vec::new();
    if let Some(least) = &promises.min_length {
        let what = format!("shorter than {} characters", least.value);
        let promise = ("min_length", Terms::of(Some(least), promises));
        let least = least.value;
        judges.push(RowWise::of_texts(promise, ("D0325", what), move |text| length(text) < least));
    }
    if let Some(most) = &promises.max_length {
        let what = format!("longer than {} characters", most.value);
        let promise = ("max_length", Terms::of(Some(most), promises));
        let most = most.value;
        judges.push(RowWise::of_texts(promise, ("D0325", what), move |text| length(text) > most));
    }
    Ok(judges)
}
