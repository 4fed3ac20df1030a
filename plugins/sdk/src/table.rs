//! Streams as Arrow batches: the bytes of a `dataset` or of `predictions`.
//!
//! Invariant: a stream is one Arrow IPC stream, so every batch has the stream's
//! schema. The schema's metadata key `ingot` says what the columns mean; it is
//! kept where a batch's schema is. Nothing here knows what it says.

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::Schema;

use crate::{Failure, Input, Output, Reader, Writer};

pub use arrow_schema::SchemaRef;

/// The batches of a stream, one after the other.
pub struct Batches(StreamReader<Reader>);

/// A stream to write batches to.
#[must_use = "a stream without its end cannot be read: call `finish`"]
pub struct BatchWriter(StreamWriter<Writer>);

impl Input {
    /// The batches of a stream.
    ///
    /// # Errors
    /// `ARROW`, where the stream is no Arrow IPC stream.
    pub fn batches(&self, stream: &str) -> Result<Batches, Failure> {
        let reader = self.reader(stream)?;
        StreamReader::try_new(reader, None).map(Batches).map_err(|error| located(stream, error))
    }
}

impl Output {
    /// Makes a stream of batches of this schema.
    ///
    /// # Errors
    /// The host's, where the name cannot be.
    pub fn batches(&self, stream: &str, schema: &Schema) -> Result<BatchWriter, Failure> {
        Ok(BatchWriter(StreamWriter::try_new(self.bytes(stream)?, schema)?))
    }
}

impl Batches {
    /// The schema of every batch.
    pub fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map_err(Failure::from))
    }
}

impl BatchWriter {
    /// Writes a batch; one without rows is left out.
    ///
    /// # Errors
    /// `ARROW`, where the batch has not the stream's columns.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        Ok(self.0.write(batch)?)
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// `ARROW`, where the end cannot be written.
    pub fn finish(mut self) -> Result<(), Failure> {
        Ok(self.0.finish()?)
    }
}

fn located(stream: &str, error: arrow_schema::ArrowError) -> Failure {
    Failure::from(error).at(format_args!("stream `{stream}`"))
}
