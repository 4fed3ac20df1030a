//! The dataset artifact: a folder that pandas, DuckDB or Polars open as it is.
//!
//! On disk: `dataset.json`, the [`Schema`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet`; of others' datasets several ([`crate::shards`]).
//! A dataset that was never split has the one split `whole`. Behind the columns of the
//! schema stands the [`row_key`] of each row, and the [`row_parents`] of rows that were made. Invariant: `dataset.json` says nothing of one
//! split (no counts), so that a change in the test rows leaves what training sees untouched.

mod error;
mod labels;
pub mod row_key;
pub mod row_parents;
mod schema;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType as ArrowType;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

pub use error::DatasetError;
pub use error::list;
pub use labels::{check_classes, check_counts, check_measure, labels};
pub use row_key::{RESERVED, ROW_KEY, RowKeys};
pub use row_parents::ROW_PARENTS;
pub use schema::{
    Column, DataType, Image, Modality, Role, SCHEMA_VERSION, Schema, UTC, WITHOUT_KEYS,
};
pub use stream::{Batches, SplitWriter, Writer};

use crate::{json, parquet_file, regular, shards};

/// The split of a dataset that was never split.
pub const WHOLE: &str = "whole";
/// The split that a model learns from.
pub const TRAIN: &str = "train";

const SCHEMA_FILE: &str = "dataset.json";

/// A dataset folder, opened: its schema is read, its rows are not.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What the columns are and mean.
    pub schema: Schema,
    root: PathBuf,
    /// Whether its rows have keys; else they are given some as they are read.
    keyed: bool,
    /// Whether the parents of rows are read too.
    parents: bool,
}

impl Dataset {
    /// Opens a dataset folder and checks its schema.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let file = path.join(SCHEMA_FILE);
        let mut schema: Schema = regular::within(path, &file)
            .and_then(|()| json::read(&file))
            .map_err(|source| DatasetError::Schema { path: file.clone(), source })?;
        schema.check(&file)?;
        let keyed = schema.version != WITHOUT_KEYS;
        schema.version = SCHEMA_VERSION;
        Ok(Self { schema, root: path.to_owned(), keyed, parents: false })
    }

    /// The same dataset, of which [`Self::read`] and [`Self::batches`] give the parents of rows
    /// too, as the last column of splits that have some. Without it they are left out.
    pub fn with_parents(self) -> Self {
        Self { parents: true, ..self }
    }

    /// The splits that are there, sorted, from the names of the files.
    pub fn splits(&self) -> Result<Vec<String>, DatasetError> {
        Ok(shards::shards(&self.root)?.into_keys().collect())
    }

    /// Reads a whole split: its columns in the schema's order, and behind them the row keys
    /// (and parents, [`Self::with_parents`]).
    pub fn read(&self, split: &str) -> Result<RecordBatch, DatasetError> {
        let files = self.files(split)?;
        let parents = self.check_columns(&files)?;
        let names = self.names();
        let mut keys = self.keys();
        let mut parts = Vec::with_capacity(files.len());
        for file in &files {
            let rows = parquet_file::read_columns(file, &|name| names.contains(name))?;
            parts.push(arrange(file, &self.schema, &rows, (&mut keys, parents))?);
        }
        match <[RecordBatch; 1]>::try_from(parts) {
            Ok([whole]) => Ok(whole),
            Err(parts) => concat_batches(&Arc::new(self.schema.stored_with(parents)), &parts)
                .map_err(|source| DatasetError::Arrow { path: self.root.clone(), source }),
        }
    }

    /// The rows of a split, from the footers of its files.
    pub fn rows(&self, split: &str) -> Result<u64, DatasetError> {
        let mut all: u64 = 0;
        for file in self.files(split)? {
            all = all.saturating_add(parquet_file::rows(&file)?);
        }
        Ok(all)
    }

    /// Where the split's rows stand, in their order.
    pub fn files(&self, split: &str) -> Result<Vec<PathBuf>, DatasetError> {
        shards::check_split(&self.root, split)?;
        let mut splits = shards::shards(&self.root)?;
        splits.remove(split).ok_or_else(|| DatasetError::NoSplit {
            path: self.root.clone(),
            split: split.to_owned(),
            found: splits.into_keys().collect(),
        })
    }

    /// What the columns of files lack, before any of their rows is decoded; whether parents
    /// of rows are among those that are read.
    fn check_columns(&self, files: &[PathBuf]) -> Result<bool, DatasetError> {
        let mut parents = false;
        for file in files {
            let none = RecordBatch::new_empty(parquet_file::schema(file)?);
            let there = self.parents && none.column_by_name(ROW_PARENTS).is_some();
            arrange(file, &self.schema, &none, (&mut self.keys(), there))?;
            parents |= there;
        }
        Ok(parents)
    }

    /// The names of the columns that are read.
    fn names(&self) -> BTreeSet<&str> {
        let columns = self.schema.columns.iter().map(|column| column.name.as_str());
        let parents = self.parents.then_some(ROW_PARENTS);
        columns.chain(self.keyed.then_some(ROW_KEY)).chain(parents).collect()
    }

    fn keys(&self) -> Keys {
        if self.keyed { Keys::There } else { Keys::New(RowKeys::of(&self.schema)) }
    }
}

