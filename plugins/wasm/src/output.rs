//! [`Collected`]: an artifact that a plugin writes, stream by stream.
//!
//! Rows come in as an Arrow IPC stream and are written as Parquet while they come; what
//! is no such stream ends the run. Invariant: nothing is written outside of the output's
//! own path, whatever a stream is called; equal streams give equal bytes, however they
//! were cut into pieces.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use arrow::buffer::Buffer;
use arrow::datatypes::Schema as ArrowSchema;
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
    Rows { name: String, decoder: Box<StreamDecoder>, split: Option<Split> },
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

    /// Makes a stream; gives its index.
    pub fn create(&mut self, name: &str) -> Result<usize, PluginError> {
        let wrong = |reason: String| PluginError::output(&self.port, reason);
        if self.streams.len() >= MOST {
            return Err(wrong(format!("it has {MOST} streams; there is no room for `{name}`")));
        }
        if self.names.contains_key(name) {
            return Err(wrong(format!("the stream `{name}` is made twice")));
        }
        let stream = if self.has_rows() {
            let decoder = Box::new(StreamDecoder::new());
            Stream::Rows { name: name.to_owned(), decoder, split: None }
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
            Stream::Rows { name, decoder, split } => {
                let wrong = |error: &dyn std::fmt::Display| {
                    PluginError::output(&self.port, format!("the stream `{name}`: {error}"))
                };
                let mut buffer = Buffer::from_vec(bytes);
                while !buffer.is_empty() {
                    let decoded = decoder.decode(&mut buffer).map_err(|error| wrong(&error))?;
                    if split.is_none()
                        && let Some(schema) = decoder.schema()
                    {
                        let table = &mut self.table;
                        let opened = open(table, &self.artifact_type, &self.path, &schema, name);
                        *split = Some(opened.map_err(|error| wrong(&error))?);
                    }
                    if let (Some(batch), Some(split)) = (decoded, split.as_mut()) {
                        split.write(&batch).map_err(|error| wrong(&error))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Makes it whole.
    pub fn finish(self) -> Result<(), PluginError> {
        let port = &self.port;
        let wrong = |error: &dyn std::fmt::Display| PluginError::output(port, error);
        if self.streams.is_empty() {
            return Err(wrong(&"nothing was written to it"));
        }
        for stream in self.streams {
            match stream {
                Stream::File(_) => {}
                Stream::Rows { name, mut decoder, split, .. } => {
                    let whole = decoder.finish().map_err(|error| error.to_string());
                    let finished = whole.and_then(|()| match split {
                        Some(split) => split.finish(),
                        None => Err("it has no schema".to_owned()),
                    });
                    finished.map_err(|error| wrong(&format!("the stream `{name}`: {error}")))?;
                }
            }
        }
        Ok(())
    }
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
                    predictions::Writer::begin(path, &meaning).map_err(|error| error.to_string())?,
                ),
                _ => {
                    let schema: Schema =
                        serde_json::from_str(&meaning).map_err(|error| error.to_string())?;
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
