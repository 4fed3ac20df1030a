//! [`Input`]: an artifact as named streams of bytes.
//!
//! Rows go out as an Arrow IPC stream, made batch by batch as it is read, so that memory
//! is bounded whatever the artifact's size. Invariant: the same artifact gives the same
//! bytes; a name opens what the artifact holds, and nothing beside it.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_tables::dataset::{Dataset, Schema, WHOLE, WITHOUT_KEYS};
use ingot_tables::{predictions, source};

use crate::error::PluginError;

/// The key in an Arrow schema's metadata under which stands what the columns mean.
pub const MEANING: &str = "ingot";

/// Rows of a batch: enough that a call is cheap against its rows, few enough to fit a
/// processor's cache. A guest sees it: it moves only with
/// [`SEMANTICS`](crate::engine::SEMANTICS).
const ROWS: usize = 8_192;

/// One artifact on an input port.
pub struct Input {
    /// The port.
    pub port: String,
    /// The artifact type, as the plugin is told.
    pub artifact_type: String,
    content: Content,
}

/// Where the streams come from.
enum Content {
    Dataset {
        dataset: Dataset,
        meaning: String,
        splits: Vec<String>,
    },
    Predictions {
        path: PathBuf,
        meaning: String,
        splits: Vec<String>,
    },
    /// A source that is read as a dataset.
    Typed {
        meaning: String,
        batch: RecordBatch,
    },
    /// Stream -> file.
    Files(BTreeMap<String, PathBuf>),
}

impl Input {
    /// The artifact on a port of a request.
    pub fn of(port: &str, artifact: &ingot_protocol::Input) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| Failure::from(PluginError::input(port, error));
        let path = &artifact.path;
        let mut artifact_type = artifact.artifact_type.clone();
        let content = match artifact_type.as_str() {
            "dataset" => {
                let dataset = Dataset::open(path).map_err(|error| wrong(&error))?;
                let meaning = meaning(&dataset.schema).map_err(|error| wrong(&error))?;
                let splits = dataset.splits().map_err(|error| wrong(&error))?;
                Content::Dataset { dataset, meaning, splits }
            }
            "predictions" => {
                let meaning = predictions::about_text(path).map_err(|error| wrong(&error))?;
                let splits = predictions::splits(path).map_err(|error| wrong(&error))?;
                Content::Predictions { path: path.clone(), meaning, splits }
            }
            _ if artifact.format.is_some() => {
                let (schema, batch) = source::unpromised(artifact)?;
                artifact_type = "dataset".to_owned();
                let meaning = meaning(&schema).map_err(|error| wrong(&error))?;
                Content::Typed { meaning, batch }
            }
            _ => Content::Files(files(path).map_err(|error| wrong(&error))?),
        };
        Ok(Self { port: port.to_owned(), artifact_type, content })
    }

    /// An artifact of a plugin's own type, on no port.
    pub fn of_path(artifact_type: &str, path: &Path) -> Result<Self, PluginError> {
        let files = files(path).map_err(|error| PluginError::input(artifact_type, error))?;
        Ok(Self::of_files("", artifact_type, files))
    }

    /// An artifact whose streams are files.
    pub fn of_files(port: &str, artifact_type: &str, streams: BTreeMap<String, PathBuf>) -> Self {
        Self {
            port: port.to_owned(),
            artifact_type: artifact_type.to_owned(),
            content: Content::Files(streams),
        }
    }

    /// The names of its streams, sorted.
    pub fn streams(&self) -> Vec<String> {
        match &self.content {
            Content::Dataset { splits, .. } | Content::Predictions { splits, .. } => splits.clone(),
            Content::Typed { .. } => vec![WHOLE.to_owned()],
            Content::Files(files) => files.keys().cloned().collect(),
        }
    }

    /// Whether it has a stream that is called so.
    pub fn check(&self, name: &str) -> Result<(), PluginError> {
        let streams = self.streams();
        if streams.iter().any(|stream| stream == name) {
            return Ok(());
        }
        let reason = format!("there is no stream `{name}`; it has {}", streams.join(", "));
        Err(PluginError::input(&self.port, reason))
    }

    /// Opens a stream from its beginning.
    pub fn open(&self, name: &str) -> Result<Reader, PluginError> {
        self.check(name)?;
        let wrong = |error: &dyn std::fmt::Display| PluginError::input(&self.port, error);
        match &self.content {
            Content::Dataset { dataset, meaning, .. } => {
                let batches = dataset.batches(name, ROWS).map_err(|error| wrong(&error))?;
                // The interface is frozen without row keys; what a plugin writes is given some.
                let columns: Vec<usize> = (0..dataset.schema.columns.len()).collect();
                let batches = batches.map(move |batch| {
                    let batch = batch.map_err(|error| error.to_string())?;
                    batch.project(&columns).map_err(|error| error.to_string())
                });
                self.rows(dataset.schema.arrow(), meaning, Box::new(batches))
            }
            Content::Predictions { path, meaning, .. } => {
                let batches =
                    predictions::batches(path, name, ROWS).map_err(|error| wrong(&error))?;
                let schema = batches.schema().as_ref().clone();
                let batches = batches.map(|batch| batch.map_err(|error| error.to_string()));
                self.rows(schema, meaning, Box::new(batches))
            }
            Content::Typed { meaning, batch } => {
                let batches = std::iter::once(Ok(batch.clone()));
                self.rows(batch.schema().as_ref().clone(), meaning, Box::new(batches))
            }
            Content::Files(files) => {
                let path = files.get(name).map(PathBuf::as_path).unwrap_or(Path::new(""));
                let file = File::open(path).map_err(|error| wrong(&error))?;
                Ok(Reader { port: self.port.clone(), bytes: Bytes::File(file) })
            }
        }
    }

    fn rows(
        &self,
        schema: ArrowSchema,
        meaning: &str,
        batches: Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>,
    ) -> Result<Reader, PluginError> {
        let metadata: HashMap<String, String> = [(MEANING.to_owned(), meaning.to_owned())].into();
        let schema: SchemaRef = Arc::new(schema.with_metadata(metadata));
        let writer = StreamWriter::try_new(Vec::new(), &schema)
            .map_err(|error| PluginError::input(&self.port, error))?;
        let rows = Rows { batches, writer: Some(writer), ready: Vec::new(), at: 0 };
        Ok(Reader { port: self.port.clone(), bytes: Bytes::Rows(Box::new(rows)) })
    }
}

