//! Messages of Arrow IPC, looked at before the decoder believes them.
//!
//! The decoder takes room for as many bytes as a packed buffer says, and writes LZ4 on until
//! its input ends, whatever was said. So what a batch's buffers say is added up here, and LZ4
//! is unpacked into nothing first where it could become too much.

use std::fs::File;
use std::io::{self, Error, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::{
    CompressionType, Endianness, Message, MetadataVersion, RecordBatch, root_as_message,
};

use super::Place;

/// Most bytes that a batch becomes.
pub(super) const MOST_BYTES: u64 = 1 << 30;
/// Most bytes of a message before its body, and of a footer.
pub(super) const MOST_HEAD: u64 = 64 << 20;
/// Most rows of a batch: a column without values takes no byte for a row.
const MOST_ROWS: i64 = 1 << 30;
/// What LZ4 makes of a byte at the most.
const LZ4_RATIO: u64 = 255;
/// Stands before the length of a message, since version 0.15.
const MARK: [u8; 4] = [0xff; 4];
/// What a packed buffer begins with: how many bytes it becomes.
const SAID: usize = 8;
/// What is said of bytes that are not packed.
const PLAIN: i64 = -1;

/// What was seen of a message.
pub(super) struct Looked {
    pub(super) holds: Holds,
    /// What its buffers become.
    pub(super) bytes: u64,
}

/// What a message holds.
pub(super) enum Holds {
    /// Rows.
    Rows,
    /// Values of a dictionary; `goes_on` where those before stay.
    Dictionary { id: i64, goes_on: bool },
}

/// Finds the message at a byte of a stream; nothing at its end, which a mark says.
pub(super) fn next(file: &mut File, (at, end): (u64, u64)) -> io::Result<Option<Place>> {
    let cut = || wrong("it ends without the mark of its end: it is cut off");
    let number = |file: &mut File| {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).map_err(|_| cut()).map(|()| bytes)
    };
    file.seek(SeekFrom::Start(at))?;
    let (mut length, mut before) = (number(file)?, 4);
    if length == MARK {
        (length, before) = (number(file)?, 8);
    }
    let length = u64::from(u32::from_le_bytes(length));
    if length == 0 {
        return if at + before == end {
            Ok(None)
        } else {
            Err(wrong("bytes stand behind its end"))
        };
    }
    let head = before + length;
    if length > MOST_HEAD || head > end - at {
        return Err(wrong("a message is longer than the file: it is cut off, or no Arrow"));
    }
    let mut bytes = vec![0; head as usize];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    let body = message(&bytes, head)?.bodyLength();
    let body = u64::try_from(body).ok().filter(|body| *body <= end - at - head);
    let body = body.ok_or_else(|| wrong("a message is longer than the file: it is cut off"))?;
    Ok(Some(Place { at, head, body }))
}

/// The columns that the first message of a stream says.
pub(super) fn schema(bytes: &[u8], head: u64) -> io::Result<(SchemaRef, MetadataVersion)> {
    let message = message(bytes, head)?;
    let schema = message.header_as_schema().ok_or_else(|| wrong("it begins without a schema"))?;
    if schema.endianness() != Endianness::Little {
        return Err(wrong("its numbers have their first byte first"));
    }
    Ok((Arc::new(fb_to_schema(schema)), message.version()))
}

/// Whether what a message says of its sizes can be, and is allowed.
pub(super) fn check(bytes: &[u8], head: u64) -> io::Result<Looked> {
    let message = message(bytes, head)?;
    let body = bytes.get(head as usize..).unwrap_or_default();
    if let Some(batch) = message.header_as_record_batch() {
        return Ok(Looked { holds: Holds::Rows, bytes: unpacked(batch, body)? });
    }
    let Some(dictionary) = message.header_as_dictionary_batch() else {
        return Err(wrong("a message that holds neither rows nor a dictionary"));
    };
    let batch = dictionary.data().ok_or_else(|| wrong("a dictionary without values"))?;
    let holds = Holds::Dictionary { id: dictionary.id(), goes_on: dictionary.isDelta() };
    Ok(Looked { holds, bytes: unpacked(batch, body)? })
}

/// The message itself, which stands behind its length.
fn message(bytes: &[u8], head: u64) -> io::Result<Message<'_>> {
    let before = if bytes.starts_with(&MARK) { 8 } else { 4 };
    let head = bytes.get(before..head as usize).ok_or_else(|| wrong("a message without a head"))?;
    root_as_message(head).map_err(|error| wrong(error.to_string()))
}

/// How many bytes the buffers of a batch become.
fn unpacked(batch: RecordBatch<'_>, body: &[u8]) -> io::Result<u64> {
    let lengths = batch.nodes().into_iter().flatten().flat_map(|node| {
        let nulls = if node.null_count() > node.length() { -1 } else { node.null_count() };
        [node.length(), nulls]
    });
    for length in lengths.chain([batch.length()]) {
        match length {
            ..0 => return Err(wrong("a column of fewer than no rows")),
            length if length > MOST_ROWS => return Err(large("a batch of more than 2^30 rows")),
            _ => {}
        }
    }
    let codec = batch.compression().map(|compression| compression.codec());
    let mut all: u64 = 0;
    for buffer in batch.buffers().into_iter().flatten() {
        let range =
            usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let range = range.and_then(|(start, length)| Some(start..start.checked_add(length)?));
        let bytes = range.and_then(|range| body.get(range));
        let bytes = bytes.ok_or_else(|| wrong("a column stands outside of its batch"))?;
        let plain = match codec {
            Some(codec) if !bytes.is_empty() => said(codec, bytes)?,
            _ => bytes.len() as u64,
        };
        all = all.saturating_add(plain);
        if all > MOST_BYTES {
            return Err(large("a batch becomes more than 1 GiB"));
        }
    }
    Ok(all)
}

/// How many bytes a packed buffer becomes.
fn said(codec: CompressionType, bytes: &[u8]) -> io::Result<u64> {
    let (said, packed) =
        bytes.split_first_chunk::<SAID>().ok_or_else(|| wrong("a packed column without a size"))?;
    let said = match i64::from_le_bytes(*said) {
        PLAIN => return Ok(packed.len() as u64),
        said => u64::try_from(said).map_err(|_| wrong("a column of fewer than no bytes"))?,
    };
    let most = (packed.len() as u64).saturating_mul(LZ4_RATIO);
    if codec == CompressionType::LZ4_FRAME && said <= MOST_BYTES && most > MOST_BYTES {
        let mut plain = lz4_flex::frame::FrameDecoder::new(packed).take(said.saturating_add(1));
        // What cannot be unpacked is told by the decoder, in its own words.
        if io::copy(&mut plain, &mut io::sink()).is_ok_and(|plain| plain > said) {
            return Err(large("a column that is larger than it says"));
        }
    }
    Ok(said)
}

/// What contradicts itself.
pub(super) fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, what.into())
}

/// What asks for too much.
pub(super) fn large(what: &str) -> Error {
    Error::new(ErrorKind::FileTooLarge, what)
}
