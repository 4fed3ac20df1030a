//! [`check`]: a table held against a contract, and nothing written.
//!
//! Invariant: what is held is a chunk of rows and what each check keeps; a check that must
//! see the rows a second time says so.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::Contract;
use ingot_protocol::{Failure, Finding, Metric};
use ingot_tables::dataset::Schema;
use ingot_tables::source::{Chunk, Table};

use super::breaches::ColumnFindings;
use super::columns::ColumnCheck;
use super::distribution::Distributions;
use super::given::Given;
use super::others::Others;
use super::quarantine::Quarantine;
use super::rows::{Equals, Repeated};
use super::rules::{self, RuleCheck};
use super::shape::{Shape, batch};
use super::splits::of_split;
use super::table::{self, Together};
use super::tally::{At, Taken};
use super::templates::Unseen;

/// What a table is under a contract.
pub(super) struct Checked {
    pub(super) schema: Schema,
    pub(super) splits: Vec<(String, usize)>,
    pub(super) metrics: Vec<Metric>,
    pub(super) findings: Vec<Finding>,
    /// What is allowed: said, and no finding.
    pub(super) said: Vec<Finding>,
    pub(super) quarantine: Quarantine,
    /// Rows that may equal others.
    pub(super) repeated: Repeated,
}

/// What a check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The rows are written, so each has a key, which its equals count in.
    Rows,
    /// What is found is told, and no row is written.
    Findings,
}

/// Everything that is checked of the rows.
struct Checks<'a> {
    shape: &'a Shape<'a>,
    splits: Vec<(String, usize)>,
    columns: Vec<ColumnCheck<'a>>,
    together: Vec<Together<'a>>,
    distributions: Distributions<'a>,
    rules: Vec<RuleCheck<'a>>,
    unseen: Option<Unseen<'a>>,
    equals: Option<Equals>,
}

/// Holds a table against a contract.
pub(super) fn check<'a>(
    contract: &'a Contract,
    (shape, given): (&'a Shape<'a>, &'a Given<'_>),
    others: &'a Others,
    purpose: Purpose,
) -> Result<Checked, Failure> {
    let splits: Vec<(String, usize)> =
        given.splits.iter().map(|split| (split.clone(), 0)).collect();
    let schema = shape.schema(&|_| true)?;
    let equals = (purpose == Purpose::Rows).then(|| Equals::new(&schema));
    let columns = shape.columns.iter().map(|kept| ColumnCheck::new(kept, others));
    let of_rules = {
        let empty = Table { columns: given.columns.clone(), ..Table::default() };
        named(shape, &shape.rows(&empty)?)?.schema()
    };
    let mut checks = Checks {
        shape,
        columns: columns.collect::<Result<_, _>>()?,
        together: Together::of(contract),
        distributions: Distributions::of(shape, splits.len()),
        rules: rules::of(contract, (&of_rules, splits.len()), others),
        unseen: given.templates.map(Unseen::new),
        equals,
        splits,
    };
    given.each(|chunk| checks.take(chunk))?;
    if checks.asks_again()? {
        given.each(|chunk| checks.again(chunk))?;
    }
    checks.finish(contract, given, others)
}

