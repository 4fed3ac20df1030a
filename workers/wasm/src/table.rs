//! [`Table`]: a folder of rows that a plugin writes, a split a stream.
//!
//! Owns what is believed of a stranger's Arrow IPC stream: nothing. What is no such stream,
//! claims more than it brings, or would take more memory than a batch may, is an error;
//! what is one is written as Parquet while it comes. Invariant: equal rows give equal
//! bytes, however they were cut into pieces. Streams that are no rows are
//! [`crate::output`]'s.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Once;

use arrow::array::{Array, AsArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType as ArrowType, Schema as ArrowSchema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::record_batch::RecordBatch;
use ingot_tables::dataset::{self, Column, DataType, Modality, Role, SCHEMA_VERSION, Schema};
use ingot_tables::predictions;

use crate::input::MEANING;

/// Most bytes of one batch of rows: it is held in memory, and so is what is made of it.
const BATCH: usize = 256 << 20;

/// A folder of rows, as far as it is written.
pub struct Table {
    artifact_type: String,
    path: PathBuf,
    /// Nothing until a stream says what its columns mean.
    begun: Option<Begun>,
}

/// What its columns mean, and what writes them.
struct Begun {
    meaning: String,
    writer: Writer,
}

enum Writer {
    Dataset(dataset::Writer),
    Predictions(predictions::Writer),
}

impl Table {
    /// A folder of which nothing is written.
    pub fn new(artifact_type: &str, path: &Path) -> Self {
        Self { artifact_type: artifact_type.to_owned(), path: path.to_owned(), begun: None }
    }

    /// Whether artifacts of this type are folders of rows.
    pub fn is_of(artifact_type: &str) -> bool {
        matches!(artifact_type, "dataset" | "predictions")
    }

    /// Begins a split, and the folder where it is the first one.
    fn split(&mut self, schema: &ArrowSchema, name: &str) -> Result<Split, String> {
        let meaning = match schema.metadata().get(MEANING) {
            Some(meaning) => meaning.clone(),
            None if self.artifact_type == "predictions" => {
                return Err(format!("its schema says nothing under `{MEANING}`"));
            }
            None => serde_json::to_string(&plain(schema)?).map_err(|error| error.to_string())?,
        };
        let begun = match &mut self.begun {
            Some(begun) if begun.meaning == meaning => begun,
            Some(_) => return Err("its columns are not those of the stream before it".to_owned()),
            begun => {
                let writer = Writer::begin(&self.artifact_type, &self.path, &meaning)?;
                begun.insert(Begun { meaning, writer })
            }
        };
        begun.writer.split(name)
    }
}

/// One split of it, as it comes.
pub struct Rows {
    name: String,
    decoder: StreamDecoder,
    split: Option<Split>,
    /// Bytes since the batch before.
    pending: usize,
}

impl Rows {
    /// A stream of which nothing was read.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), decoder: StreamDecoder::new(), split: None, pending: 0 }
    }

    /// The split's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the next bytes of the stream.
    pub fn write(&mut self, table: &mut Table, bytes: Vec<u8>) -> Result<(), String> {
        let mut buffer = Buffer::from_vec(bytes);
        while !buffer.is_empty() {
            let before = buffer.len();
            let decoded = contained(|| self.decoder.decode(&mut buffer))?;
            self.pending += before - buffer.len();
            if self.pending > BATCH {
                return Err(format!("a batch of rows has more than {BATCH} bytes"));
            }
            if self.split.is_none()
                && let Some(schema) = self.decoder.schema()
            {
                self.split = Some(table.split(&schema, &self.name)?);
            }
            let (Some(batch), Some(split)) = (decoded, self.split.as_mut()) else { continue };
            // Columns without bytes, or no columns at all, may claim any number of rows.
            if batch.num_rows() > self.pending.saturating_mul(8) {
                let (rows, bytes) = (batch.num_rows(), self.pending);
                return Err(format!("a batch says that it has {rows} rows, in {bytes} bytes"));
            }
            self.pending = 0;
            if batch.columns().iter().map(|column| written_out(column)).sum::<usize>() > BATCH {
                return Err(format!("a batch of rows, written out, has more than {BATCH} bytes"));
            }
            split.write(&batch)?;
        }
        Ok(())
    }

    /// Makes the split whole.
    pub fn finish(mut self) -> Result<(), String> {
        contained(|| self.decoder.finish())?;
        match self.split {
            Some(split) => split.finish(),
            None => Err("it has no schema".to_owned()),
        }
    }
}

