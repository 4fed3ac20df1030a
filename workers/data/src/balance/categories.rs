//! [`Categories`]: the values of one column, by which rows are counted.
//!
//! Invariant: each row has a category and each category a row; they stand in the one order of
//! classes, and none is of a `personal` column.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use ingot_protocol::{Failure, Metric};
use ingot_tables::class_order;
use ingot_tables::dataset::{self, Column, DataType, Role, Schema, labels};

use super::TRAIN;

/// The values of a column.
pub(super) struct Categories {
    /// The column.
    pub(super) column: String,
    /// Its values as text, in the order of classes.
    pub(super) names: Vec<String>,
    /// Each row's value, an index of `names`. // (rows)
    pub(super) of: Vec<usize>,
}

impl Categories {
    /// The values of a column, or of the one column of an `@ROLE`.
    pub(super) fn read(schema: &Schema, rows: &RecordBatch, name: &str) -> Result<Self, Failure> {
        let column = resolve(schema, name)?;
        if column.role == Role::Personal {
            let message = format!(
                "`{name}` is personal, and the shares of its values would stand in the metrics"
            );
            return Err(Failure::new("D1503", message).help(
                "balance by another column, or let a `transform` make one of it and give that a \
                 role of its own",
            ));
        }
        let none = |text: &String| column.data_type == DataType::Float64 && text == "NaN";
        let texts = labels(rows, &column.name)?;
        let texts: Vec<Option<String>> =
            texts.into_iter().map(|text| text.filter(|text| !none(text))).collect();
        let missing: Vec<usize> = (0..texts.len()).filter(|row| texts[*row].is_none()).collect();
        if let Some(first) = missing.first() {
            let message = format!(
                "{} of {} rows of `{TRAIN}` have no `{}`, the first is row {first}",
                missing.len(),
                texts.len(),
                column.name
            );
            return Err(Failure::new("D1504", message).help(
                "fill the values (`preprocess` with `impute`), or leave such rows out (`transform` \
                 with `where .. is not null`)",
            ));
        }
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        let mut names = texts.clone();
        names.sort_by(|one, other| class_order(one, other));
        names.dedup();
        let numbers: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let of = texts.iter().filter_map(|text| numbers.get(text.as_str()).copied()).collect();
        Ok(Self { column: column.name.clone(), names, of })
    }

    /// How many rows each value has.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.names.len()];
        self.of.iter().for_each(|category| sizes[*category] += 1);
        sizes
    }

    /// The rows as text.
    pub(super) fn texts(&self) -> Vec<Option<String>> {
        self.of.iter().map(|category| self.names.get(*category).cloned()).collect()
    }

    /// The number of a value that a param names.
    pub(super) fn find(&self, param: &str, name: &str) -> Result<usize, Failure> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            let message = format!(
                "`{param}` names the value `{name}` of `{}`, and no row of `{TRAIN}` has it, only {}",
                self.column,
                listed(&self.names)
            );
            Failure::new("D1505", message).help(
                "write the value as the column has it, case counts; or collect rows that have it",
            )
        })
    }

    /// A metric of each value.
    pub(super) fn metrics<'a>(
        &'a self,
        name: &'a str,
        values: impl Iterator<Item = f64> + 'a,
    ) -> impl Iterator<Item = Metric> + 'a {
        self.names.iter().zip(values).map(move |(of, value)| {
            let slice = [("column", &self.column), ("value", of)];
            let slice = slice.map(|(key, value)| (key.to_owned(), value.clone())).into();
            Metric { slice, ..Metric::new(name, value) }
        })
    }
}

/// Most values that a message lists.
const LISTED: usize = 20;

/// Values for a message.
pub(super) fn listed(names: &[String]) -> String {
    match names.split_at_checked(LISTED) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", dataset::list(first), rest.len())
        }
        _ => dataset::list(names),
    }
}

fn resolve<'a>(schema: &'a Schema, name: &str) -> Result<&'a Column, Failure> {
    let found: Vec<&Column> = match name.strip_prefix('@') {
        Some(role) => schema.columns.iter().filter(|column| column.role.name() == role).collect(),
        None => schema.column(name).into_iter().collect(),
    };
    match found.as_slice() {
        [column] => Ok(column),
        [] => {
            let columns: Vec<String> =
                schema.columns.iter().map(|column| column.name.clone()).collect();
            let message = format!("the dataset has no column `{name}`, only {}", listed(&columns));
            Err(Failure::new("D1502", message)
                .help("name a column, or give one the role in the contract"))
        }
        several => {
            let names: Vec<String> = several.iter().map(|column| column.name.clone()).collect();
            let message = format!("{} have the role `{name}`", dataset::list(&names));
            Err(Failure::new("D1502", message).help("name one of them"))
        }
    }
}
