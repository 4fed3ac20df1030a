//! [`Breaches`]: what is said of a column's broken promises, and the rows that they take out.
//!
//! Pure. Invariant: a value of a `personal` column is in no message.

use ingot_protocol::contract::{ColumnPromises, Consequence, Promised};
use ingot_protocol::{Finding, Severity};
use ingot_tables::dataset::Role;
use ingot_tables::source::{Places, SourceColumn};

use super::contract::role;
use super::splits::{Splits, each};

/// Most rows that a finding names.
const EXAMPLES: usize = 5;
/// Most characters of a value in a message.
const SHOWN: usize = 40;

/// A finding about rows; never one of their values where the column is personal.
pub(super) fn finding(
    code: &str,
    severity: Severity,
    column: Option<&str>,
    message: String,
    rows: &[usize],
) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        message,
        column: column.map(str::to_owned),
        metric: None,
        rows: Some(rows.len() as u64),
        examples: rows.iter().take(EXAMPLES).map(|&row| row as u64).collect(),
    }
}

/// Rows that a promise takes out of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    /// The key of the promise, or the name of the rule.
    pub(super) rule: String,
    /// The column whose promise it is; nothing of a rule.
    pub(super) column: Option<String>,
    /// The rows, sorted.
    pub(super) rows: Vec<usize>,
}

/// How a promise may be broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) consequence: Consequence,
    pub(super) allow: f64,
}

impl Terms {
    /// Those of a promise, with the column's severity where it has none of its own.
    pub(super) fn of<T>(promise: Option<&Promised<T>>, column: &ColumnPromises) -> Self {
        match promise {
            Some(promise) => {
                Self { consequence: promise.consequence(column.severity), allow: promise.allow }
            }
            None => Self { consequence: column.severity, allow: 0.0 },
        }
    }

    /// How bad it is where no row can be taken out for it.
    pub(super) fn severity(self) -> Severity {
        match self.consequence {
            Consequence::Error | Consequence::Quarantine => Severity::Error,
            Consequence::Warning => Severity::Warning,
            Consequence::Info => Severity::Info,
        }
    }
}

/// What was found of the promises of one column.
pub(super) struct Breaches<'a> {
    pub(super) column: &'a SourceColumn,
    pub(super) promises: &'a ColumnPromises,
    pub(super) places: &'a Places,
    pub(super) splits: &'a Splits,
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) taken: Vec<Taken>,
}

impl Breaches<'_> {
    /// Rows that break the promise of a key.
    pub(super) fn broken(
        &mut self,
        key: &'static str,
        terms: Terms,
        (code, what): (&str, &str),
        rows: &[usize],
    ) {
        let (broken, allowed) = self.allowed(terms.allow, rows);
        if !allowed.is_empty() {
            let what = format!("{what}, which `allow` permits");
            let finding = self.finding(Severity::Info, code, &what, &allowed);
            self.said.push(finding);
        }
        if broken.is_empty() {
            return;
        }
        if terms.consequence != Consequence::Quarantine {
            return self.say(terms.severity(), code, what, &broken);
        }
        let rule = key.to_owned();
        let column = Some(self.column.name.clone());
        self.say(Severity::Warning, code, &format!("{what}, taken into quarantine"), &broken);
        self.taken.push(Taken { rule, column, rows: broken });
    }

    /// Rows of the splits in which more break a promise than may, and the other rows.
    fn allowed(&self, allow: f64, rows: &[usize]) -> (Vec<usize>, Vec<usize>) {
        over(allow, rows, self.splits)
    }

    /// Says what of these rows.
    pub(super) fn say(&mut self, severity: Severity, code: &str, what: &str, rows: &[usize]) {
        if !rows.is_empty() {
            let finding = self.finding(severity, code, what, rows);
            self.findings.push(finding);
        }
    }

    fn finding(&self, severity: Severity, code: &str, what: &str, rows: &[usize]) -> Finding {
        let first = rows.first().copied().unwrap_or_default();
        let value = match role(self.promises) {
            Role::Personal => None,
            _ => self.column.cells.text(first),
        };
        let value = value.map(|value| value.chars().take(SHOWN).collect::<String>());
        let shown = match (value, self.places.of(first)) {
            (Some(value), Some(place)) => format!(", such as `{value}` in {place}"),
            (Some(value), None) => format!(", such as `{value}`"),
            (None, Some(place)) => format!(", such as in {place}"),
            (None, None) => String::new(),
        };
        let (name, count) = (&self.column.name, rows.len());
        let values = if count == 1 { "value" } else { "values" };
        let message = format!("`{name}`: {count} {values} {what}{shown}");
        finding(code, severity, Some(name), message, rows)
    }
}

/// Those rows, sorted, that are in splits of which they are a larger share than this, and
/// the other ones.
pub(super) fn over(allow: f64, rows: &[usize], splits: &Splits) -> (Vec<usize>, Vec<usize>) {
    if allow == 0.0 {
        return (rows.to_vec(), Vec::new());
    }
    let (mut over, mut within) = (Vec::new(), Vec::new());
    for (_, range) in each(splits) {
        let count = range.len();
        let here = rows.iter().copied().filter(|row| range.contains(row)).collect::<Vec<_>>();
        let share = here.len() as f64 / count.max(1) as f64;
        if share > allow { over.extend(here) } else { within.extend(here) }
    }
    (over, within)
}
