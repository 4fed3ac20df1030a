//! Faults of whole rows.

use std::collections::BTreeSet;

use super::table::Table;
use super::{Draws, Effect, Fault, counted};

/// A file that ends too early.
pub(super) const CUT_SHORT: Fault = Fault { name: "cut_short", put: cut_short };
/// Rows that are there twice.
pub(super) const DUPLICATE_ROWS: Fault = Fault { name: "duplicate_rows", put: duplicate_rows };
/// The newer half of the rows is the older one again.
pub(super) const STALE: Fault = Fault { name: "stale", put: stale };

fn cut_short(table: &mut Table, draws: &Draws) -> Option<Effect> {
    draws.place(1)?;
    let rows = table.rows.len();
    table.rows.truncate(rows * 7 / 10);
    let what = format!("the file ends behind {} of {rows} rows", table.rows.len());
    let least = rows * 9 / 10;
    let line = match table.is_one_of_several() {
        true => gate("rows", "min", least),
        false => format!("[table] min_rows = {least}"),
    };
    Some(Effect { what, line })
}

fn duplicate_rows(table: &mut Table, draws: &Draws) -> Option<Effect> {
    draws.place(1)?;
    let hit = draws.rows(table.rows.len(), 0.05);
    let copies: Vec<Vec<String>> =
        hit.iter().filter_map(|&row| table.rows.get(row)).cloned().collect();
    let line = repeated(table);
    table.rows.extend(copies);
    Some(Effect { what: format!("{} twice", counted(hit.len(), "row")), line })
}

fn stale(table: &mut Table, draws: &Draws) -> Option<Effect> {
    draws.place(1)?;
    let half = table.rows.len() / 2;
    let line = repeated(table);
    let older: Vec<Vec<String>> = table.rows.iter().take(half).cloned().collect();
    let from = table.rows.len() - half;
    for (row, cells) in older.into_iter().enumerate() {
        if let Some(newer) = table.rows.get_mut(from + row) {
            *newer = cells;
        }
    }
    let what = format!("the last {half} rows are the first ones again");
    Some(Effect { what, line })
}

/// The gate on the rows that repeat an earlier one, as many as there are now.
fn repeated(table: &Table) -> String {
    let different: BTreeSet<&Vec<String>> = table.rows.iter().collect();
    let most = table.rows.len() - different.len();
    match table.is_one_of_several() {
        true => gate("repeated_rows", "max", most),
        false => format!("[[steps.NAME.gates]] metric = \"repeated_rows\", max = {most}"),
    }
}

/// A gate on one split's metric.
fn gate(metric: &str, bound: &str, value: usize) -> String {
    let slice = "slice = { split = \"..\" }";
    format!("[[steps.NAME.gates]] metric = \"{metric}\", {slice}, {bound} = {value}")
}
