//! `distribution`: whether a column is distributed as in another table, a split at a time.
//!
//! Pure. Invariant: what is compared is every finite value of the column, those that other
//! promises take out too; nothing of a `personal` column is. A promise is broken where the
//! statistic passes `max`, if it has one, and chance alone gives one as large at most as
//! often as `alpha`, if it has one. P-values are adjusted (Benjamini and Hochberg 1995) for
//! the columns of the split that promise something of theirs.

mod compare;
mod reference;
mod sample;

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use ingot_protocol::contract::{Contract, Distribution, Test};
use ingot_protocol::figure::figure;
use ingot_protocol::{Finding, Metric, Severity};
use ingot_statistics::correction::benjamini_hochberg;

use super::breaches::{Terms, finding};
use super::others::Others;
use super::splits::{Splits, each, of_split};
use compare::{Comparison, compare};
use sample::{Sample, is_numeric};

/// What the promises found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    pub(super) metrics: Vec<Metric>,
}

/// A column whose distribution is promised.
struct Promised<'a> {
    name: &'a str,
    promise: &'a Distribution,
    severity: Severity,
    test: Test,
    array: &'a ArrayRef, // (rows)
}

/// Judges the promises of every column.
pub(super) fn of(
    contract: &Contract,
    typed: &BTreeMap<&str, ArrayRef>,
    (splits, others): (&Splits, &Others),
) -> Outcome {
    let promised = contract.columns.iter().filter_map(|(name, column)| {
        let promise = column.distribution.as_ref()?.get_ref();
        let array = typed.get(name.as_str())?;
        let consequence = promise.severity.as_ref().map(|severity| *severity.get_ref());
        let consequence = consequence.unwrap_or(column.severity);
        let severity = Terms { consequence, allow: 0.0 }.severity();
        let test = promise.test(is_numeric(array));
        Some(Promised { name, promise, severity, test, array })
    });
    let promised: Vec<Promised<'_>> = promised.collect();
    let mut outcome = Outcome::default();
    for (split, range) in each(splits) {
        let mut compared = Vec::new();
        for column in &promised {
            let current = column.array.slice(range.start, range.len());
            let tests = promised.len();
            match column.compared((split, &current), others, tests) {
                Ok(comparison) => compared.push((column, comparison)),
                Err(what) => {
                    let (name, port) = (column.name, column.promise.reference.get_ref());
                    let place = place(splits, split);
                    let message = format!(
                        "`{name}`: its distribution{place} cannot be compared with `{port}`: {what}"
                    );
                    outcome.findings.push(about("D0335", Severity::Error, name, message));
                }
            }
        }
        judge(&compared, (splits, split), &mut outcome);
    }
    outcome
}

impl Promised<'_> {
    fn compared(
        &self,
        (split, current): (&str, &ArrayRef),
        others: &Others,
        tests: usize,
    ) -> Result<Comparison, String> {
        let port = self.promise.reference.get_ref();
        let sample = Sample::of(current, self.test)?;
        let reference = reference::of(others, (port, self.name), (split, self.array), self.test)?;
        let alpha = self.promise.alpha();
        compare(self.test, (&reference, &sample), (tests, alpha))
            .ok_or_else(|| "one of them has too few values".to_owned())
    }
}

/// Judges the columns of one split, of which as many p-values are known.
fn judge(
    compared: &[(&Promised<'_>, Comparison)],
    (splits, split): (&Splits, &str),
    outcome: &mut Outcome,
) {
    let p_values: Vec<f64> = compared.iter().map(|(_, comparison)| comparison.p_value).collect();
    let adjusted = benjamini_hochberg(&p_values).unwrap_or_default();
    for ((column, comparison), p_value) in compared.iter().zip(adjusted) {
        let Promised { name, promise, severity, test, .. } = column;
        let statistic = comparison.statistic;
        let mut slice = of_split(splits, split);
        slice.insert("column".to_owned(), (*name).to_owned());
        outcome.metrics.push(Metric { slice, ..Metric::new(test.name(), statistic) });
        let beyond = promise.max().is_none_or(|max| statistic > max);
        let unlikely = promise.alpha().is_none_or(|alpha| p_value <= alpha);
        if !(beyond && unlikely) {
            continue;
        }
        let mut what = format!("{} is {}", test.name(), figure(statistic));
        if let Some(max) = promise.max() {
            what.push_str(&format!(", above {max}"));
        }
        if let Some((share, threshold)) = comparison.threshold {
            let (share, threshold) = (figure(100.0 * share), figure(threshold));
            what.push_str(&format!(
                ", where chance alone gives at most {threshold} {share} % of the time"
            ));
        }
        let alpha = promise.alpha().map(|alpha| format!(" (alpha {alpha})")).unwrap_or_default();
        let (p_value, tests) = (figure(p_value), p_values.len());
        let columns = if tests == 1 { "column" } else { "columns" };
        what.push_str(&format!("; p is {p_value}{alpha}, adjusted for {tests} {columns}"));
        let (place, port) = (place(splits, split), promise.reference.get_ref());
        let message = format!("`{name}`: its distribution{place} is not that of `{port}`: {what}");
        outcome.findings.push(about("D0334", *severity, name, message));
    }
}

fn place(splits: &Splits, split: &str) -> String {
    match of_split(splits, split).is_empty() {
        true => String::new(),
        false => format!(" in the split {split}"),
    }
}

/// A finding that is about no rows.
fn about(code: &str, severity: Severity, column: &str, message: String) -> Finding {
    Finding { rows: None, ..finding(code, severity, Some(column), message, &[]) }
}
