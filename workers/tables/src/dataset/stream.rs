//! A dataset's rows a batch at a time, read and written.
//!
//! Invariant: what is held at once is a row group at the most, and the bytes written
//! are those of [`super::write`], however the rows were dealt out to batches.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use super::arrange;
use super::{
    Dataset, DatasetError, Image, Keys, ROW_PARENTS, RowKeys, SCHEMA_FILE, SCHEMA_VERSION, Schema,
};
use crate::chain::Chain;
use crate::shards::{self, DATA_FOLDER};
use crate::{json, parquet_file};

/// Most bytes of the images of a row group: what an array of bytes holds.
const GROUP_BYTES: usize = i32::MAX as usize;

/// The rows of one split, their columns in the schema's order and of its types.
pub struct Batches {
    schema: Schema,
    chain: Chain,
    keys: Keys,
    parents: bool,
}

impl Dataset {
    /// The rows of a split, `rows` at a time; the last batch of a file may be shorter.
    pub fn batches(&self, split: &str, rows: usize) -> Result<Batches, DatasetError> {
        let files = self.files(split)?;
        let parents = self.check_columns(&files)?;
        let columns = self.names().into_iter().map(str::to_owned).collect();
        let chain = Chain::open(files, rows, columns)?;
        Ok(Batches { schema: self.schema.clone(), chain, keys: self.keys(), parents })
    }
}

impl Batches {
    /// Whether the parents of rows are among what is read.
    pub fn has_parents(&self) -> bool {
        self.parents
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.chain.next()?.map_err(DatasetError::from);
        Some(next.and_then(|(file, batch)| {
            arrange(&file, &self.schema, &batch, (&mut self.keys, self.parents))
        }))
    }
}

/// A dataset folder that is being written: its schema stands, its splits are to come.
#[derive(Debug, Clone)]
pub struct Writer {
    root: PathBuf,
    schema: Schema,
}

impl Writer {
    /// Makes the folder and its `dataset.json`.
    pub fn begin(path: &Path, schema: &Schema) -> Result<Self, DatasetError> {
        let file = path.join(SCHEMA_FILE);
        schema.check(&file)?;
        let data = path.join(DATA_FOLDER);
        fs::create_dir_all(&data).map_err(|source| DatasetError::Io { path: data, source })?;
        let schema = Schema { version: SCHEMA_VERSION, ..schema.clone() };
        json::write(&file, &schema).map_err(|source| DatasetError::Io { path: file, source })?;
        Ok(Self { root: path.to_owned(), schema })
    }

    /// Begins a split. Several may be written at the same time.
    pub fn split(&self, split: &str) -> Result<SplitWriter, DatasetError> {
        self.shard(split, 0, 1)
    }

    /// Begins one of the files of a split, by its number from 0.
    pub fn shard(
        &self,
        split: &str,
        number: usize,
        count: usize,
    ) -> Result<SplitWriter, DatasetError> {
        let file = shards::of(&self.root, split, number, count)?;
        let keys = Keys::New(RowKeys::of(&self.schema));
        Ok(SplitWriter { file, schema: self.schema.clone(), rows: None, keys })
    }
}

/// Rows of a row group: fewer where images are large.
fn group(schema: &Schema) -> usize {
    let image = schema.image.as_ref().and_then(Image::bytes);
    image.map_or(parquet_file::ROW_GROUP_ROWS, |bytes| GROUP_BYTES / bytes.max(1))
}

/// One split that is being written.
pub struct SplitWriter {
    file: PathBuf,
    schema: Schema,
    /// The file, once the first rows say whether it has parents, and whether it has.
    rows: Option<(parquet_file::Writer, bool)>,
    keys: Keys,
}

impl SplitWriter {
    /// Adds rows. The batch holds the schema's columns, in any order; further ones are
    /// left out. Rows without the column `row_key` are given keys. The first batch says
    /// whether the split has the column `row_parents`; later ones may lack it and not bring it.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), DatasetError> {
        let there = batch.column_by_name(ROW_PARENTS).is_some();
        let (rows, parents) = match &mut self.rows {
            Some((_, false)) if there => {
                return Err(DatasetError::RowParents { path: self.file.clone() });
            }
            Some((rows, parents)) => (rows, *parents),
            none => {
                let rows = create(&self.file, &self.schema, there)?;
                (&mut none.insert((rows, there)).0, there)
            }
        };
        Ok(rows.write(&arrange(&self.file, &self.schema, batch, (&mut self.keys, parents))?)?)
    }

    /// Makes the split whole.
    pub fn finish(self) -> Result<(), DatasetError> {
        let rows = match self.rows {
            Some((rows, _)) => rows,
            None => create(&self.file, &self.schema, false)?,
        };
        Ok(rows.finish()?)
    }
}

fn create(
    file: &Path,
    schema: &Schema,
    parents: bool,
) -> Result<parquet_file::Writer, DatasetError> {
    let stored = Arc::new(schema.stored_with(parents));
    Ok(parquet_file::Writer::create_grouped(file, stored, group(schema))?)
}
