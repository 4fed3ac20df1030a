//! One column: its cells parsed, its promises checked. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use ingot_protocol::{Finding, Severity};

use super::contract::ColumnPromises;
use crate::dataset::{DataType, Role};
use crate::source::{TextColumn, infer};

/// Most rows that a finding names.
const EXAMPLES: usize = 5;

/// A column that was checked.
pub(super) struct Checked {
    pub(super) data_type: DataType,
    pub(super) array: ArrayRef, // (rows)
    pub(super) nulls: usize,
    pub(super) findings: Vec<Finding>,
}

/// A finding about rows of a column; never one of its values where it is personal.
pub(super) fn finding(
    code: &str,
    severity: Severity,
    column: &str,
    message: String,
    rows: &[usize],
) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        message,
        column: Some(column.to_owned()),
        rows: Some(rows.len() as u64),
        examples: rows.iter().take(EXAMPLES).map(|&row| row as u64).collect(),
    }
}

/// Parses and checks a column.
pub(super) fn check(column: &TextColumn, promises: &ColumnPromises) -> Checked {
    let data_type = promises.data_type.unwrap_or_else(|| infer(&column.cells));
    let mut findings = Vec::new();
    let mut cells: Vec<Option<&str>> = column.cells.iter().map(Option::as_deref).collect();
    let misfits: Vec<usize> = rows(&cells, |cell| !fits(cell, data_type));
    let mut tell = |code: &str, what: String, rows: &[usize]| {
        if !rows.is_empty() {
            let name = &column.name;
            let shown =
                match (promises.role, rows.first().and_then(|&row| column.cells[row].as_ref())) {
                    (Role::Personal, _) | (_, None) => String::new(),
                    (_, Some(value)) => {
                        format!(", such as `{}`", value.chars().take(40).collect::<String>())
                    }
                };
            let count = rows.len();
            let message = format!(
                "`{name}`: {count} {} {what}{shown}",
                if count == 1 { "value" } else { "values" }
            );
            findings.push(finding(code, promises.severity, name, message, rows));
        }
    };
    tell("D0303", format!("not of the type {data_type}"), &misfits);
    for &row in &misfits {
        cells[row] = None;
    }
    let nulls: Vec<usize> = (0..cells.len()).filter(|&row| cells[row].is_none()).collect();
    let missing: Vec<usize> =
        nulls.iter().copied().filter(|row| misfits.binary_search(row).is_err()).collect();
    if !promises.nullable {
        tell("D0304", "missing".to_owned(), &missing);
    }
    let share = nulls.len() as f64 / cells.len().max(1) as f64;
    if promises.max_null_fraction.is_some_and(|most| share > most) {
        tell("D0305", "missing, more than the contract allows".to_owned(), &nulls);
    }
    let number = |cell: &str| cell.parse::<f64>().ok();
    if let Some(min) = promises.min {
        let below = rows(&cells, |cell| number(cell).is_some_and(|value| value < min));
        tell("D0306", format!("below {min}"), &below);
    }
    if let Some(max) = promises.max {
        let above = rows(&cells, |cell| number(cell).is_some_and(|value| value > max));
        tell("D0306", format!("above {max}"), &above);
    }
    if let Some(set) = promises.set_texts() {
        let others = rows(&cells, |cell| !set.iter().any(|value| same(value, cell, data_type)));
        tell("D0307", "not in the set".to_owned(), &others);
    }
    if promises.unique {
        tell("D0308", "there twice".to_owned(), &repeated(&cells));
    }
    Checked { data_type, array: array(&cells, data_type), nulls: nulls.len(), findings }
}

fn rows(cells: &[Option<&str>], broken: impl Fn(&str) -> bool) -> Vec<usize> {
    let marked = cells.iter().enumerate();
    marked.filter(|(_, cell)| cell.is_some_and(&broken)).map(|(row, _)| row).collect()
}

/// Rows whose value stands in an earlier one.
fn repeated(cells: &[Option<&str>]) -> Vec<usize> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    (0..cells.len())
        .filter(|&row| cells[row].is_some_and(|cell| first.insert(cell, row).is_some()))
        .collect()
}

fn fits(cell: &str, data_type: DataType) -> bool {
    match data_type {
        DataType::Int64 => cell.parse::<i64>().is_ok(),
        DataType::Float64 => cell.parse::<f64>().is_ok_and(f64::is_finite),
        DataType::Bool => truth(cell).is_some(),
        DataType::Utf8 => true,
        DataType::Binary => false,
    }
}

fn truth(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

/// Numbers are compared as numbers: `1` is `1.0`.
fn same(value: &str, cell: &str, data_type: DataType) -> bool {
    match data_type {
        DataType::Int64 | DataType::Float64 => {
            value == cell
                || (value.parse::<f64>().ok().is_some()
                    && value.parse::<f64>() == cell.parse::<f64>())
        }
        _ => value == cell,
    }
}

fn array(cells: &[Option<&str>], data_type: DataType) -> ArrayRef {
    match data_type {
        DataType::Int64 => Arc::new(
            cells.iter().map(|cell| cell.and_then(|c| c.parse().ok())).collect::<Int64Array>(),
        ),
        DataType::Float64 => Arc::new(
            cells.iter().map(|cell| cell.and_then(|c| c.parse().ok())).collect::<Float64Array>(),
        ),
        DataType::Bool => {
            Arc::new(cells.iter().map(|cell| cell.and_then(truth)).collect::<BooleanArray>())
        }
        DataType::Utf8 | DataType::Binary => {
            Arc::new(cells.iter().copied().collect::<StringArray>())
        }
    }
}
