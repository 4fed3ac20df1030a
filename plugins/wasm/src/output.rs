//! [`Collected`]: an artifact that a plugin writes, stream by stream.
//!
//! Rows come in as an Arrow IPC stream and are written as Parquet while they come; what
//! is no such stream ends the run. Invariant: nothing is written outside of the output's
//! own path, whatever a stream is called; equal streams give equal bytes, however they
//! were cut into pieces.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Once;

use arrow::array::{Array, AsArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType as ArrowType, Schema as ArrowSchema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::record_batch::RecordBatch;
use ingot_data::dataset::{self, Column, DataType, Modality, Role, SCHEMA_VERSION, Schema};
use ingot_data::predictions;

use crate::error::PluginError;
use crate::input::MEANING;

/// Longest name of a stream.
const LONGEST: usize = 200;
/// Most streams of one output.
const MOST: usize = 100_000;
/// Most bytes of one batch of rows: it is held in memory, and so is what is made of it.
const BATCH: usize = 256 << 20;

/// What a guest has hold of: an output, by its index in the request.
pub struct Output {
    /// The index.
    pub index: usize,
}

/// What a guest has hold of: a stream of an output.
#[derive(Clone, Copy)]
pub struct Writer {
    /// The output's index.
    pub output: usize,
    /// The stream's index.
    pub stream: usize,
}

/// An output, as far as it is written.
pub struct Collected {
    /// The port.
    pub port: String,
    /// The artifact type.
    pub artifact_type: String,
    path: PathBuf,
    /// Whether streams are kept as they come, in files called by their number.
    raw: bool,
    names: BTreeMap<String, usize>,
    streams: Vec<Stream>,
    table: Option<Table>,
}

/// One stream of it.
enum Stream {
    File(File),
    Rows(Box<Rows>),
    /// It was let go of, and is whole.
    Closed,
}

/// A stream of rows.
struct Rows {
    name: String,
    decoder: StreamDecoder,
    split: Option<Split>,
    /// Bytes since the batch before.
    pending: usize,
}

/// A folder of rows: what its columns mean is known with its first stream.
struct Table {
    meaning: String,
    writer: TableWriter,
}

enum TableWriter {
    Dataset(dataset::Writer),
    Predictions(predictions::Writer),
}

enum Split {
    Dataset(Box<dataset::SplitWriter>),
    Predictions(Box<predictions::SplitWriter>),
}

impl Collected {
    /// An output of which nothing is written.
    pub fn new(port: &str, artifact_type: &str, path: PathBuf) -> Self {
        Self {
            port: port.to_owned(),
            artifact_type: artifact_type.to_owned(),
            path,
            raw: false,
            names: BTreeMap::new(),
            streams: Vec::new(),
            table: None,
        }
    }

    /// The same, of which the bytes are kept as they come: for a plugin's own tests.
    pub fn raw(port: &str, artifact_type: &str, path: PathBuf) -> Self {
        Self { raw: true, ..Self::new(port, artifact_type, path) }
    }

    /// Whether nothing is written to it.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// The names of its streams, in the order in which they were made.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<(&usize, &str)> =
            self.names.iter().map(|(name, index)| (index, name.as_str())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    fn has_rows(&self) -> bool {
        !self.raw && matches!(self.artifact_type.as_str(), "dataset" | "predictions")
    }

    /// Whether a stream of this name can be made: the same on any machine.
    pub fn check(&self, name: &str) -> Result<(), PluginError> {
        let wrong = |reason: String| PluginError::output(&self.port, reason);
        if self.streams.len() >= MOST {
            return Err(wrong(format!("it has {MOST} streams; there is no room for `{name}`")));
        }
        if self.names.contains_key(name) {
            return Err(wrong(format!("the stream `{name}` is made twice")));
        }
        match self.has_rows() {
            true => Ok(()),
            false => self.place(name).map(drop).map_err(wrong),
        }
    }

    /// Makes a stream; gives its index.
    pub fn create(&mut self, name: &str) -> Result<usize, PluginError> {
        self.check(name)?;
        let wrong = |reason: String| PluginError::output(&self.port, reason);
        let stream = if self.has_rows() {
            let decoder = StreamDecoder::new();
            Stream::Rows(Box::new(Rows { name: name.to_owned(), decoder, split: None, pending: 0 }))
        } else {
            let file = self.place(name).map_err(wrong)?;
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
            }
            let file = File::options().write(true).create_new(true).open(&file);
            Stream::File(file.map_err(|error| wrong(format!("`{name}`: {error}")))?)
        };
        self.names.insert(name.to_owned(), self.streams.len());
        self.streams.push(stream);
        Ok(self.streams.len() - 1)
    }

    /// Where a file of it stands.
    fn place(&self, name: &str) -> Result<PathBuf, String> {
        if self.raw {
            return Ok(self.path.join(self.streams.len().to_string()));
        }
        if name.is_empty() {
            return match self.names.is_empty() {
                true => Ok(self.path.clone()),
                false => Err("it is a folder already: a stream needs a name".to_owned()),
            };
        }
        if self.names.contains_key("") {
            return Err("it is one file already: a second stream has no place".to_owned());
        }
        let of_name = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0', ':'])
        };
        if name.len() > LONGEST
            || name.chars().any(char::is_control)
            || !name.split('/').all(of_name)
        {
            let shown: String = name.chars().take(LONGEST).collect();
            return Err(format!("`{}` is no name of a file in a folder", shown.escape_debug()));
        }
        let file = name.match_indices('/').map(|(at, _)| &name[..at]);
        if let Some(file) = file.clone().find(|above| self.names.contains_key(*above)) {
            return Err(format!("`{name}` would stand in `{file}`, which is a file"));
        }
        let below = format!("{name}/");
        if self
            .names
            .range(below.clone()..)
            .next()
            .is_some_and(|(next, _)| next.starts_with(&below))
        {
            return Err(format!("`{name}` is a folder already"));
        }
        Ok(self.path.join(name))
    }

    /// Adds bytes to a stream.
    pub fn write(&mut self, stream: usize, bytes: Vec<u8>) -> Result<(), PluginError> {
        let Some(stream) = self.streams.get_mut(stream) else {
            return Err(PluginError::output(&self.port, "there is no such stream"));
        };
        match stream {
            Stream::File(file) => {
                file.write_all(&bytes).map_err(|error| PluginError::output(&self.port, error))
            }
            Stream::Rows(rows) => {
                let written = rows.write(&mut self.table, &self.artifact_type, &self.path, bytes);
                written.map_err(|reason| {
                    PluginError::output(&self.port, format!("the stream `{}`: {reason}", rows.name))
                })
            }
            Stream::Closed => Err(PluginError::output(&self.port, "the stream is closed")),
        }
    }

    /// Lets go of a stream that is whole.
    pub fn close(&mut self, stream: usize) -> Result<(), PluginError> {
        let Some(stream) = self.streams.get_mut(stream) else { return Ok(()) };
        match std::mem::replace(stream, Stream::Closed) {
            Stream::File(_) | Stream::Closed => Ok(()),
            Stream::Rows(rows) => {
                let name = rows.name.clone();
                rows.finish().map_err(|reason| {
                    PluginError::output(&self.port, format!("the stream `{name}`: {reason}"))
                })
            }
        }
    }

    /// Makes it whole.
    pub fn finish(mut self) -> Result<(), PluginError> {
        if self.streams.is_empty() {
            return Err(PluginError::output(&self.port, "nothing was written to it"));
        }
        (0..self.streams.len()).try_for_each(|stream| self.close(stream))
    }
}

