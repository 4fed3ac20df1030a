//! Promises about the table as a whole, judged on the columns that are typed. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use ingot_protocol::contract::{Contract, Unknown};
use ingot_protocol::{Finding, Severity};
use ingot_tables::dataset;
use ingot_tables::source::Table;
use ingot_tables::source::typed::key;

use super::breaches::finding;
use super::is_pixel;
use super::splits::{Splits, of_split};

/// What of them is broken: numbers of rows in each split, all else over all.
pub(super) fn findings(
    contract: &Contract,
    (table, splits): (&Table, &Splits),
    typed: &BTreeMap<&str, ArrayRef>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |severity, code: &str, message: String| {
        findings.push(Finding {
            severity,
            code: code.to_owned(),
            message,
            column: None,
            metric: None,
            rows: None,
            examples: Vec::new(),
        });
    };
    let least = contract.table.min_rows.as_ref().map(|least| *least.get_ref());
    for (split, rows) in splits {
        let rows = *rows as u64;
        let what = match of_split(splits, split).is_empty() {
            true => "the table".to_owned(),
            false => format!("the split {split}"),
        };
        if least.is_some_and(|least| rows < least)
            || contract.table.max_rows.is_some_and(|most| rows > most)
        {
            let bounds = match (least, contract.table.max_rows) {
                (Some(least), _) if rows < least => format!("fewer than {least}"),
                (_, most) => format!("more than {}", most.unwrap_or_default()),
            };
            let message = format!("{what} has {rows} rows, {bounds}");
            tell(Severity::Error, "D0313", message);
        } else if rows == 0 && least.is_none() {
            tell(Severity::Warning, "D0313", format!("{what} has no row"));
        }
    }
    let there: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let named = contract.columns.keys();
    let together = contract.table.unique.iter().flat_map(|names| names.get_ref());
    let named: BTreeSet<&String> = named.chain(together).collect();
    for name in named.into_iter().filter(|name| !there.contains(name.as_str())) {
        let columns = listed(&there);
        let message = format!("the column `{name}` is not there, only {columns}");
        tell(Severity::Error, "D0314", message);
    }
    for column in &table.columns {
        if contract.table.unknown_columns == Unknown::Refuse
            && !is_pixel(contract, &column.name)
            && !contract.columns.contains_key(&column.name)
        {
            let message = format!("the column `{}` is not in the contract", column.name);
            tell(Severity::Error, "D0315", message);
        }
    }
    for file in &table.passed_over {
        let message = format!("the file `{file}` is passed over: its name begins with `_` or `.`");
        tell(Severity::Warning, "D0320", message);
    }
    for names in contract.table.unique.iter().map(|names| names.get_ref()) {
        let twice = repeated(names, table, typed);
        if let Some(&first) = twice.first() {
            let count = twice.len();
            let rows = if count == 1 { "row repeats" } else { "rows repeat" };
            let place = table.places.of(first).map(|place| format!(", such as in {place}"));
            let (names, place) = (names.join(", "), place.unwrap_or_default());
            let message = format!("{count} {rows} the values of {names}{place}");
            findings.push(finding("D0316", Severity::Error, Some(&names), message, &twice));
        }
    }
    findings
}

/// Rows whose values in these columns, together, stand in an earlier row.
fn repeated(names: &[String], table: &Table, typed: &BTreeMap<&str, ArrayRef>) -> Vec<usize> {
    let columns: Vec<ArrayRef> = table
        .columns
        .iter()
        .filter(|column| names.contains(&column.name))
        .map(|column| match typed.get(column.name.as_str()) {
            Some(array) => Arc::clone(array),
            // A column that is left out has no type, and its text is its value.
            None => {
                Arc::new(StringArray::from(column.cells.texts().unwrap_or_default())) as ArrayRef
            }
        })
        .collect();
    let mut seen = BTreeSet::new();
    let mut repeats = |row: usize| {
        let values: Vec<_> = columns.iter().map(|column| key(column, row)).collect();
        !seen.insert(values)
    };
    let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    (0..rows).filter(|&row| repeats(row)).collect()
}

/// Most columns that a message lists.
const LISTED: usize = 20;

/// The columns that are there, for one that is not.
fn listed(names: &BTreeSet<&str>) -> String {
    let first: Vec<String> = names.iter().take(LISTED).map(|&name| name.to_owned()).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => dataset::list(&first),
        Some(more) => format!("{} and {more} more", dataset::list(&first)),
    }
}
