//! Record batches of one Arrow IPC file or stream, which others wrote.
//!
//! A file begins with `ARROW1` and lists its batches in a footer; a stream has them one
//! behind the other and ends with a mark. Invariant: one batch and the dictionaries are held
//! at a time. What a batch says of its sizes is looked at before room is taken ([`message`]):
//! it may have 1 GiB, and so may the dictionaries together. The decoder, which looks at every
//! value, is called through [`guard`](crate::guard) alone. Nothing is written here.

mod footer;
mod message;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::Block;
use arrow::ipc::reader::FileDecoder;
use arrow::record_batch::RecordBatch;

use crate::{guard, regular};
use message::{Holds, Looked, MOST_BYTES, large, wrong};

/// What a file begins with; a stream does not.
const MAGIC: &[u8] = b"ARROW1";

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArrowFileError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// The bytes are not Arrow IPC, or contradict themselves.
    #[error("{path}: not a readable Arrow file: {source}")]
    Arrow { path: PathBuf, source: ArrowError },
    /// The file asks for what it cannot hold.
    #[error("{path}: not a readable Arrow file: {source}")]
    Refused { path: PathBuf, source: io::Error },
    /// The decoder gave up on the bytes.
    #[error("{path}: not a readable Arrow file: the decoder stopped: {what}")]
    Panicked { path: PathBuf, what: String },
}

impl ArrowFileError {
    /// Whether the file is refused because it asks for too much.
    pub(crate) fn is_large(&self) -> bool {
        matches!(self, Self::Refused { source, .. }
            if source.kind() == io::ErrorKind::FileTooLarge)
    }
}

/// A file that is read.
pub(crate) struct ArrowFile {
    path: PathBuf,
    file: File,
    schema: SchemaRef,
    decoder: FileDecoder,
    messages: Messages,
    /// Bytes of each dictionary that is held.
    dictionaries: BTreeMap<i64, u64>,
}

/// What is still to be read.
enum Messages {
    /// Of a file: its dictionaries, and behind them its batches, as the footer lists them.
    Listed(VecDeque<Place>),
    /// Of a stream: what stands from this byte to the end of the file.
    Behind { at: u64, end: u64 },
}

/// Where a message stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    /// Bytes before its body, with those that say how many they are.
    head: u64,
    body: u64,
}

impl ArrowFile {
    /// Opens a file or a stream; the columns are known, no row is decoded.
    pub(crate) fn open(path: &Path) -> Result<Self, ArrowFileError> {
        let wrong = |error| refused(path, error);
        let mut file = regular::open(path).map_err(|source| io(path, source))?;
        let size = file.metadata().map_err(|source| io(path, source))?.len();
        let mut first = Vec::with_capacity(MAGIC.len());
        let begin = file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first);
        begin.map_err(|source| io(path, source))?;
        let (schema, version, messages) = if first == MAGIC {
            let listed = guarded(path, || footer::read(&mut file, size))?.map_err(wrong)?;
            (listed.schema, listed.version, Messages::Listed(listed.messages))
        } else {
            let place = message::next(&mut file, (0, size)).map_err(wrong)?;
            let place = place.ok_or_else(|| wrong(message::wrong("it has no schema")))?;
            let bytes = read(&mut file, place).map_err(wrong)?;
            let (schema, version) =
                guarded(path, || message::schema(&bytes, place.head))?.map_err(wrong)?;
            let at = place.at + place.head + place.body;
            (schema, version, Messages::Behind { at, end: size })
        };
        let decoder = FileDecoder::new(SchemaRef::clone(&schema), version);
        let path = path.to_owned();
        Ok(Self { path, file, schema, decoder, messages, dictionaries: BTreeMap::new() })
    }

    /// The columns, in the types of the file.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; nothing behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, ArrowFileError> {
        while let Some(place) = self.place().map_err(|error| refused(&self.path, error))? {
            let bytes = read(&mut self.file, place).map_err(|error| refused(&self.path, error))?;
            let path = self.path.clone();
            let decoded = guarded(&path, || self.decode(place, bytes))??;
            if decoded.is_some() {
                return Ok(decoded);
            }
        }
        Ok(None)
    }

    /// Where the next message stands.
    fn place(&mut self) -> io::Result<Option<Place>> {
        match &mut self.messages {
            Messages::Listed(places) => Ok(places.pop_front()),
            Messages::Behind { at, end } => {
                let place = message::next(&mut self.file, (*at, *end))?;
                *at = place.map_or(*end, |place| place.at + place.head + place.body);
                Ok(place)
            }
        }
    }

    /// A batch, or nothing of a dictionary, which is held.
    fn decode(
        &mut self,
        place: Place,
        bytes: Vec<u8>,
    ) -> Result<Option<RecordBatch>, ArrowFileError> {
        let looked = message::check(&bytes, place.head);
        let Looked { holds, bytes: unpacked } =
            looked.map_err(|error| refused(&self.path, error))?;
        let broken = |source| ArrowFileError::Arrow { path: self.path.clone(), source };
        // Of the block, the decoder asks where the body begins.
        let head = i32::try_from(place.head)
            .map_err(|_| refused(&self.path, wrong("a message without an end")))?;
        let block = Block::new(0, head, place.body as i64);
        let bytes = Buffer::from_vec(bytes);
        match holds {
            Holds::Rows => self.decoder.read_record_batch(&block, &bytes).map_err(broken),
            Holds::Dictionary { id, goes_on } => {
                let held = self.dictionaries.entry(id).or_default();
                *held = unpacked.saturating_add(if goes_on { *held } else { 0 });
                let all =
                    self.dictionaries.values().fold(0, |all: u64, one| all.saturating_add(*one));
                if all > MOST_BYTES {
                    let error = large("its dictionaries are larger than 1 GiB together");
                    return Err(refused(&self.path, error));
                }
                self.decoder.read_dictionary(&block, &bytes).map_err(broken)?;
                Ok(None)
            }
        }
    }
}

/// The bytes of a message.
fn read(file: &mut File, place: Place) -> io::Result<Vec<u8>> {
    let length = place.head.saturating_add(place.body);
    if length > MOST_BYTES {
        return Err(large("a batch of more than 1 GiB"));
    }
    file.seek(SeekFrom::Start(place.at))?;
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(wrong("it is cut off")) }
}

fn guarded<T>(path: &Path, decoder: impl FnOnce() -> T) -> Result<T, ArrowFileError> {
    guard::decode(decoder).map_err(|what| ArrowFileError::Panicked { path: path.to_owned(), what })
}

fn io(path: &Path, source: io::Error) -> ArrowFileError {
    ArrowFileError::Io { path: path.to_owned(), source }
}

fn refused(path: &Path, source: io::Error) -> ArrowFileError {
    ArrowFileError::Refused { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
