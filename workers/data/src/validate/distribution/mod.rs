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

use arrow::array::ArrayRef;
use arrow::datatypes::DataType as ArrowType;
use ingot_protocol::contract::{Distribution, Test};
use ingot_protocol::figure::figure;
use ingot_protocol::{Finding, Metric, Severity};
use ingot_statistics::correction::benjamini_hochberg;

use super::breaches::{Terms, of_no_rows};
use super::others::Others;
use super::shape::Shape;
use super::splits::{Splits, of_split};
use super::tally::At;
use compare::{Comparison, compare};
use sample::{Sample, is_numeric};

/// What the promises found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    pub(super) metrics: Vec<Metric>,
}

/// The columns whose distribution is promised. All their values are held: no test of a sketch
/// tells what one of the values does.
pub(super) struct Distributions<'a> {
    columns: Vec<Promised<'a>>,
}

/// One of them.
struct Promised<'a> {
    name: &'a str,
    /// Its number in the shape.
    at: usize,
    promise: &'a Distribution,
    severity: Severity,
    test: Test,
    data_type: ArrowType,
    /// Of each split, or why the test does not compare such.
    samples: Vec<Result<Sample, String>>,
}

impl<'a> Distributions<'a> {
    /// Those of a table with so many splits, in the order of the contract.
    pub(super) fn of(shape: &'a Shape<'a>, splits: usize) -> Self {
        let promised = shape.columns.iter().enumerate().filter_map(|(at, column)| {
            let promise = column.promises.distribution.as_ref()?.get_ref();
            let consequence = promise.severity.as_ref().map(|severity| *severity.get_ref());
            let consequence = consequence.unwrap_or(column.promises.severity);
            let severity = Terms { consequence, allow: 0.0 }.severity();
            let data_type = column.data_type.arrow();
            let test = promise.test(is_numeric(&data_type));
            let samples = vec![Sample::empty(&data_type, test); splits];
            Some(Promised { name: &column.name, at, promise, severity, test, data_type, samples })
        });
        let mut columns: Vec<Promised<'_>> = promised.collect();
        columns.sort_by_key(|column| column.name);
        Self { columns }
    }

    /// Takes in the next rows, all columns of the shape.
    pub(super) fn take(&mut self, arrays: &[ArrayRef], at: At<'_>) {
        for column in &mut self.columns {
            if let (Some(Ok(sample)), Some(array)) =
                (column.samples.get_mut(at.split), arrays.get(column.at))
            {
                sample.extend(array);
            }
        }
    }

    /// Judges the promises of every column.
    pub(super) fn judge(&self, (splits, others): (&Splits, &Others)) -> Outcome {
        let mut outcome = Outcome::default();
        for (number, (split, _)) in splits.iter().enumerate() {
            let mut compared = Vec::new();
            for column in &self.columns {
                let tests = self.columns.len();
                match column.compared((split, number), others, tests) {
                    Ok(comparison) => compared.push((column, comparison)),
                    Err(what) => {
                        let (name, port) = (column.name, column.promise.reference.get_ref());
                        let place = place(splits, split);
                        let message = format!(
                            "`{name}`: its distribution{place} cannot be compared with `{port}`: \
                             {what}"
                        );
                        let told = of_no_rows("D0335", Severity::Error, Some(name), message);
                        outcome.findings.push(told);
                    }
                }
            }
            judge(&compared, (splits, split), &mut outcome);
        }
        outcome
    }
}

impl Promised<'_> {
    fn compared(
        &self,
        (split, number): (&str, usize),
        others: &Others,
        tests: usize,
    ) -> Result<Comparison, String> {
        let port = self.promise.reference.get_ref();
        let sample = self.samples.get(number).ok_or("the split is not there")?;
        let sample = sample.as_ref().map_err(Clone::clone)?;
        let asked = (split, &self.data_type);
        let reference = reference::of(others, (port, self.name), asked, self.test)?;
        let alpha = self.promise.alpha();
        compare(self.test, (&reference, sample), (tests, alpha))
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
        outcome.findings.push(of_no_rows("D0334", *severity, Some(name), message));
    }
}

fn place(splits: &Splits, split: &str) -> String {
    match of_split(splits, split).is_empty() {
        true => String::new(),
        false => format!(" in the split {split}"),
    }
}
