//! The rules of a contract, in SQL, judged on the typed columns. A rule about rows is judged
//! over all of them, one about the table for each split. Pure.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::sql::Known;
use ingot_protocol::contract::{Consequence, Contract, Rule};
use ingot_protocol::{Finding, Severity};
use ingot_tables::dataset::DataType;
use ingot_tables::rules::{FaultAt, Judge, RuleError, known};

use super::breaches::{Terms, finding, of_no_rows};
use super::others::Others;
use super::splits::{Splits, of_split};
use super::tally::{At, Offenders, Taken, Tally};

/// What the rules found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) taken: Vec<Taken>,
}

/// A rule that is judged.
pub(super) struct RuleCheck<'a> {
    rule: &'a Rule,
    /// One of all rows, or of a rule about the table one a split; else why it cannot be judged.
    judges: Result<Vec<Judge<'a>>, String>,
    broken: Tally,
    /// Rows of which something could not be computed, for each judge.
    faults: Vec<Faults>,
}

/// What could not be computed.
#[derive(Default)]
struct Faults {
    /// The first, with its place.
    first: Option<String>,
    rows: Tally,
}

/// Begins to judge every rule of a contract, in its order, on columns of these types.
pub(super) fn of<'a>(
    contract: &'a Contract,
    (columns, splits): (&SchemaRef, usize),
    others: &Others,
) -> Vec<RuleCheck<'a>> {
    let check = |rule: &'a Rule| {
        let count = if rule.condition.is_of_table() { splits } else { 1 };
        let judge = |_| Judge::new(&rule.condition, &others.tables).map_err(|e| e.to_string());
        let judges = checked(rule, columns, others).and_then(|()| (0..count).map(judge).collect());
        RuleCheck {
            rule,
            judges,
            broken: Terms { consequence: rule.consequence(), allow: 0.0 }.tally(),
            faults: (0..count).map(|_| Faults::default()).collect(),
        }
    };
    contract.rules.iter().map(check).collect()
}

fn checked(rule: &Rule, columns: &SchemaRef, others: &Others) -> Result<(), String> {
    let of_columns = |table: Option<&str>, name: &str| {
        let schema = match table {
            None => Some(SchemaRef::clone(columns)),
            Some(table) => others.tables.get(table).map(RecordBatch::schema),
        };
        let field = schema.as_ref().and_then(|schema| schema.field_with_name(name).ok());
        let data_type = field.and_then(|field| DataType::of_arrow(field.data_type()));
        data_type.map_or(Known::Absent, known)
    };
    rule.condition.check(&of_columns).map_err(|mistake| mistake.what)
}

impl RuleCheck<'_> {
    /// Takes in the next rows.
    pub(super) fn take(&mut self, rows: &RecordBatch, at: At<'_>) {
        let number = if self.rule.condition.is_of_table() { at.split } else { 0 };
        if let Err(error) = self.judged(number, rows, at) {
            self.judges = Err(error.to_string());
        }
    }

    fn judged(&mut self, number: usize, rows: &RecordBatch, at: At<'_>) -> Result<(), RuleError> {
        let Ok(judges) = &mut self.judges else { return Ok(()) };
        let Some(judge) = judges.get_mut(number) else { return Ok(()) };
        let judged = judge.take(rows, 0)?;
        self.broken.add(at, &judged.broken, |_| None);
        if let Some(faults) = self.faults.get_mut(number) {
            let own = judged.faults.iter().filter(|fault| fault.table.is_none());
            let own: Vec<usize> = own.filter_map(|fault| fault.row).collect();
            faults.take(judged.faults.first(), Some(at));
            faults.rows.add(at, &own, |_| None);
        }
        Ok(())
    }

    /// Says what was broken.
    pub(super) fn tell(self, splits: &Splits, outcome: &mut Outcome) {
        let Self { rule, judges, broken, mut faults } = self;
        let name = rule.name.get_ref();
        let mut of_table = Vec::new();
        let judged = judges.and_then(|judges| {
            for (judge, faults) in judges.into_iter().zip(&mut faults) {
                let judged = judge.finish().map_err(|error| error.to_string())?;
                faults.take(judged.faults.first(), None);
                of_table.push(judged.is_broken);
            }
            Ok(())
        });
        if let Err(what) = judged {
            let message = format!("rule `{name}` cannot be judged: {what}");
            outcome.findings.push(of_no_rows("D0331", Severity::Error, None, message));
            return;
        }
        if rule.condition.is_of_table() {
            let terms = Terms { consequence: rule.consequence(), allow: 0.0 };
            for (((split, _), is_broken), faults) in splits.iter().zip(of_table).zip(faults) {
                outcome.findings.extend(faults.finding(rule));
                if is_broken {
                    let what = match of_split(splits, split).is_empty() {
                        true => "the table breaks it".to_owned(),
                        false => format!("the split {split} breaks it"),
                    };
                    let message = format!("rule `{name}`: {what}");
                    let told = of_no_rows("D0330", terms.severity(), None, message);
                    outcome.findings.push(told);
                }
            }
            return;
        }
        outcome.findings.extend(faults.into_iter().filter_map(|faults| faults.finding(rule)));
        of_rows(rule, broken, splits, outcome);
    }
}

/// Says which rows break a rule.
fn of_rows(rule: &Rule, broken: Tally, splits: &Splits, outcome: &mut Outcome) {
    let name = rule.name.get_ref();
    let (broken, allowed) = broken.over(rule.allow(), splits);
    let told = |found: &Offenders, severity: Severity, what: &str| {
        let count = found.rows;
        let breaks = if count == 1 { "row breaks it" } else { "rows break it" };
        let place = found.shown.place.as_ref().map(|place| format!(", such as in {place}"));
        let place = place.unwrap_or_default();
        let message = format!("rule `{name}`: {count} {breaks}{what}{place}");
        finding("D0330", severity, None, message, found)
    };
    if !allowed.is_empty() {
        outcome.said.push(told(&allowed, Severity::Info, ", which `allow` permits"));
    }
    if broken.is_empty() {
        return;
    }
    let terms = Terms { consequence: rule.consequence(), allow: rule.allow() };
    if terms.consequence != Consequence::Quarantine {
        outcome.findings.push(told(&broken, terms.severity(), ""));
        return;
    }
    outcome.findings.push(told(&broken, Severity::Warning, ", taken into quarantine"));
    outcome.taken.push(Taken { rule: name.clone(), column: None, rows: broken.taken });
}

impl Faults {
    /// Takes in the first fault of rows that begin there.
    fn take(&mut self, fault: Option<&FaultAt>, at: Option<At<'_>>) {
        let (Some(one), true) = (fault, self.first.is_none()) else { return };
        let place = match (&one.table, one.row) {
            (None, Some(row)) => at.and_then(|at| at.places.of(row)).map(|p| format!(" in {p}")),
            (Some(table), Some(row)) => Some(format!(" in row {row} of `{table}`")),
            (Some(table), None) => Some(format!(" in a sum over `{table}`")),
            (None, None) => None,
        };
        self.first = Some(format!("{}{}", one.fault, place.unwrap_or_default()));
    }

    /// What could not be computed is an error, whatever follows from a broken rule.
    fn finding(self, rule: &Rule) -> Option<Finding> {
        let message = format!("rule `{}`: {}", rule.name.get_ref(), self.first?);
        let found = self.rows.all();
        Some(match found.is_empty() {
            true => of_no_rows("D0331", Severity::Error, None, message),
            false => finding("D0331", Severity::Error, None, message, &found),
        })
    }
}
