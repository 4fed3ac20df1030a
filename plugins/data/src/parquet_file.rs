//! One record batch in one Parquet file, to the same bytes each time.
//!
//! Invariant: the bytes depend on the batch's schema and values alone: no time, no
//! library version, no chunking of the arrays. Nothing here knows of datasets.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};

/// Rows of a row group; part of the format, because it shapes the bytes.
const ROW_GROUP_ROWS: usize = 65_536;
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

/// Writes a batch as one file with fixed properties: Parquet 1.0 pages, Snappy,
/// dictionaries where they pay, row groups of 65,536 rows, no Arrow metadata.
pub fn write(path: &Path, batch: &RecordBatch) -> Result<(), ParquetFileError> {
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_created_by(CREATED_BY.to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let options =
        ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let file = File::create(path).map_err(|source| io(path, source))?;
    let broken = |source| parquet(path, source);
    let mut writer =
        ArrowWriter::try_new_with_options(file, batch.schema(), options).map_err(broken)?;
    writer.write(batch).map_err(broken)?;
    writer.close().map_err(broken)?;
    Ok(())
}

/// Reads a whole file as one batch.
pub fn read(path: &Path) -> Result<RecordBatch, ParquetFileError> {
    let file = File::open(path).map_err(|source| io(path, source))?;
    let broken = |source| parquet(path, source);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
    let schema = reader.schema().clone();
    let batches = reader
        .build()
        .map_err(broken)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken(error.into()))?;
    concat_batches(&schema, &batches).map_err(|error| broken(error.into()))
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
