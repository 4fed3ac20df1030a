//! [`Condition`]: what `--where` asks of a run: `COLUMN OPERATOR VALUE`. Pure.
//!
//! Operators are `=` (or `==`), `!=`, `<`, `<=`, `>` and `>=`. Two numbers are compared as
//! numbers, else the texts are. A revision may be written as its beginning. Invariant: a run
//! without a value meets no condition but `!=`.

use std::cmp::Ordering;

use super::table::{Cell, Table};
use crate::diag::Diagnostic;

/// The longer ones first, so that none is taken for its beginning.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Is),
    ("<", Operator::Below),
    (">", Operator::Above),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    AtMost,
    AtLeast,
    Below,
    Above,
}

/// What is asked of a run.
#[derive(Debug)]
pub(in crate::cli) struct Condition {
    /// The column that it is about.
    pub column: usize,
    operator: Operator,
    value: String,
}

impl Condition {
    /// Reads a condition on a column of this table.
    pub(in crate::cli) fn parse(text: &str, table: &Table) -> Result<Self, Diagnostic> {
        let malformed = |what: &str| {
            Diagnostic::error("E1032", format!("`--where {text}` {what}"))
                .help("write a column, an operator and a value: `--where accuracy>=0.9`")
        };
        // A point's name has operators in it: the first one behind a column counts.
        let places = text.match_indices(['=', '!', '<', '>']).map(|(at, _)| at);
        let is_column = |at: &usize| table.column(text[..*at].trim()).is_ok();
        let first = places.clone().next();
        let at = places.clone().find(is_column).or(first);
        let at = at.ok_or_else(|| malformed("has no operator"))?;
        let (column, rest) = text.split_at(at);
        let found = OPERATORS.iter().find(|(word, _)| rest.starts_with(word));
        let (word, operator) = *found.ok_or_else(|| malformed("has no operator"))?;
        let (column, value) = (column.trim(), rest[word.len()..].trim());
        if column.is_empty() || value.is_empty() {
            return Err(malformed("lacks a column or a value"));
        }
        if value.starts_with(['=', '<', '>']) {
            return Err(malformed("has no operator that there is"));
        }
        Ok(Self { column: table.column(column)?, operator, value: value.to_owned() })
    }

    /// Whether it is true of a row.
    pub(in crate::cli) fn holds(&self, table: &Table, row: usize) -> bool {
        let Some(cell) = table.cell(self.column, row) else {
            return self.operator == Operator::IsNot;
        };
        let asked = match (cell, self.value.parse()) {
            (Cell::Number(_), Ok(number)) => Cell::Number(number),
            _ => Cell::Text(self.value.clone()),
        };
        let is_revision = table.name(self.column) == "revision";
        let order = match (cell, &asked) {
            (Cell::Text(whole), Cell::Text(part)) if is_revision && whole.starts_with(part) => {
                Ordering::Equal
            }
            _ => cell.compare(&asked),
        };
        match self.operator {
            Operator::Is => order.is_eq(),
            Operator::IsNot => order.is_ne(),
            Operator::AtMost => order.is_le(),
            Operator::AtLeast => order.is_ge(),
            Operator::Below => order.is_lt(),
            Operator::Above => order.is_gt(),
        }
    }
}
