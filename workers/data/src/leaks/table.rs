//! [`Table`]: the rows that are looked at, and what each is called.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::error::ArrowError;
use ingot_protocol::Failure;
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{Dataset, Image, Role, Schema, TRAIN};

/// A dataset, column by column; its splits stand one behind the other.
pub(super) struct Table {
    pub(super) schema: Schema,
    /// Each with its number of rows.
    pub(super) splits: Vec<(String, usize)>,
    columns: BTreeMap<String, ArrayRef>,
    keys: Vec<RowKey>,
}

impl Table {
    /// Reads a dataset as a whole.
    pub(super) fn read(data: &Dataset) -> Result<Self, Failure> {
        let mut parts: BTreeMap<String, Vec<ArrayRef>> = BTreeMap::new();
        let (mut splits, mut keys) = (Vec::new(), Vec::new());
        for split in data.splits()? {
            let rows = data.read(&split)?;
            for column in &data.schema.columns {
                if let Some(array) = rows.column_by_name(&column.name) {
                    parts.entry(column.name.clone()).or_default().push(array.clone());
                }
            }
            keys.extend(row_key::values(&rows).unwrap_or_default());
            splits.push((split, rows.num_rows()));
        }
        let mut columns = BTreeMap::new();
        for (name, parts) in parts {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            columns.insert(name, concat(&parts).map_err(|error| failed(&error))?);
        }
        Ok(Self { schema: data.schema.clone(), splits, columns, keys })
    }

    /// The columns of these roles, in the schema's order.
    pub(super) fn of(
        &self,
        wanted: impl Fn(Role) -> bool,
    ) -> impl Iterator<Item = (&str, &ArrayRef)> {
        let columns = self.schema.columns.iter().filter(move |column| wanted(column.role));
        columns.filter_map(|column| Some((column.name.as_str(), self.columns.get(&column.name)?)))
    }

    /// The images and their size, where the rows are such.
    pub(super) fn images(&self) -> Option<(&Image, &ArrayRef)> {
        let image = self.schema.image.as_ref()?;
        Some((image, self.columns.get(&image.column)?))
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.splits.iter().map(|(_, rows)| rows).sum()
    }

    /// The rows of `train`; nothing where there is no such split.
    pub(super) fn train(&self) -> Option<std::ops::Range<usize>> {
        let at = self.splits.iter().position(|(split, _)| split == TRAIN)?;
        let first = self.splits.iter().take(at).map(|(_, rows)| rows).sum();
        Some(first..first + self.splits.get(at)?.1)
    }

    /// The key of a row.
    pub(super) fn key(&self, row: usize) -> RowKey {
        self.keys.get(row).copied().unwrap_or_default()
    }

    /// What a row is called.
    pub(super) fn name(&self, row: usize) -> String {
        let mut within = row;
        for (split, rows) in &self.splits {
            if within < *rows {
                let key = row_key::hex(&self.key(row));
                return format!("row {within} of `{split}` (row_key {key})");
            }
            within -= rows;
        }
        format!("row {row}")
    }
}

pub(super) fn failed(error: &ArrowError) -> Failure {
    Failure::new("D1810", error.to_string())
}

/// A pair of rows that are alike: one that a model is judged on, and one that it learns from.
pub(super) type Pair = (usize, usize);

/// Pairs in words: how many rows, and the first three.
pub(super) fn pairs(table: &Table, found: &[Pair]) -> String {
    let named = found
        .iter()
        .take(3)
        .map(|(one, other)| format!("{} like {}", table.name(*one), table.name(*other)));
    let more = if found.len() > 3 { ", .." } else { "" };
    format!("{}{more}", named.collect::<Vec<_>>().join("; "))
}
