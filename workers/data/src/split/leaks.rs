//! [`Splits`]: rows, groups and times that stand on both sides of splits, and rows that were
//! made of others where a model is judged. Pure.
//!
//! Invariant: a deal keeps equal rows, groups and what was made of a row together by itself,
//! so what stands on both sides was given so. A finding says how many there are and names the
//! first.

use std::collections::{BTreeMap, HashMap};

use ingot_protocol::Finding;
use ingot_tables::dataset::row_key::RowKey;

use super::TRAIN;
use super::facts::{Facts, of_group};
use super::missed::counted;
use crate::crossed::{Name, Row, crossed, leak};
use crate::times::{latest, no_later};

/// Splits as they will be: the parts of the pool, and those that were given.
pub(super) struct Splits<'a> {
    /// The names of the parts, by their numbers; behind them those of the given splits.
    pub(super) names: Vec<String>,
    pub(super) pool: &'a Facts,
    /// The part of each of the pool's rows.
    pub(super) parts: &'a [u32], // (rows)
    pub(super) given: &'a [Facts],
    /// The column of the groups, where rows have such.
    pub(super) group: Option<&'a str>,
    /// The column of the times, where rows are dealt by it.
    pub(super) time: Option<&'a str>,
}

impl Splits<'_> {
    /// All that is found.
    pub(super) fn leaks(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if !self.given.is_empty() {
            found.extend(self.duplicates());
            found.extend(self.groups());
            found.extend(self.times());
            found.extend(self.parents());
        }
        found.extend(self.made());
        found
    }

    fn name(&self, split: u32) -> String {
        self.names.get(split as usize).cloned().unwrap_or_default()
    }

    /// The rows that facts are of, with their splits.
    fn rows(&self) -> impl Iterator<Item = (&Facts, Vec<Row>)> {
        let dealt = self.parts.iter().enumerate().map(|(row, part)| (*part, row as u32)).collect();
        let first = self.names.len() - self.given.len();
        let given = self.given.iter().enumerate().map(move |(number, facts)| {
            let split = (first + number) as u32;
            (facts, (0..facts.rows() as u32).map(|row| (split, row)).collect())
        });
        std::iter::once((self.pool, dealt)).chain(given)
    }

    fn duplicates(&self) -> Option<Finding> {
        let mut named: Vec<(Name, Row)> = Vec::new();
        for (facts, rows) in self.rows() {
            named.extend(facts.values.iter().copied().zip(rows));
        }
        crossed(named).equal_rows(&|split| self.name(split))
    }

    fn groups(&self) -> Option<Finding> {
        let column = self.group?;
        let mut named: Vec<(Name, Row)> = Vec::new();
        for (facts, rows) in self.rows() {
            let Some(groups) = &facts.groups else { continue };
            let names: Vec<Name> = groups.values().into_iter().map(of_group).collect();
            named.extend(groups.of.iter().map(|group| names[*group as usize]).zip(rows));
        }
        crossed(named).groups(column, &|split| self.name(split))
    }

    /// Given rows that are no later than a row which a model learns from.
    fn times(&self) -> Option<Finding> {
        let column = self.time?;
        let last = latest(self.pool.times.as_ref()?)?;
        let first = self.names.len() - self.given.len();
        let early = self.given.iter().enumerate().filter_map(|(number, facts)| {
            let rows = no_later(facts.times.as_ref()?, &last);
            (rows > 0).then(|| (rows, self.name((first + number) as u32)))
        });
        let early: Vec<(u64, String)> = early.collect();
        let rows = early.iter().map(|(rows, _)| rows).sum();
        let told: Vec<String> =
            early.into_iter().map(|(rows, split)| format!("{rows} of {split}")).collect();
        let message = format!(
            "{} no later than the last row that is dealt, by `{column}`: {}",
            are(rows, "given row"),
            told.join(", ")
        );
        (rows > 0).then(|| leak("D0424", message, rows))
    }

    /// Rows that were made of a row which stands in another split.
    fn parents(&self) -> Option<Finding> {
        let mut of: HashMap<RowKey, Row> = HashMap::new();
        for (facts, rows) in self.rows() {
            let made = facts.made.iter().flatten();
            of.extend(made.zip(rows).map(|((key, _), row)| (*key, row)));
        }
        let (mut count, mut first) = (0, None);
        for (facts, rows) in self.rows() {
            for ((_, parents), row) in facts.made.iter().flatten().zip(rows) {
                let mut parents = parents.iter().flatten().filter_map(|parent| of.get(parent));
                if let Some(parent) = parents.find(|parent| parent.0 != row.0) {
                    count += 1;
                    first.get_or_insert((row, *parent));
                }
            }
        }
        let ((split, row), (of, parent)) = first?;
        let message = format!(
            "{} made of a row of another split, such as row {row} of {} of row {parent} of {}",
            are(count, "row"),
            self.name(split),
            self.name(of)
        );
        Some(leak("D0425", message, count))
    }

    /// Rows that were made of others and would be in a split that no model learns from.
    fn made(&self) -> Option<Finding> {
        let made = self.pool.made.as_ref()?;
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        for ((_, parents), part) in made.iter().zip(self.parts) {
            if parents.is_some() && self.names.get(*part as usize).is_none_or(|name| name != TRAIN)
            {
                *counts.entry(*part).or_default() += 1;
            }
        }
        let rows = counts.values().sum();
        let told: Vec<String> = counts
            .into_iter()
            .map(|(part, rows)| format!("{rows} of {}", self.name(part)))
            .collect();
        let message = format!(
            "{} made of others and would judge a model: {}",
            are(rows, "row"),
            told.join(", ")
        );
        (rows > 0).then(|| leak("D0426", message, rows))
    }
}

fn are(count: u64, one: &str) -> String {
    format!("{} {}", counted(count as usize, one), if count == 1 { "is" } else { "are" })
}