impl Checks<'_> {
    fn at<'c>(&self, chunk: &'c Chunk) -> At<'c> {
        let split = self.splits.iter().position(|(split, _)| *split == chunk.split);
        let split = split.unwrap_or_default();
        At { split, first: chunk.first, places: &chunk.table.places }
    }

    fn take(&mut self, chunk: &Chunk) -> Result<(), Failure> {
        let at = self.at(chunk);
        if let Some((_, rows)) = self.splits.get_mut(at.split) {
            *rows += chunk.table.rows();
        }
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        let typed = self.shape.typed(&chunk.table)?;
        for ((check, kept), typed) in self.columns.iter_mut().zip(&self.shape.columns).zip(typed) {
            if let Some(column) = kept.column(&chunk.table) {
                arrays.push(check.take(&column.cells, typed, at)?);
            }
        }
        for together in &mut self.together {
            together.take(&chunk.table, (self.shape, &arrays))?;
        }
        self.distributions.take(&arrays, at);
        if !self.rules.is_empty() {
            let rows = named(self.shape, &arrays)?;
            self.rules.iter_mut().for_each(|rule| rule.take(&rows, at));
        }
        if let Some(unseen) = &mut self.unseen {
            unseen.take(chunk, at);
        }
        match &mut self.equals {
            Some(equals) => equals.take(&self.shape.batch(&arrays)?),
            None => Ok(()),
        }
    }

    fn asks_again(&mut self) -> Result<bool, Failure> {
        let mut asks = false;
        for column in &mut self.columns {
            asks |= column.asks_again()?;
        }
        for together in &mut self.together {
            asks |= together.asks_again()?;
        }
        Ok(asks)
    }

    fn again(&mut self, chunk: &Chunk) -> Result<(), Failure> {
        let at = self.at(chunk);
        let arrays = self.shape.rows(&chunk.table)?;
        let columns = self.columns.iter_mut().zip(&self.shape.columns).zip(&arrays);
        for ((check, kept), array) in columns {
            if let Some(column) = kept.column(&chunk.table) {
                check.again(&column.cells, array, at);
            }
        }
        for together in &mut self.together {
            together.again(&chunk.table, (self.shape, &arrays), at);
        }
        Ok(())
    }

    fn finish(
        self,
        contract: &Contract,
        given: &Given<'_>,
        others: &Others,
    ) -> Result<Checked, Failure> {
        let splits = self.splits;
        let mut metrics = of_table(&splits, given.columns.len());
        let mut findings = table::findings(contract, given, &splits);
        findings.extend(self.together.into_iter().filter_map(Together::finding));
        let (mut said, mut taken): (Vec<Finding>, Vec<Taken>) = (Vec::new(), Vec::new());
        let mut nulls = Vec::new();
        for (check, kept) in self.columns.into_iter().zip(&self.shape.columns) {
            let has_nulls = (0..splits.len()).any(|split| check.nulls.rows(split) > 0);
            nulls.push(has_nulls);
            if !kept.pixel {
                metrics.extend(null_fractions(&kept.name, &check, &splits));
            }
            let mut told = ColumnFindings::new(&kept.name, &splits);
            check.tell(&mut told);
            findings.extend(told.findings);
            said.extend(told.said);
            taken.extend(told.taken);
        }
        let compared = self.distributions.judge((&splits, others));
        findings.extend(compared.findings);
        metrics.extend(compared.metrics);
        let mut judged = rules::Outcome::default();
        self.rules.into_iter().for_each(|rule| rule.tell(&splits, &mut judged));
        findings.extend(judged.findings);
        said.extend(judged.said);
        taken.extend(judged.taken);
        let mut quarantine = Quarantine::of(contract, taken, &splits);
        findings.append(&mut quarantine.findings);
        metrics.append(&mut quarantine.metrics);
        findings.extend(self.unseen.and_then(Unseen::finding));
        let schema = self.shape.schema(&|at| nulls.get(at).copied().unwrap_or_default())?;
        let repeated = self.equals.map(Equals::repeated).transpose()?.unwrap_or_default();
        Ok(Checked { schema, splits, metrics, findings, said, quarantine, repeated })
    }
}

/// Typed columns by their names, for rules.
fn named(shape: &Shape<'_>, arrays: &[ArrayRef]) -> Result<RecordBatch, Failure> {
    let columns = shape.columns.iter().zip(arrays);
    let columns: BTreeMap<&str, ArrayRef> =
        columns.map(|(kept, array)| (kept.name.as_str(), ArrayRef::clone(array))).collect();
    batch(columns.into_iter().collect())
}

fn of_table(splits: &[(String, usize)], columns: usize) -> Vec<Metric> {
    let rows = splits.iter().map(|(split, rows)| Metric {
        slice: of_split(splits, split),
        ..Metric::new("rows", *rows as f64)
    });
    rows.chain([Metric::new("columns", columns as f64)]).collect()
}

/// The share of missing values in each split.
fn null_fractions(name: &str, check: &ColumnCheck<'_>, splits: &[(String, usize)]) -> Vec<Metric> {
    let fraction = |(number, (split, rows)): (usize, &(String, usize))| {
        let mut slice = of_split(splits, split);
        slice.insert("column".to_owned(), name.to_owned());
        let share = check.nulls.rows(number) as f64 / (*rows).max(1) as f64;
        Metric { slice, ..Metric::new("null_fraction", share) }
    };
    splits.iter().enumerate().map(fraction).collect()
}
