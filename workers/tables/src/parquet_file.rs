//! Record batches in one Parquet file, to the same bytes each time.
//!
//! Invariant: the bytes depend on the schema and the rows alone: no time, no library
//! version, no chunking of the arrays or of the batches. [`Reader`] and [`Writer`] hold
//! no more than one row group at a time. Nothing here knows of datasets.
//!
//! A file that is read is a stranger's. What it says of its sizes is looked at before
//! the decoder takes room for it ([`footer`], [`pages`], [`inflate`], [`delta`],
//! [`texts`]): it may
//! ask for 1 GiB, and for 256 bytes more for each of its own. The decoder itself is
//! called through [`guard`](crate::guard) alone.

mod delta;
mod footer;
mod inflate;
mod pages;
mod texts;
mod thrift;
mod times;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::compute::{BatchCoalescer, concat_batches};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{WriterProperties, WriterVersion};

use crate::{guard, regular};

/// Most rows of a row group; part of the format, because it shapes the bytes.
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
    /// The file asks for what it cannot hold.
    #[error("{path}: not a readable Parquet file: {source}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What it asks for.
        source: std::io::Error,
    },
    /// The decoder gave up on the bytes.
    #[error("{path}: not a readable Parquet file: the decoder stopped: {what}")]
    Panicked {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        what: String,
    },
}

impl ParquetFileError {
    /// Whether the disk has no room for it.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_full(source))
    }

    /// Whether the file is refused because it asks for too much.
    pub fn is_large(&self) -> bool {
        matches!(self, Self::Refused { source, .. }
            if source.kind() == std::io::ErrorKind::FileTooLarge)
    }
}

/// The rows of a file, a batch at a time; the schema is known first.
pub struct Reader {
    path: PathBuf,
    schema: SchemaRef,
    batches: ParquetRecordBatchReader,
    /// Bytes of texts that may still be written out: of a batch, or of the file.
    allowed: u64,
    whole: bool,
    /// Rows that the footer says and that have not come yet.
    left: u64,
}

impl Reader {
    /// Opens a file whose rows are to come `rows` at a time, at least one; the last
    /// batch may be shorter. A file without rows has no batch.
    pub fn open(path: &Path, rows: usize) -> Result<Self, ParquetFileError> {
        Self::of(path, rows, &|_| true, false)
    }

    /// The same with the columns alone that `wanted` names; others are not decoded.
    pub fn open_columns(
        path: &Path,
        rows: usize,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ParquetFileError> {
        Self::of(path, rows, wanted, false)
    }

    fn of(
        path: &Path,
        rows: usize,
        wanted: &dyn Fn(&str) -> bool,
        whole: bool,
    ) -> Result<Self, ParquetFileError> {
        let refused = |source| ParquetFileError::Refused { path: path.to_owned(), source };
        let broken = |source| parquet(path, source);
        let (file, metadata) = metadata(path)?;
        decoded(path, || {
            let descriptor = metadata.parquet_schema();
            let (plain, views) = texts::schemas(&times::schema(&metadata));
            let roots: Vec<usize> =
                (0..plain.fields().len()).filter(|&at| wanted(plain.field(at).name())).collect();
            let viewed = |leaf: usize| {
                texts::viewed(views.field(descriptor.get_column_root_idx(leaf)).data_type())
            };
            let mask = ProjectionMask::roots(descriptor, roots.iter().copied());
            let size = file.metadata().map_err(|source| io(path, source))?.len();
            pages::check(&file, metadata.metadata(), &mask, &viewed, whole).map_err(refused)?;

            let footer = Arc::clone(metadata.metadata());
            let options = ArrowReaderOptions::new().with_schema(Arc::clone(&views));
            let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options);
            let file = file.try_clone().map_err(|source| io(path, source))?;
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.map_err(broken)?);
            let batches = builder.with_projection(mask).with_batch_size(rows.max(1)).build();
            let left = stated(path, &footer)?;
            let schema = plain.project(&roots).map_err(|error| broken(error.into()))?;
            Ok(Self {
                path: path.to_owned(),
                schema: Arc::new(schema),
                batches: batches.map_err(broken)?,
                allowed: pages::allowed(size),
                whole,
                left,
            })
        })?
    }

    /// The columns and their types; texts and bytes are plain ones.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn read(&mut self) -> Option<Result<RecordBatch, ParquetFileError>> {
        let broken = |error: ArrowError| parquet(&self.path, error.into());
        let others = || ParquetFileError::Refused {
            path: self.path.clone(),
            source: thrift::wrong("its pages hold other rows than its footer says"),
        };
        let batch = match self.batches.next() {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => return Some(Err(broken(error))),
            // Told once.
            None if self.left > 0 => {
                let error = others();
                self.left = 0;
                return Some(Err(error));
            }
            None => return None,
        };
        match self.left.checked_sub(batch.num_rows() as u64) {
            Some(left) => self.left = left,
            None => return Some(Err(others())),
        }
        let Some(left) = self.allowed.checked_sub(texts::bytes(&batch)) else {
            let source = thrift::large("its texts are out of proportion to its size");
            return Some(Err(ParquetFileError::Refused { path: self.path.clone(), source }));
        };
        if self.whole {
            self.allowed = left;
        }
        Some(texts::written_out(&batch, &self.schema).map_err(broken))
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ParquetFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.path.clone();
        decoded(&path, || self.read()).unwrap_or_else(|error| Some(Err(error)))
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
    /// Rows of a row group.
    group: usize,
    blocks: BatchCoalescer,
    file: ArrowWriter<File>,
}

