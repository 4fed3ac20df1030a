//! The dataset artifact: a folder that pandas, DuckDB or Polars open as it is.
//!
//! On disk: `dataset.json`, the [`Schema`], and one Parquet file a split,
//! `data/<split>-00000-of-00001.parquet`. A dataset that was never split has the one
//! split `all`. Invariant: `dataset.json` says nothing of one split (no counts), so
//! that a change in the test rows leaves what training sees untouched.

mod error;
mod labels;
mod schema;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

pub use error::DatasetError;
pub(crate) use error::list;
pub use labels::{check_classes, check_measure, labels};
pub use schema::{Column, DataType, Image, Modality, Role, SCHEMA_VERSION, Schema};
pub use stream::{Batches, SplitWriter, Writer};

use crate::{json, parquet_file, regular};

/// The split of a dataset that was never split.
pub const ALL: &str = "all";

/// What stands behind a split's name in its file's name. One file a split: the
/// pattern is Hugging Face's for shards, of which there is one.
const SUFFIX: &str = "-00000-of-00001.parquet";
const SCHEMA_FILE: &str = "dataset.json";
const DATA_FOLDER: &str = "data";

/// A dataset folder, opened: its schema is read, its rows are not.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What the columns are and mean.
    pub schema: Schema,
    root: PathBuf,
}

impl Dataset {
    /// Opens a dataset folder and checks its schema.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let file = path.join(SCHEMA_FILE);
        let schema: Schema = regular::within(path, &file)
            .and_then(|()| json::read(&file))
            .map_err(|source| DatasetError::Schema { path: file.clone(), source })?;
        schema.check(&file)?;
        Ok(Self { schema, root: path.to_owned() })
    }

    /// The splits that are there, sorted, from the names of the files.
    pub fn splits(&self) -> Result<Vec<String>, DatasetError> {
        let folder = self.root.join(DATA_FOLDER);
        let io = |source| DatasetError::Io { path: folder.clone(), source };
        let mut splits = BTreeSet::new();
        for entry in fs::read_dir(&folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            let Some(name) = name.to_str().filter(|name| name.ends_with(".parquet")) else {
                continue;
            };
            let split = name
                .strip_suffix(SUFFIX)
                .ok_or_else(|| DatasetError::StrayFile { path: folder.join(name) })?;
            splits.insert(check_split(&folder, split)?.to_owned());
        }
        Ok(splits.into_iter().collect())
    }

    /// Reads a whole split, its columns in the schema's order.
    pub fn read(&self, split: &str) -> Result<RecordBatch, DatasetError> {
        let file = self.file(split)?;
        // What the columns lack is told before their rows are decoded.
        let none = RecordBatch::new_empty(parquet_file::schema(&file)?);
        arrange(&file, &self.schema, &none)?;
        let names = self.names();
        let rows = parquet_file::read_columns(&file, &|name| names.contains(name))?;
        arrange(&file, &self.schema, &rows)
    }

    /// The rows of a split, from its file's footer.
    pub fn rows(&self, split: &str) -> Result<u64, DatasetError> {
        Ok(parquet_file::rows(&self.file(split)?)?)
    }

    /// Where the split's file stands, for a kind that passes it on byte for byte.
    pub fn file(&self, split: &str) -> Result<PathBuf, DatasetError> {
        let file = split_file(&self.root, split)?;
        match regular::within(&self.root, &file) {
            Ok(()) if file.is_file() => Ok(file),
            Err(source) if source.kind() == ErrorKind::InvalidInput => {
                Err(DatasetError::Io { path: file, source })
            }
            _ => Err(DatasetError::NoSplit {
                path: self.root.clone(),
                split: split.to_owned(),
                found: self.splits()?,
            }),
        }
    }

    /// The names of the columns that are read.
    fn names(&self) -> BTreeSet<&str> {
        self.schema.columns.iter().map(|column| column.name.as_str()).collect()
    }
}

/// Writes a dataset folder; equal schemas and rows give equal bytes.
///
/// Each batch must hold the schema's columns, in any order; further ones are left out.
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

/// The batch with exactly the schema's columns, in its order and with its types.
///
/// Only representations of one type are cast (large or dictionary-encoded text as
/// plain text), never values.
fn arrange(file: &Path, schema: &Schema, batch: &RecordBatch) -> Result<RecordBatch, DatasetError> {
    let mut arrays = Vec::with_capacity(schema.columns.len());
    let batch_schema = batch.schema();
    // Of columns of one name the first, which is put in last.
    let there: BTreeMap<&str, &ArrayRef> = batch_schema
        .fields()
        .iter()
        .zip(batch.columns())
        .rev()
        .map(|(field, array)| (field.name().as_str(), array))
        .collect();
    for column in &schema.columns {
        let array = *there.get(column.name.as_str()).ok_or_else(|| DatasetError::NoColumn {
            path: file.to_owned(),
            column: column.name.clone(),
        })?;
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
    // The row count is said, because a dataset may have no column.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(schema.arrow()), arrays, &options)
        .map_err(|source| DatasetError::Arrow { path: file.to_owned(), source })
}

fn same_type(array: &ArrayRef, wanted: DataType) -> Option<ArrayRef> {
    let wanted_type = wanted.arrow();
    if *array.data_type() == wanted_type {
        return Some(array.clone());
    }
    (DataType::of_arrow(array.data_type()) == Some(wanted))
        .then(|| cast(array, &wanted_type).ok())
        .flatten()
}

fn split_file(root: &Path, split: &str) -> Result<PathBuf, DatasetError> {
    check_split(root, split)?;
    Ok(root.join(DATA_FOLDER).join(format!("{split}{SUFFIX}")))
}

fn check_split<'a>(path: &Path, split: &'a str) -> Result<&'a str, DatasetError> {
    if is_split(split) {
        return Ok(split);
    }
    Err(DatasetError::SplitName { path: path.to_owned(), split: split.to_owned() })
}

/// A split's name is a word, so that its file's name can be taken apart again.
pub(crate) fn is_split(name: &str) -> bool {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    !name.is_empty() && name.chars().all(word)
}