/// Bytes of the texts of a column when each row has its own. Rows of a dictionary, or of
/// views, may all refer to one long text.
fn written_out(column: &dyn Array) -> usize {
    /// Rows that are looked at at once.
    const PIECE: usize = 1 << 16;
    let views = |lengths: &mut dyn Iterator<Item = u128>| {
        // A view begins with its length, 32 bits.
        lengths.map(|view| view as u32 as usize).fold(0, usize::saturating_add)
    };
    match column.data_type() {
        ArrowType::Utf8View => views(&mut column.as_string_view().views().iter().copied()),
        ArrowType::BinaryView => views(&mut column.as_binary_view().views().iter().copied()),
        ArrowType::Dictionary(_, _) => {
            let values = column.as_any_dictionary().values();
            let lengths: Vec<usize> =
                (0..values.len()).map(|at| written_out(&values.slice(at, 1))).collect();
            if lengths.is_empty() {
                return 0;
            }
            let mut bytes: usize = 0;
            for start in (0..column.len()).step_by(PIECE) {
                let piece = column.slice(start, PIECE.min(column.len() - start));
                for key in piece.as_any_dictionary().normalized_keys() {
                    bytes = bytes.saturating_add(lengths[key]);
                }
            }
            bytes
        }
        // Of all others each row has its own bytes, and they were counted as they came.
        _ => column.to_data().get_slice_memory_size().unwrap_or(usize::MAX),
    }
}

/// What a decoder of a stranger's bytes gives. Arrow's takes some lengths in a message's
/// head at their word, and panics where they are wrong.
fn contained<T>(decode: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, String> {
    QUIET.call_once(|| {
        let other = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !DECODES.get() {
                other(panic);
            }
        }));
    });
    DECODES.set(true);
    let decoded = std::panic::catch_unwind(AssertUnwindSafe(decode));
    DECODES.set(false);
    match decoded {
        Ok(decoded) => decoded.map_err(|error| error.to_string()),
        Err(_) => Err("it is no Arrow stream: a length in it is wrong".to_owned()),
    }
}

/// Set up once: a panic of a decoder is an answer, and not one for the log.
static QUIET: Once = Once::new();

thread_local! {
    /// Whether this thread is decoding.
    static DECODES: Cell<bool> = const { Cell::new(false) };
}

/// What columns mean of which nothing is said: all are features.
fn plain(schema: &ArrowSchema) -> Result<Schema, String> {
    let columns = schema.fields().iter().map(|field| {
        let data_type = DataType::of_arrow(field.data_type())
            .ok_or_else(|| format!("the column `{}` is {}", field.name(), field.data_type()))?;
        let name = field.name().clone();
        let nullable = field.is_nullable();
        Ok(Column { name, data_type, role: Role::Feature, nullable, classes: None })
    });
    Ok(Schema {
        version: SCHEMA_VERSION,
        modality: Modality::Table,
        image: None,
        columns: columns.collect::<Result<_, String>>()?,
        fitted: Vec::new(),
    })
}

impl Writer {
    fn begin(artifact_type: &str, path: &Path, meaning: &str) -> Result<Self, String> {
        if artifact_type == "predictions" {
            let writer = predictions::Writer::take(path, meaning);
            return writer.map(Self::Predictions).map_err(|error| error.to_string());
        }
        let schema: Schema = serde_json::from_str(meaning).map_err(|error| {
            format!("what its schema says under `{MEANING}` is no dataset.json: {error}")
        })?;
        let writer = dataset::Writer::begin(path, &schema);
        writer.map(Self::Dataset).map_err(|error| error.to_string())
    }

    fn split(&self, name: &str) -> Result<Split, String> {
        match self {
            Self::Dataset(writer) => {
                let split = writer.split(name).map_err(|error| error.to_string())?;
                Ok(Split::Dataset(Box::new(split)))
            }
            Self::Predictions(writer) => {
                let split = writer.split(name).map_err(|error| error.to_string())?;
                Ok(Split::Predictions(Box::new(split)))
            }
        }
    }
}

/// What writes one split.
enum Split {
    Dataset(Box<dataset::SplitWriter>),
    Predictions(Box<predictions::SplitWriter>),
}

impl Split {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        match self {
            Self::Dataset(split) => split.write(batch).map_err(|error| error.to_string()),
            Self::Predictions(split) => split.write(batch).map_err(|error| error.to_string()),
        }
    }

    fn finish(self) -> Result<(), String> {
        match self {
            Self::Dataset(split) => split.finish().map_err(|error| error.to_string()),
            Self::Predictions(split) => split.finish().map_err(|error| error.to_string()),
        }
    }
}
