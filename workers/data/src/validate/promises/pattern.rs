//! `pattern`: a regular expression that a whole text matches, in time linear in the text.

use ingot_protocol::Failure;
use ingot_protocol::contract::whole;

use super::super::breaches::{Breaches, Terms};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let Some(pattern) = &column.promises.pattern else { return Ok(()) };
    // The contract was refused if it is none.
    let Ok(expression) = whole(&pattern.value) else { return Ok(()) };
    let others = column.texts(|text| !expression.is_match(text));
    let what = format!("not of the pattern `{}`", pattern.value);
    let terms = Terms::of(Some(pattern), column.promises);
    told.broken("pattern", terms, ("D0324", &what), &others);
    Ok(())
}
