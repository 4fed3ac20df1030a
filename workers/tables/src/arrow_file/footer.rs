//! The footer of an Arrow file: the columns, and where dictionaries and batches stand.
//!
//! Invariant: what it lists lies between the file's beginning and the footer, and is no more
//! than the file has; so no part of a file is read over and over.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::{Block, Endianness, MetadataVersion, root_as_footer};

use super::Place;
use super::message::{MOST_HEAD, large, wrong};

/// The footer's length and the magic behind it.
const TAIL: u64 = 10;

/// What a footer says.
pub(super) struct Listed {
    pub(super) schema: SchemaRef,
    pub(super) version: MetadataVersion,
    /// The dictionaries, and behind them the batches.
    pub(super) messages: VecDeque<Place>,
}

/// Reads the footer of a file of `size` bytes.
pub(super) fn read(file: &mut File, size: u64) -> io::Result<Listed> {
    let body = size.checked_sub(TAIL).ok_or_else(|| wrong("it is shorter than a footer"))?;
    let mut tail = [0; TAIL as usize];
    file.seek(SeekFrom::Start(body))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *b"ARROW1" {
        return Err(wrong("it does not end as an Arrow file does"));
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let begin = body.checked_sub(length).ok_or_else(|| wrong("its footer is longer than it"))?;
    if length > MOST_HEAD {
        return Err(large("its footer is larger than 64 MiB"));
    }
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    let footer = root_as_footer(&bytes).map_err(|error| wrong(error.to_string()))?;
    let schema = footer.schema().ok_or_else(|| wrong("its footer has no schema"))?;
    if schema.endianness() != Endianness::Little {
        return Err(wrong("its numbers have their first byte first"));
    }
    let blocks = footer.dictionaries().into_iter().flatten();
    let blocks = blocks.chain(footer.recordBatches().into_iter().flatten());
    let messages: VecDeque<Place> =
        blocks.map(|block| place(block, begin)).collect::<io::Result<_>>()?;
    let all = messages.iter().fold(0u64, |all, place| all.saturating_add(place.head + place.body));
    if all > begin {
        return Err(wrong("its footer lists more than the file has"));
    }
    let schema = Arc::new(fb_to_schema(schema));
    Ok(Listed { schema, version: footer.version(), messages })
}

/// Where a message stands that ends before `end`.
fn place(block: &Block, end: u64) -> io::Result<Place> {
    let outside = || wrong("its footer lists what is not in the file");
    let number = |number: i64| u64::try_from(number).map_err(|_| outside());
    let place = Place {
        at: number(block.offset())?,
        head: number(block.metaDataLength().into())?,
        body: number(block.bodyLength())?,
    };
    let stops = place.at.saturating_add(place.head).saturating_add(place.body);
    if stops > end { Err(outside()) } else { Ok(place) }
}
