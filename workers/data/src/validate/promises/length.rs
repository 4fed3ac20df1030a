//! `min_length` and `max_length`: the characters of a text.

use ingot_protocol::Failure;

use super::super::breaches::{Breaches, Terms};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let length = |text: &str| text.chars().count() as u64;
    let promises = column.promises;
    if let Some(least) = &promises.min_length {
        let short = column.texts(|text| length(text) < least.value);
        let what = format!("shorter than {} characters", least.value);
        told.broken("min_length", Terms::of(Some(least), promises), ("D0325", &what), &short);
    }
    if let Some(most) = &promises.max_length {
        let long = column.texts(|text| length(text) > most.value);
        let what = format!("longer than {} characters", most.value);
        told.broken("max_length", Terms::of(Some(most), promises), ("D0325", &what), &long);
    }
    Ok(())
}