impl Writer {
    /// Makes the file. It is whole once [`Self::finish`] has ended well.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<Self, ParquetFileError> {
        Self::create_grouped(path, schema, ROW_GROUP_ROWS)
    }

    /// The same with row groups of so many rows, at least one and [`ROW_GROUP_ROWS`] at the
    /// most, for rows that are wide.
    pub fn create_grouped(
        path: &Path,
        schema: SchemaRef,
        group: usize,
    ) -> Result<Self, ParquetFileError> {
        let group = group.clamp(1, ROW_GROUP_ROWS);
        let file = File::create(path).map_err(|source| io(path, source))?;
        let options = ArrowWriterOptions::new()
            .with_properties(properties(group))
            .with_skip_arrow_metadata(true);
        let file = ArrowWriter::try_new_with_options(file, schema.clone(), options)
            .map_err(|source| parquet(path, source))?;
        let blocks = BatchCoalescer::new(schema.clone(), group);
        Ok(Self { path: path.to_owned(), schema, group, blocks, file })
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
        for start in (0..rows).step_by(self.group) {
            let part = batch.slice(start, self.group.min(rows - start));
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

fn properties(group: usize) -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_created_by(CREATED_BY.to_owned())
        .set_max_row_group_row_count(Some(group))
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
    read_columns(path, &|_| true)
}

/// Reads the columns of a whole file that `wanted` names as one batch.
pub fn read_columns(
    path: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<RecordBatch, ParquetFileError> {
    let reader = Reader::of(path, ROW_GROUP_ROWS, wanted, true)?;
    let schema = reader.schema().clone();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    decoded(path, || concat_batches(&schema, &batches))?
        .map_err(|error| parquet(path, error.into()))
}

/// The columns of a file and their types, from the footer alone.
pub fn schema(path: &Path) -> Result<SchemaRef, ParquetFileError> {
    Ok(texts::schemas(&times::schema(&metadata(path)?.1)).0)
}

/// The number of rows, from the footer alone.
pub fn rows(path: &Path) -> Result<u64, ParquetFileError> {
    stated(path, metadata(path)?.1.metadata())
}

fn stated(path: &Path, metadata: &ParquetMetaData) -> Result<u64, ParquetFileError> {
    u64::try_from(metadata.file_metadata().num_rows())
        .map_err(|error| parquet(path, ParquetError::General(error.to_string())))
}

/// The footer, once what it asks for is allowed.
fn metadata(path: &Path) -> Result<(Arc<File>, ArrowReaderMetadata), ParquetFileError> {
    let mut file = regular::open(path).map_err(|source| io(path, source))?;
    let size = file.metadata().map_err(|source| io(path, source))?.len();
    let refused = |source| ParquetFileError::Refused { path: path.to_owned(), source };
    footer::check(&mut file, size).map_err(refused)?;
    let metadata = decoded(path, || ArrowReaderMetadata::load(&file, Default::default()))?
        .map_err(|source| parquet(path, source))?;
    let groups = metadata.metadata().row_groups().iter().map(|group| group.num_rows());
    footer::rows(metadata.metadata().file_metadata().num_rows(), groups).map_err(refused)?;
    Ok((Arc::new(file), metadata))
}

fn decoded<T>(path: &Path, decoder: impl FnOnce() -> T) -> Result<T, ParquetFileError> {
    guard::decode(decoder)
        .map_err(|what| ParquetFileError::Panicked { path: path.to_owned(), what })
}

/// Whether a system refuses more bytes.
pub(crate) fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn io(path: &Path, source: std::io::Error) -> ParquetFileError {
    ParquetFileError::Io { path: path.to_owned(), source }
}

fn parquet(path: &Path, source: ParquetError) -> ParquetFileError {
    match source {
        // A full disk is not the file's fault.
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => io(path, *error),
            Err(error) => {
                let source = ParquetError::External(error);
                ParquetFileError::Parquet { path: path.to_owned(), source }
            }
        },
        source => ParquetFileError::Parquet { path: path.to_owned(), source },
    }
}

#[cfg(test)]
mod tests;
