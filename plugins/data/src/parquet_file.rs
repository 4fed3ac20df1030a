//! Record batches in one Parquet file, to the same bytes each time.
//!
//! Invariant: the bytes depend on the schema and the rows alone: no time, no library
//! version, no chunking of the arrays or of the batches. [`Reader`] and [`Writer`] hold
//! no more than one row group at a time. Nothing here knows of datasets.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::compute::{BatchCoalescer, concat_batches};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};

/// Rows of a row group; part of the format, because it shapes the bytes.
pub const ROW_GROUP_ROWS: usize = 65_536;
/// What the footer names as the writer; fixed, so that an update of the library
/// does not move a digest by itself.
const CREATED_BY: &str = "ingot";

/// Why a Parquet file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ParquetFileError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The bytes are not Parquet, or not such that Arrow can hold them.
    #[error("{path}: not a readable Parquet file: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The library's reason.
        source: ParquetError,
    },
}

/// The rows of a file, a batch at a time; the schema is known first.
pub struct Reader {
    path: PathBuf,
    schema: SchemaRef,
    batches: ParquetRecordBatchReader,
}

impl Reader {
    /// Opens a file whose rows are to come `rows` at a time, at least one; the last
    /// batch may be shorter. A file without rows has no batch.
    pub fn open(path: &Path, rows: usize) -> Result<Self, ParquetFileError> {
        let file = File::open(path).map_err(|source| io(path, source))?;
        let broken = |source| parquet(path, source);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
        let schema = builder.schema().clone();
        let batches = builder.with_batch_size(rows.max(1)).build().map_err(broken)?;
        Ok(Self { path: path.to_owned(), schema, batches })
    }

    /// The columns and their types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ParquetFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.batches.next()?.map_err(|error| parquet(&self.path, error.into())))
    }
}

/// Writes batches of any size as one file with fixed properties: Parquet 1.0 pages,
/// Snappy, dictionaries where they pay, row groups of 65,536 rows, no Arrow metadata.
///
/// Pages begin where a batch does, so batches are cut anew at the ends of the row
/// groups: how the rows were dealt out to batches leaves no trace.
pub struct Writer {
    path: PathBuf,
    schema: SchemaRef,
    blocks: BatchCoalescer,
    file: ArrowWriter<File>,
}

impl Writer {
    /// Makes the file. It is whole once [`Self::finish`] has ended well.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, ParquetFileError> {
        let file = File::create(path).map_err(|source| io(path, source))?;
        let options =
            ArrowWriterOptions::new().with_properties(properties()).with_skip_arrow_metadata(true);
        let file = ArrowWriter::try_new_with_options(file, schema.clone(), options)
            .map_err(|source| parquet(path, source))?;
        let blocks = BatchCoalescer::new(schema.clone(), ROW_GROUP_ROWS);
        Ok(Self { path: path.to_owned(), schema, blocks, file })
    }

    /// Adds rows. Their columns are those of the schema, by position and type.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetFileError> {
        let rows = batch.num_rows();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        // Refuses other columns, other types, and nulls where the schema has none.
        let batch = RecordBatch::try_new_with_options(
            self.schema.clone(),
            batch.columns().to_vec(),
            &options,
        )
        .map_err(|error| self.broken(error))?;
        // A row group's worth at a time, so that a long batch is not copied as a whole.
        for start in (0..rows).step_by(ROW_GROUP_ROWS) {
            let part = batch.slice(start, ROW_GROUP_ROWS.min(rows - start));
            self.blocks.push_batch(part).map_err(|error| self.broken(error))?;
            self.write_blocks()?;
        }
        Ok(())
    }

    /// Writes what is left, and the footer.
    pub fn finish(mut self) -> Result<(), ParquetFileError> {
        self.blocks.finish_buffered_batch().map_err(|error| self.broken(error))?;
        self.write_blocks()?;
        self.file.close().map_err(|source| parquet(&self.path, source))?;
        Ok(())
    }

    fn write_blocks(&mut self) -> Result<(), ParquetFileError> {
        while let Some(block) = self.blocks.next_completed_batch() {
            self.file.write(&block).map_err(|source| parquet(&self.path, source))?;
        }
        Ok(())
    }

    fn broken(&self, error: ArrowError) -> ParquetFileError {
        parquet(&self.path, error.into())
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_created_by(CREATED_BY.to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build()
}

/// Writes one batch as a file.
pub fn write(path: &Path, batch: &RecordBatch) -> Result<(), ParquetFileError> {
    let mut writer = Writer::create(path, batch.schema())?;
    writer.write(batch)?;
    writer.finish()
}

/// Reads a whole file as one batch.
pub fn read(path: &Path) -> Result<RecordBatch, ParquetFileError> {
    let reader = Reader::open(path, ROW_GROUP_ROWS)?;
    let schema = reader.schema().clone();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    concat_batches(&schema, &batches).map_err(|error| parquet(path, error.into()))
}

/// The number of rows, from the footer alone.
pub fn rows(path: &Path) -> Result<u64, ParquetFileError> {
    let file = File::open(path).map_err(|source| io(path, source))?;
    let metadata = ArrowReaderMetadata::load(&file, Default::default())
        .map_err(|source| parquet(path, source))?;
    // A footer with a negative count is no file that any writer made.
    u64::try_from(metadata.metadata().file_metadata().num_rows())
        .map_err(|error| parquet(path, ParquetError::General(error.to_string())))
}

fn io(path: &Path, source: std::io::Error) -> ParquetFileError {
    ParquetFileError::Io { path: path.to_owned(), source }
}

fn parquet(path: &Path, source: ParquetError) -> ParquetFileError {
    ParquetFileError::Parquet { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