/// Writes a dataset folder; equal schemas and rows give equal bytes.
///
/// Each batch must hold the schema's columns, in any order; further ones are left out. Rows
/// without keys are given some; parents of rows are kept.
pub fn write(
    path: &Path,
    schema: &Schema,
    splits: &BTreeMap<String, RecordBatch>,
) -> Result<(), DatasetError> {
    let writer = Writer::begin(path, schema)?;
    for (split, batch) in splits {
        let mut rows = writer.split(split)?;
        rows.write(batch)?;
        rows.finish()?;
    }
    Ok(())
}

/// Where the keys of rows come from.
#[derive(Debug)]
enum Keys {
    /// From the rows.
    There,
    /// From the rows, where they have some, else from here.
    New(RowKeys),
}

impl Keys {
    fn next(&mut self, file: &Path, rows: &RecordBatch) -> Result<ArrayRef, DatasetError> {
        let path = || file.to_owned();
        let there = rows.column_by_name(ROW_KEY).is_some();
        match self {
            Self::New(keys) if !there => keys
                .next(rows)
                .map(|keys| Arc::new(keys) as ArrayRef)
                .map_err(|source| DatasetError::Arrow { path: path(), source }),
            Self::There if !there => {
                Err(DatasetError::NoColumn { path: path(), column: ROW_KEY.to_owned() })
            }
            _ => row_key::read(rows).ok_or_else(|| DatasetError::RowKeys { path: path() }),
        }
    }
}

/// The batch with exactly the schema's columns, in its order and with its types, and the
/// row keys behind them, and their parents where they are asked for.
///
/// Only representations of one type are cast (large or dictionary-encoded text as
/// plain text, a column in which everything is missing), never values.
fn arrange(
    file: &Path,
    schema: &Schema,
    batch: &RecordBatch,
    (keys, parents): (&mut Keys, bool),
) -> Result<RecordBatch, DatasetError> {
    let mut arrays = Vec::with_capacity(schema.columns.len() + 1);
    let batch_schema = batch.schema();
    let mut there: BTreeMap<&str, Vec<&ArrayRef>> = BTreeMap::new();
    for (field, array) in batch_schema.fields().iter().zip(batch.columns()) {
        there.entry(field.name()).or_default().push(array);
    }
    for column in &schema.columns {
        let (path, name) = (file.to_owned(), column.name.clone());
        let array = match there.get(name.as_str()).map(Vec::as_slice) {
            None | Some([]) => return Err(DatasetError::NoColumn { path, column: name }),
            Some([array]) => *array,
            Some(_) => return Err(DatasetError::TwoColumns { path, column: name }),
        };
        let array = same_type(array, column.data_type).ok_or_else(|| DatasetError::ColumnType {
            path: file.to_owned(),
            column: column.name.clone(),
            expected: column.data_type,
            found: array.data_type().to_string(),
        })?;
        if !column.nullable && array.null_count() > 0 {
            return Err(DatasetError::Nulls {
                path: file.to_owned(),
                column: column.name.clone(),
                nulls: array.null_count(),
            });
        }
        arrays.push(array);
    }
    // Of the columns as the schema has them: representations of a value have one key.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let arrow = |source| DatasetError::Arrow { path: file.to_owned(), source };
    let rows = RecordBatch::try_new_with_options(Arc::new(schema.arrow()), arrays, &options)
        .map_err(arrow)?;
    let keys = match batch.column_by_name(ROW_KEY) {
        Some(_) => keys.next(file, batch)?,
        None => keys.next(file, &rows)?,
    };
    let mut arrays: Vec<ArrayRef> = rows.columns().iter().cloned().chain([keys]).collect();
    if parents {
        let parents = row_parents::read(batch);
        arrays.push(parents.ok_or_else(|| DatasetError::RowParents { path: file.to_owned() })?);
    }
    RecordBatch::try_new(Arc::new(schema.stored_with(parents)), arrays).map_err(arrow)
}

/// The same values in the one type that a dataset has for them, where it has one.
pub(crate) fn same_type(array: &ArrayRef, wanted: DataType) -> Option<ArrayRef> {
    let wanted_type = wanted.arrow();
    match array.data_type() {
        found if *found == wanted_type => Some(array.clone()),
        ArrowType::Null => Some(new_null_array(&wanted_type, array.len())),
        found if DataType::of_arrow(found) == Some(wanted) => cast(array, &wanted_type).ok(),
        _ => None,
    }
}
