//! `pattern`: a regular expression that a whole text matches, in time linear in the text.

use ingot_protocol::Failure;
use ingot_protocol::contract::whole;

use super::super::breaches::Terms;
use super::row_wise::RowWise;
use super::{Judges, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let Some(pattern) = &column.promises.pattern else { return Ok(Vec::new()) };
    // The contract was refused if it is none.
    let Ok(expression) = whole(&pattern.value) else { return Ok(Vec::new()) };
    let what = format!("not of the pattern `{}`", pattern.value);
    let promise = ("pattern", Terms::of(Some(pattern), column.promises));
    let others = move |text: &str| !expression.is_match(text);
    Ok(vec![RowWise::of_texts(promise, ("D0324", what), others)])
}
