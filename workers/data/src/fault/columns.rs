//! Faults of whole columns.

use super::table::Table;
use super::{Draws, Effect, Fault, counted};

/// A column that is the same everywhere.
pub(super) const CONSTANT: Fault = Fault { name: "constant", put: constant };
/// A column of which half is missing.
pub(super) const EMPTIED: Fault = Fault { name: "emptied", put: emptied };
/// Rows whose cells stand a column further: a delimiter too many.
pub(super) const SHIFTED_CELLS: Fault = Fault { name: "shifted_cells", put: shifted_cells };
/// A column whose values stand a row further: joined to the wrong rows.
pub(super) const SHIFTED_COLUMN: Fault = Fault { name: "shifted_column", put: shifted_column };
/// Two columns of one type, exchanged.
pub(super) const SWAPPED_COLUMNS: Fault = Fault { name: "swapped_columns", put: swapped_columns };

fn constant(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let column = plain(table, draws)?;
    let first = table.rows.first()?.get(column)?.clone();
    (0..table.rows.len()).for_each(|row| table.set(row, column, first.clone()));
    let what = format!("`{}` is the same in every row", table.name(column));
    let line =
        "checks = [{ kind = \"anomalies\", severity = \"error\" }] of the step that validates"
            .to_owned();
    Some(Effect { what, line })
}

fn emptied(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let column = plain(table, draws)?;
    let line = table.missing_line(column);
    let hit = draws.rows(table.rows.len(), 0.5);
    hit.iter().for_each(|&row| table.set(row, column, String::new()));
    let what = format!("`{}`: half of its cells are empty", table.name(column));
    Some(Effect { what, line })
}

fn shifted_cells(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let columns = table.plain();
    let column = *columns.get(draws.place(columns.len())?)?;
    let line = table.missing_line(column);
    let hit = draws.rows(table.rows.len(), 0.01);
    for &row in &hit {
        if let Some(cells) = table.rows.get_mut(row).filter(|cells| column < cells.len()) {
            cells.insert(column, String::new());
            cells.pop();
        }
    }
    let name = table.name(column);
    let rows = counted(hit.len(), "row");
    let what = format!("from `{name}` on, cells stand a column further, in {rows}");
    Some(Effect { what, line })
}

fn shifted_column(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let columns = table.plain();
    let columns: Vec<usize> =
        columns.into_iter().filter(|&at| table.counts(at).len() > 1).collect();
    let column = *columns.get(draws.place(columns.len())?)?;
    let mut cells: Vec<String> =
        table.rows.iter().map(|row| row.get(column).cloned().unwrap_or_default()).collect();
    cells.rotate_right(1);
    cells.into_iter().enumerate().for_each(|(row, cell)| table.set(row, column, cell));
    let name = table.name(column);
    let what = format!("`{name}` stands a row further: each value is another row's");
    let line = format!("a rule that ties `{name}` to another column");
    Some(Effect { what, line })
}

fn swapped_columns(table: &mut Table, draws: &Draws) -> Option<Effect> {
    let columns = table.plain();
    let columns: Vec<usize> =
        columns.into_iter().filter(|&at| !table.like(at).is_empty()).collect();
    let one = *columns.get(draws.place(columns.len())?)?;
    let other = *table.like(one).first()?;
    let line = distinguishing(table, one, other);
    for cells in &mut table.rows {
        if one.max(other) < cells.len() {
            cells.swap(one, other);
        }
    }
    let what = format!("`{}` and `{}` are exchanged", table.name(one), table.name(other));
    Some(Effect { what, line })
}

/// The line that one of two columns keeps and the other breaks, where one is known.
fn distinguishing(table: &Table, one: usize, other: usize) -> String {
    if table.categories().contains(&one) {
        return table.set_line(one);
    }
    let most = |at: usize| table.figures(at).into_iter().fold(f64::NEG_INFINITY, f64::max);
    let (of_one, of_other) = (most(one), most(other));
    match (of_one.is_finite() && of_other.is_finite(), of_one < of_other) {
        (false, _) => format!("[{}] pattern = \"..\"", table.heading(one)),
        (true, true) => format!("[{}] max = {of_one}", table.heading(one)),
        (true, false) => format!("[{}] max = {of_other}", table.heading(other)),
    }
}

fn plain(table: &Table, draws: &Draws) -> Option<usize> {
    let columns = table.plain();
    let varied: Vec<usize> = columns.into_iter().filter(|&at| table.counts(at).len() > 1).collect();
    varied.get(draws.place(varied.len())?).copied()
}
