//! [`crossed`]: values that stand in more than one split. Pure.
//!
//! Invariant: a value is known by eight bytes of a hash. Among ten million rows two different
//! ones have the same bytes with a probability of three in a million.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Finding, Severity};

/// Eight bytes of the hash of what a row, or its group, holds.
pub(crate) type Name = [u8; 8];

/// The name of what has this hash.
pub(crate) fn name_of(hash: &[u8]) -> Name {
    let mut name = Name::default();
    name.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    name
}

/// Most values of which rows are named.
const EXAMPLES: usize = 5;

/// A row: the number of its split, and its number in what was given as that split's.
pub(crate) type Row = (u32, u32);

/// Values in more than one split.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Crossed {
    /// How many different ones.
    pub(crate) values: u64,
    /// Splits that have some in common, and how many those are.
    pub(crate) splits: BTreeMap<BTreeSet<u32>, u64>,
    /// Of the first few values the first row in each split.
    pub(crate) rows: BTreeSet<Vec<Row>>,
}

/// Finds the values that rows of several splits have.
pub(crate) fn crossed(mut rows: Vec<(Name, Row)>) -> Crossed {
    rows.sort_unstable();
    let mut crossed = Crossed::default();
    for equal in rows.chunk_by(|(one, _), (other, _)| one == other) {
        let mut firsts: Vec<Row> = equal.iter().map(|(_, row)| *row).collect();
        firsts.dedup_by_key(|(split, _)| *split);
        if firsts.len() < 2 {
            continue;
        }
        crossed.values += 1;
        let splits = firsts.iter().map(|(split, _)| *split).collect();
        *crossed.splits.entry(splits).or_default() += 1;
        crossed.rows.insert(firsts);
        if crossed.rows.len() > EXAMPLES {
            crossed.rows.pop_last();
        }
    }
    crossed
}

impl Crossed {
    /// Equal rows, as a finding.
    pub(crate) fn equal_rows(&self, name: &dyn Fn(u32) -> String) -> Option<Finding> {
        let stand = if self.values == 1 { "different row stands" } else { "different rows stand" };
        let message =
            format!("{} {stand} in more than one split, {}", self.values, self.told(name));
        (self.values > 0).then(|| leak("D0422", message, self.values))
    }

    /// Groups, as a finding.
    pub(crate) fn groups(&self, column: &str, name: &dyn Fn(u32) -> String) -> Option<Finding> {
        let stand = if self.values == 1 { "stands" } else { "stand" };
        let groups = if self.values == 1 { "group" } else { "groups" };
        let message = format!(
            "{} {groups} of `{column}` {stand} in more than one split, {}",
            self.values,
            self.told(name)
        );
        (self.values > 0).then(|| leak("D0423", message, self.values))
    }

    /// Which splits have how many, and where the first of them stand, in words: `21 in test
    /// and train, 2 in test and valid: row 4 of train and row 17 of test, ..`.
    fn told(&self, name: &dyn Fn(u32) -> String) -> String {
        let listed = |names: Vec<String>| match names.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("{} and {last}", before.join(", "))
            }
            _ => names.concat(),
        };
        let shares = self.splits.iter().map(|(splits, values)| {
            let mut names: Vec<String> = splits.iter().map(|split| name(*split)).collect();
            names.sort();
            format!("{values} in {}", listed(names))
        });
        let rows = self.rows.iter().map(|rows| {
            listed(
                rows.iter().map(|(split, row)| format!("row {row} of {}", name(*split))).collect(),
            )
        });
        let (shares, rows): (Vec<_>, Vec<_>) = (shares.collect(), rows.take(3).collect());
        let more = if self.values > rows.len() as u64 { ", .." } else { "" };
        format!("{}: {}{more}", shares.join(", "), rows.join("; "))
    }
}

/// What no split may know of another one.
pub(crate) fn leak(code: &str, message: String, rows: u64) -> Finding {
    Finding {
        severity: Severity::Error,
        code: code.to_owned(),
        message,
        column: None,
        metric: None,
        rows: Some(rows),
        examples: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_several_splits_is_counted_once() {
        let rows = [(1, 0, 0), (2, 0, 1), (1, 1, 0), (1, 1, 3), (3, 1, 1), (3, 1, 2), (2, 2, 9)];
        let named = |(value, split, row): (u64, u32, u32)| (value.to_le_bytes(), (split, row));
        let crossed = crossed(rows.map(named).to_vec());
        assert_eq!(crossed.values, 2);
        let name = |split: u32| ["train", "test", "valid"][split as usize].to_owned();
        insta::assert_snapshot!(crossed.told(&name), @"1 in test and train, 1 in train and valid: row 0 of train and row 0 of test; row 1 of train and row 9 of valid");
    }
}