impl Rows {
    fn write(
        &mut self,
        table: &mut Option<Table>,
        artifact_type: &str,
        path: &std::path::Path,
        bytes: Vec<u8>,
    ) -> Result<(), String> {
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
                self.split = Some(open(table, artifact_type, path, &schema, &self.name)?);
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

    fn finish(mut self) -> Result<(), String> {
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

/// Opens a split, with the folder where it is the first one.
fn open(
    table: &mut Option<Table>,
    artifact_type: &str,
    path: &std::path::Path,
    schema: &ArrowSchema,
    split: &str,
) -> Result<Split, String> {
    let meaning = match schema.metadata().get(MEANING) {
        Some(meaning) => meaning.clone(),
        None if artifact_type == "predictions" => {
            return Err(format!("its schema says nothing under `{MEANING}`"));
        }
        None => serde_json::to_string(&plain(schema)?).map_err(|error| error.to_string())?,
    };
    let table = match table {
        Some(table) if table.meaning == meaning => table,
        Some(_) => return Err("its columns are not those of the stream before it".to_owned()),
        None => {
            let writer = match artifact_type {
                "predictions" => TableWriter::Predictions(
                    predictions::Writer::begin(path, &meaning)
                        .map_err(|error| error.to_string())?,
                ),
                _ => {
                    let schema: Schema = serde_json::from_str(&meaning).map_err(|error| {
                        format!(
                            "what its schema says under `{MEANING}` is no dataset.json: {error}"
                        )
                    })?;
                    TableWriter::Dataset(
                        dataset::Writer::begin(path, &schema).map_err(|error| error.to_string())?,
                    )
                }
            };
            table.insert(Table { meaning, writer })
        }
    };
    match &table.writer {
        TableWriter::Dataset(writer) => {
            let split = writer.split(split).map_err(|error| error.to_string())?;
            Ok(Split::Dataset(Box::new(split)))
        }
        TableWriter::Predictions(writer) => {
            let split = writer.split(split).map_err(|error| error.to_string())?;
            Ok(Split::Predictions(Box::new(split)))
        }
    }
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
    })
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
