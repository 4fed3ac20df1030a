//! `nullable` and `max_null_fraction`: which values may be missing, and how many. The latter
//! is judged for each split.

use ingot_protocol::Failure;

use super::super::breaches::{Breaches, Terms};
use super::super::splits::{each, of_split};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let promises = column.promises;
    if !promises.is_nullable() {
        let terms = Terms::of(promises.nullable.as_ref(), promises);
        // What is not of its type was told as that.
        let missing = column.nulls.iter().copied();
        let missing = missing.filter(|row| column.misfits.binary_search(row).is_err());
        let missing: Vec<usize> = missing.collect();
        told.broken("nullable", terms, ("D0304", "missing"), &missing);
    }
    let Some(most) = &promises.max_null_fraction else { return Ok(()) };
    let severity = Terms::of(Some(most), promises).severity();
    for (split, range) in each(column.splits) {
        let here = column.nulls.iter().copied().filter(|row| range.contains(row));
        let here: Vec<usize> = here.collect();
        if here.len() as f64 / range.len().max(1) as f64 > most.value {
            let what = match of_split(column.splits, split).is_empty() {
                true => "missing, more than the contract allows".to_owned(),
                false => format!("of {split} missing, more than the contract allows"),
            };
            told.say(severity, "D0305", &what, &here);
        }
    }
    Ok(())
}
