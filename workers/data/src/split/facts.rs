//! [`Facts`]: what a deal has to know of each row.
//!
//! Invariant: of a row a few numbers are held, whatever it holds itself.

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Request};
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::row_parents::{self, RowParents};
use ingot_tables::dataset::{ROW_PARENTS, Role, RowKeys, Schema, labels};

use super::numbers::Numbers;
use super::params::{named, no_column, resolve};
use super::pool::Pool;
use crate::ahead;
use crate::crossed::{Name, name_of};

/// The columns that a deal looks at.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) schema: &'a Schema,
    /// Whose values are dealt in the same shares.
    pub(super) stratify: Option<&'a str>,
    /// Whose rows of one value stay together.
    pub(super) group: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) label: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    pub(super) fn of(request: &'a Request, schema: &'a Schema) -> Result<Self, Failure> {
        let column = |param: &str| {
            named(request, param).map(|name| resolve(schema, param, name)).transpose()
        };
        let by_role = schema.columns.iter().any(|column| column.role == Role::Group);
        let group = match column("group")? {
            None if by_role => Some(resolve(schema, "group", "@group")?),
            named => named,
        };
        let (stratify, time) = (column("stratify")?, column("time")?);
        let label = schema.label().map(|label| label.name.as_str());
        Ok(Self { schema, stratify, group, time, label })
    }
}

/// The rows of a split.
#[derive(Default)]
pub(super) struct Facts {
    /// What each holds, in every column that is neither `id` nor `personal`: equal rows have
    /// one name.
    pub(super) values: Vec<Name>, // (rows)
    pub(super) strata: Option<Numbers>,
    pub(super) groups: Option<Numbers>,
    pub(super) labels: Option<Numbers>,
    pub(super) times: Option<ArrayRef>, // (rows)
    /// Keys and parents, where rows were made of others.
    pub(super) made: Option<Vec<(RowKey, RowParents)>>,
}

impl Facts {
    /// Reads the rows of a split.
    pub(super) fn read(
        wanted: Wanted<'_>,
        (pool, split): (&Pool<'_>, &str),
        cpus: u64,
    ) -> Result<Self, Failure> {
        let numbers = |column: Option<&str>| column.map(|_| Numbers::default());
        let mut facts = Self {
            strata: numbers(wanted.stratify),
            groups: numbers(wanted.group),
            labels: numbers(wanted.label),
            ..Self::default()
        };
        let mut keys = RowKeys::of_values(wanted.schema);
        let mut times: Vec<ArrayRef> = Vec::new();
        let rows = pool.facts(split)?;
        ahead::each(cpus, rows, |batch| facts.take(wanted, (&mut keys, &mut times), &batch))?;
        let times: Vec<&dyn Array> = times.iter().map(AsRef::as_ref).collect();
        if !times.is_empty() {
            facts.times = Some(concat(&times).map_err(failed)?);
        }
        Ok(facts)
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len()
    }

    fn take(
        &mut self,
        wanted: Wanted<'_>,
        (keys, times): (&mut RowKeys, &mut Vec<ArrayRef>),
        batch: &RecordBatch,
    ) -> Result<(), Failure> {
        let first = self.rows();
        let values = keys.next(batch).map_err(failed)?;
        self.values.extend((0..values.len()).map(|row| name_of(values.value(row))));
        for (numbers, column) in [
            (&mut self.strata, wanted.stratify),
            (&mut self.groups, wanted.group),
            (&mut self.labels, wanted.label),
        ] {
            if let (Some(numbers), Some(column)) = (numbers, column) {
                numbers.take(labels(batch, column)?);
            }
        }
        if let Some(column) = wanted.group {
            let array = batch.column_by_name(column).ok_or_else(|| no_column("group", column))?;
            if let Some(row) = (0..array.len()).find(|&row| array.is_null(row)) {
                let row = first + row;
                let message = format!("row {row} has no `{column}`, so its group is not known");
                return Err(Failure::new("D0404", message)
                    .help("give every row a group, or leave such rows out"));
            }
        }
        if let Some(column) = wanted.time {
            let array = batch.column_by_name(column).ok_or_else(|| no_column("time", column))?;
            times.push(array.clone());
        }
        if batch.column_by_name(ROW_PARENTS).is_some() {
            let none = || Failure::new("D0408", "the rows have no keys or parents");
            let keys = row_key::values(batch).ok_or_else(none)?;
            let parents = row_parents::values(batch).ok_or_else(none)?;
            self.made.get_or_insert_default().extend(keys.into_iter().zip(parents));
        }
        Ok(())
    }
}

/// The name of a group.
pub(super) fn of_group(value: Option<&str>) -> Name {
    name_of(blake3::hash(value.unwrap_or_default().as_bytes()).as_bytes())
}

fn failed(error: arrow::error::ArrowError) -> Failure {
    Failure::new("D0408", error.to_string())
}
