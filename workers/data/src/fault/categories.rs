//! Faults of categories, and of what stands for a missing value.

use super::table::Table;
use super::{Draws, Effect, Fault, counted};

/// A value that was never there.
pub(super) const NEW_CATEGORY: Fault = Fault { name: "new_category", put: new_category };
/// A word where a value is missing.
pub(super) const NULLS_AS_TEXT: Fault = Fault { name: "nulls_as_text", put: nulls_as_text };
/// Values in capitals.
pub(super) const UPPER_CASE: Fault = Fault { name: "upper_case", put: upper_case };

fn new_category(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (column, line) = category(table, draws)?;
    let hit = draws.rows(table.rows.len(), 0.02);
    hit.iter().for_each(|&row| table.set(row, column, "Unheard-of".to_owned()));
    let cells = counted(hit.len(), "cell");
    let what = format!("`{}`: a category that is new, in {cells}", table.name(column));
    Some(Effect { what, line })
}

fn upper_case(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let (column, line) = category(table, draws)?;
    let upper = |value: &str| value.to_uppercase();
    let changed: Vec<(usize, String)> = (0..table.rows.len())
        .filter_map(|row| Some((row, table.value(row, column)?)))
        .filter(|(_, value)| upper(value) != *value)
        .map(|(row, value)| (row, upper(value)))
        .collect();
    let hit = changed.len();
    changed.into_iter().for_each(|(row, value)| table.set(row, column, value));
    let what = format!("`{}`: its values in capitals", table.name(column));
    (hit > 0).then_some(Effect { what, line })
}

fn nulls_as_text(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let columns = table.plain();
    let column = *columns.get(draws.place(columns.len())?)?;
    let name = table.name(column).to_owned();
    let line = match table.categories().contains(&column) {
        true => table.set_line(column),
        false => format!("[{}] type = \"..\"", table.heading(column)),
    };
    let hit = draws.rows(table.rows.len(), 0.05);
    hit.iter().for_each(|&row| table.set(row, column, "NULL".to_owned()));
    let what = format!("`{name}`: the word NULL, in {}", counted(hit.len(), "cell"));
    Some(Effect { what, line })
}

/// The column that is hit, and the line that lists its values.
fn category(table: &Table, draws: &Draws) -> Option<(usize, String)> {
    let columns = table.categories();
    let column = *columns.get(draws.place(columns.len())?)?;
    Some((column, table.set_line(column)))
}
