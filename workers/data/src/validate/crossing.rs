//! [`Crossing`]: rows, groups and times that stand in more than one of the splits that were
//! given.
//!
//! Invariant: rows that are taken out count for nothing. What is held grows with the rows that
//! repeat one another and with the groups.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::{concat, filter};
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset::row_key::RowKey;
use ingot_tables::dataset::{Role, Schema, TRAIN, labels};

use super::splits::Splits;
use crate::crossed::{Name, Row, crossed, leak, name_of};
use crate::times::{compare, earliest, latest};

/// What the splits have in common.
pub(super) struct Crossing<'a> {
    splits: &'a Splits,
    group: Option<&'a str>,
    time: Option<&'a str>,
    rows: Vec<(Name, Row)>,
    /// The first row of each group in each split.
    groups: HashMap<(Name, u32), u32>,
    /// The earliest and the latest time of each split.
    times: BTreeMap<u32, (ArrayRef, ArrayRef)>,
}

impl<'a> Crossing<'a> {
    /// Of splits; nothing where there is one.
    pub(super) fn of(schema: &'a Schema, splits: &'a Splits) -> Option<Self> {
        let only = |role: Role| {
            let mut columns = schema.columns.iter().filter(|column| column.role == role);
            let first = columns.next().map(|column| column.name.as_str());
            first.filter(|_| columns.next().is_none())
        };
        let (group, time) = (only(Role::Group), only(Role::Time));
        let (rows, groups, times) = (Vec::new(), HashMap::new(), BTreeMap::new());
        (splits.len() > 1).then_some(Self { splits, group, time, rows, groups, times })
    }

    /// Takes in the next rows of a split, of which the first has this number there; `may` says
    /// which of them may equal others and what they hold, `kept` which are not taken out.
    pub(super) fn take(
        &mut self,
        rows: &RecordBatch,
        (split, first): (u32, usize),
        may: &[(usize, RowKey)],
        kept: &dyn Fn(usize) -> bool,
    ) -> Result<(), Failure> {
        let number = |row: usize| (first + row) as u32;
        let may = may.iter().filter(|(row, _)| kept(*row));
        self.rows.extend(may.map(|(row, key)| (name_of(key), (split, number(*row)))));
        if let Some(column) = self.group {
            let groups = labels(rows, column)?.into_iter().enumerate();
            for (row, group) in groups.filter(|(row, _)| kept(*row)) {
                let Some(group) = group else { continue };
                let name = name_of(blake3::hash(group.as_bytes()).as_bytes());
                self.groups.entry((name, split)).or_insert(number(row));
            }
        }
        if let Some(times) = self.time.and_then(|column| rows.column_by_name(column)) {
            let mask: BooleanArray = (0..times.len()).map(|row| Some(kept(row))).collect();
            let times = filter(times, &mask).map_err(refused)?;
            let all = match self.times.remove(&split) {
                None => times,
                Some((first, last)) => concat(&[&*first, &*last, &*times]).map_err(refused)?,
            };
            self.times.extend(earliest(&all).zip(latest(&all)).map(|ends| (split, ends)));
        }
        Ok(())
    }

    /// What is found.
    pub(super) fn findings(self) -> Vec<Finding> {
        let name = |split: u32| {
            self.splits.get(split as usize).map(|(name, _)| name.clone()).unwrap_or_default()
        };
        let groups = self.groups.iter().map(|((group, split), row)| (*group, (*split, *row)));
        let groups = crossed(groups.collect());
        let groups = self.group.and_then(|column| groups.groups(column, &name));
        let times = self.time.and_then(|column| self.early(column));
        crossed(self.rows).equal_rows(&name).into_iter().chain(groups).chain(times).collect()
    }

    /// Splits that begin before `train` ends; no error, since nobody said that they stand one
    /// behind the other.
    fn early(&self, column: &str) -> Option<Finding> {
        let train = self.splits.iter().position(|(name, _)| name == TRAIN)? as u32;
        let (_, last) = self.times.get(&train)?;
        let others = self.times.iter().filter(|(split, _)| **split != train);
        let early = others.filter(|(_, (first, _))| compare((first, 0), (last, 0)).is_le());
        let early: Vec<&str> = early
            .filter_map(|(split, _)| self.splits.get(*split as usize))
            .map(|(name, _)| name.as_str())
            .collect();
        let message = format!(
            "`{TRAIN}` has rows that are as late, by `{column}`, as rows of {}",
            early.join(", ")
        );
        let found =
            Finding { severity: Severity::Warning, rows: None, ..leak("D0424", message, 0) };
        (!early.is_empty()).then_some(found)
    }
}

fn refused(error: arrow::error::ArrowError) -> Failure {
    Failure::new("D0312", error.to_string())
}
