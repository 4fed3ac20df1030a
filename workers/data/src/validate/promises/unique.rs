//! `unique`: no value is there twice, in whatever split. The first one keeps the promise.

use std::collections::HashSet;

use ingot_protocol::Failure;

use super::super::breaches::{Breaches, Terms};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    if !column.promises.is_unique() {
        return Ok(());
    }
    let mut seen = HashSet::new();
    let twice = column.rows(|value| !seen.insert(value));
    let terms = Terms::of(column.promises.unique.as_ref(), column.promises);
    told.broken("unique", terms, ("D0308", "there twice"), &twice);
    Ok(())
}
