//! Faults of numbers.

use super::table::Table;
use super::{Draws, Effect, Fault, counted};

/// A column in a thousandth of its unit.
pub(super) const UNIT: Fault = Fault { name: "unit", put: unit };
/// A column with the other sign.
pub(super) const NEGATED: Fault = Fault { name: "negated", put: negated };
/// Some numbers a million times as large.
pub(super) const OUTLIERS: Fault = Fault { name: "outliers", put: outliers };

fn unit(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (column, line) = bounded(table, draws, Bound::Most)?;
    table.scale(column, &all(table), 1000.0);
    let what = format!("`{}` in another unit: every number times 1000", table.name(column));
    Some(Effect { what, line })
}

fn negated(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (column, line) = bounded(table, draws, Bound::Least)?;
    table.scale(column, &all(table), -1.0);
    Some(Effect { what: format!("`{}` with the other sign", table.name(column)), line })
}

fn outliers(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (column, line) = bounded(table, draws, Bound::Most)?;
    let hit = draws.rows(table.rows.len(), 0.01);
    table.scale(column, &hit, 1_000_000.0);
    let numbers = counted(hit.len(), "number");
    let what = format!("`{}`: {numbers} times a million", table.name(column));
    Some(Effect { what, line })
}

enum Bound {
    Least,
    Most,
}

/// The column that is hit, one whose numbers the fault changes, and the bound that it breaks.
fn bounded(table: &Table, draws: &Draws, bound: Bound) -> Option<(usize, String)> {
    let columns = table.numbers();
    let changed = |&at: &usize| table.figures(at).iter().any(|&value| value > 0.0);
    let columns: Vec<usize> = columns.into_iter().filter(changed).collect();
    let column = *columns.get(draws.place(columns.len())?)?;
    let figures = table.figures(column);
    let (key, value) = match bound {
        Bound::Least => ("min", figures.iter().copied().fold(f64::INFINITY, f64::min)),
        Bound::Most => ("max", figures.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    };
    Some((column, format!("[{}] {key} = {value}", table.heading(column))))
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.rows.len()).collect()
}