/// What a guest is told of a dataset: the interface is frozen at rows without keys.
fn meaning(schema: &Schema) -> serde_json::Result<String> {
    serde_json::to_string(&Schema { version: WITHOUT_KEYS, ..schema.clone() })
}

/// Every file of an artifact, by its path in it; one file is the stream with no name.
fn files(path: &Path) -> std::io::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    if !path.is_dir() {
        files.insert(String::new(), path.to_owned());
        return Ok(files);
    }
    let mut open = vec![(String::new(), path.to_owned())];
    while let Some((prefix, folder)) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            // The store keeps no name that is not UTF-8.
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.path() {
                below if below.is_dir() => open.push((format!("{name}/"), below)),
                file => drop(files.insert(name, file)),
            }
        }
    }
    Ok(files)
}

/// A stream that is being read.
pub struct Reader {
    port: String,
    bytes: Bytes,
}

enum Bytes {
    File(File),
    Rows(Box<Rows>),
}

impl Reader {
    /// The next bytes, `max` at most; none at the end.
    pub fn read(&mut self, max: usize) -> Result<Vec<u8>, PluginError> {
        let wrong = |error: &dyn std::fmt::Display| PluginError::input(&self.port, error);
        match &mut self.bytes {
            Bytes::File(file) => {
                let mut bytes = Vec::with_capacity(max);
                let limit = max as u64;
                file.take(limit).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
                Ok(bytes)
            }
            Bytes::Rows(rows) => rows.read(max).map_err(|error| wrong(&error)),
        }
    }
}

/// Rows as an Arrow IPC stream, one batch in memory.
struct Rows {
    batches: Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>,
    /// Nothing once the stream has ended.
    writer: Option<StreamWriter<Vec<u8>>>,
    ready: Vec<u8>,
    at: usize,
}

impl Rows {
    fn read(&mut self, max: usize) -> Result<Vec<u8>, String> {
        while self.at == self.ready.len() {
            let Some(writer) = &mut self.writer else { return Ok(Vec::new()) };
            self.ready.clear();
            self.at = 0;
            match self.batches.next() {
                Some(batch) => {
                    writer.write(&batch?).map_err(|error| error.to_string())?;
                    std::mem::swap(writer.get_mut(), &mut self.ready);
                }
                None => {
                    writer.finish().map_err(|error| error.to_string())?;
                    std::mem::swap(writer.get_mut(), &mut self.ready);
                    self.writer = None;
                }
            }
        }
        let end = self.ready.len().min(self.at + max);
        let bytes = self.ready[self.at..end].to_vec();
        self.at = end;
        Ok(bytes)
    }
}
