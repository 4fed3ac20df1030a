//! [`ColumnFindings`]: what is said of a column's broken promises, and the rows that they take out.
//!
//! Pure. Invariant: a value of a `personal` column is in no message.

use ingot_protocol::contract::{ColumnPromises, Consequence, Promised};
use ingot_protocol::{Finding, Severity};

use super::splits::Splits;
use super::tally::{Offenders, Taken, Tally};

/// A finding about rows.
pub(super) fn finding(
    code: &str,
    severity: Severity,
    column: Option<&str>,
    message: String,
    found: &Offenders,
) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        message,
        column: column.map(str::to_owned),
        metric: None,
        rows: Some(found.rows),
        examples: found.examples.clone(),
    }
}

/// A finding that is about no rows.
pub(super) fn of_no_rows(
    code: &str,
    severity: Severity,
    column: Option<&str>,
    message: String,
) -> Finding {
    Finding { rows: None, ..finding(code, severity, column, message, &Offenders::default()) }
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

    /// An empty count of the rows that break it.
    pub(super) fn tally(self) -> Tally {
        Tally::new(self.consequence == Consequence::Quarantine)
    }
}

/// What was found of the promises of one column.
pub(super) struct ColumnFindings<'a> {
    pub(super) column: &'a str,
    pub(super) splits: &'a Splits,
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) taken: Vec<Taken>,
}

impl<'a> ColumnFindings<'a> {
    pub(super) fn new(column: &'a str, splits: &'a Splits) -> Self {
        Self { column, splits, findings: Vec::new(), said: Vec::new(), taken: Vec::new() }
    }

    /// Rows that break the promise of a key.
    pub(super) fn broken(
        &mut self,
        key: &'static str,
        terms: Terms,
        (code, what): (&str, &str),
        tally: Tally,
    ) {
        let (broken, allowed) = tally.over(terms.allow, self.splits);
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
        self.say(Severity::Warning, code, &format!("{what}, taken into quarantine"), &broken);
        let (rule, column) = (key.to_owned(), Some(self.column.to_owned()));
        self.taken.push(Taken { rule, column, rows: broken.taken });
    }

    /// Says what of these rows.
    pub(super) fn say(&mut self, severity: Severity, code: &str, what: &str, found: &Offenders) {
        if !found.is_empty() {
            let finding = self.finding(severity, code, what, found);
            self.findings.push(finding);
        }
    }

    fn finding(&self, severity: Severity, code: &str, what: &str, found: &Offenders) -> Finding {
        let shown = match (&found.shown.value, &found.shown.place) {
            (Some(value), Some(place)) => format!(", such as `{value}` in {place}"),
            (Some(value), None) => format!(", such as `{value}`"),
            (None, Some(place)) => format!(", such as in {place}"),
            (None, None) => String::new(),
        };
        let (name, count) = (self.column, found.rows);
        let values = if count == 1 { "value" } else { "values" };
        let message = format!("`{name}`: {count} {values} {what}{shown}");
        finding(code, severity, Some(name), message, found)
    }
}
