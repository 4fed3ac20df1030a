//! The rules of a contract, in SQL, judged on the typed columns. A rule about rows is judged
//! over all of them, one about the table for each split. Pure.

use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::sql::{Known, Mistake};
use ingot_protocol::contract::{Consequence, Contract, Rule};
use ingot_protocol::{Finding, Severity};
use ingot_tables::dataset::DataType;
use ingot_tables::rules::{FaultAt, Judged, RuleError, judge, known};
use ingot_tables::source::Places;

use super::breaches::{Taken, Terms, finding, over};
use super::others::Others;
use super::splits::{Splits, each, of_split};

/// The rows that rules are judged on.
pub(super) struct Rows<'a> {
    /// Every column that the contract keeps, typed, its pixels too.
    pub(super) batch: RecordBatch,
    pub(super) places: &'a Places,
    pub(super) splits: &'a Splits,
    pub(super) others: &'a Others,
}

/// What the rules found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) taken: Vec<Taken>,
}

/// Judges every rule, in the order of the contract.
pub(super) fn of(contract: &Contract, rows: &Rows<'_>) -> Outcome {
    let mut found = Outcome::default();
    for rule in &contract.rules {
        let judged = rows.checked(rule).map_err(|mistake| mistake.what);
        let judged = judged.and_then(|()| match rule.condition.is_of_table() {
            true => rows.of_table(rule, &mut found).map_err(|error| error.to_string()),
            false => rows.of_rows(rule, &mut found).map_err(|error| error.to_string()),
        });
        if let Err(what) = judged {
            let message = format!("rule `{}` cannot be judged: {what}", rule.name.get_ref());
            found.findings.push(none("D0331", Severity::Error, message));
        }
    }
    found
}

impl Rows<'_> {
    fn checked(&self, rule: &Rule) -> Result<(), Mistake> {
        rule.condition.check(&|table, name| {
            let batch = match table {
                None => Some(&self.batch),
                Some(table) => self.others.tables.get(table),
            };
            let column = batch.and_then(|batch| batch.column_by_name(name));
            let data_type = column.and_then(|column| DataType::of_arrow(column.data_type()));
            data_type.map_or(Known::Absent, known)
        })
    }

    fn of_rows(&self, rule: &Rule, found: &mut Outcome) -> Result<(), RuleError> {
        let name = rule.name.get_ref();
        let Judged { broken, faults, .. } =
            judge(&rule.condition, &self.batch, &self.others.tables)?;
        self.faults(rule, &faults, 0, found);
        let (broken, allowed) = over(rule.allow(), &broken, self.splits);
        let told = |rows: &[usize], what: &str| {
            let count = rows.len();
            let breaks = if count == 1 { "row breaks it" } else { "rows break it" };
            let place = rows.first().and_then(|row| self.places.of(*row));
            let place = place.map(|place| format!(", such as in {place}")).unwrap_or_default();
            format!("rule `{name}`: {count} {breaks}{what}{place}")
        };
        if !allowed.is_empty() {
            let message = told(&allowed, ", which `allow` permits");
            found.said.push(finding("D0330", Severity::Info, None, message, &allowed));
        }
        if broken.is_empty() {
            return Ok(());
        }
        let terms = Terms { consequence: rule.consequence(), allow: rule.allow() };
        if terms.consequence != Consequence::Quarantine {
            let message = told(&broken, "");
            found.findings.push(finding("D0330", terms.severity(), None, message, &broken));
            return Ok(());
        }
        let message = told(&broken, ", taken into quarantine");
        found.findings.push(finding("D0330", Severity::Warning, None, message, &broken));
        found.taken.push(Taken { rule: name.clone(), column: None, rows: broken });
        Ok(())
    }

    fn of_table(&self, rule: &Rule, found: &mut Outcome) -> Result<(), RuleError> {
        let name = rule.name.get_ref();
        let terms = Terms { consequence: rule.consequence(), allow: 0.0 };
        for (split, range) in each(self.splits) {
            let rows = self.batch.slice(range.start, range.len());
            let judged = judge(&rule.condition, &rows, &self.others.tables)?;
            self.faults(rule, &judged.faults, range.start, found);
            if judged.is_broken {
                let what = match of_split(self.splits, split).is_empty() {
                    true => "the table breaks it".to_owned(),
                    false => format!("the split {split} breaks it"),
                };
                let message = format!("rule `{name}`: {what}");
                found.findings.push(none("D0330", terms.severity(), message));
            }
        }
        Ok(())
    }

    /// What could not be computed is an error, whatever follows from a broken rule.
    fn faults(&self, rule: &Rule, faults: &[FaultAt], first: usize, found: &mut Outcome) {
        let name = rule.name.get_ref();
        let Some(one) = faults.first() else { return };
        let place = match (&one.table, one.row) {
            (None, Some(row)) => self.places.of(first + row).map(|place| format!(" in {place}")),
            (Some(table), Some(row)) => Some(format!(" in row {row} of `{table}`")),
            (Some(table), None) => Some(format!(" in a sum over `{table}`")),
            (None, None) => None,
        };
        let message = format!("rule `{name}`: {}{}", one.fault, place.unwrap_or_default());
        let own = faults.iter().filter(|fault| fault.table.is_none());
        let rows: Vec<usize> = own.filter_map(|fault| Some(first + fault.row?)).collect();
        found.findings.push(match rows.is_empty() {
            true => none("D0331", Severity::Error, message),
            false => finding("D0331", Severity::Error, None, message, &rows),
        });
    }
}

/// A finding that is about no rows.
fn none(code: &str, severity: Severity, message: String) -> Finding {
    Finding { rows: None, ..finding(code, severity, None, message, &[]) }
}
