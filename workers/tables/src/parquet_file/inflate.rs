//! How many bytes a compressed page has, counted before the decoder believes its header.
//!
//! The decoders of gzip and Brotli write on until their input ends, whatever the header
//! said, and a few bytes can be gigabytes. So such a page is unpacked into nothing first,
//! and no further than the header says. The others take the header's size as a bound.

use std::io::{Read, Result, copy, sink};

use parquet::basic::Compression;

use super::thrift::large;

/// Snappy makes at most 64 bytes of three, LZ4 255 of one, DEFLATE 1032 of one.
const SNAPPY_RATIO: u64 = 22;
const LZ4_RATIO: u64 = 255;
const DEFLATE_RATIO: u64 = 1032;
/// What the smallest input may give.
const FREE: u64 = 64;
/// Bytes that are unpacked at once.
const BUFFER: usize = 64 << 10;

/// The most bytes that a codec makes of `compressed`.
pub(super) fn most(codec: Compression, compressed: u64) -> u64 {
    let ratio = match codec {
        Compression::UNCOMPRESSED => return compressed,
        Compression::SNAPPY => SNAPPY_RATIO,
        Compression::LZ4 | Compression::LZ4_RAW => LZ4_RATIO,
        Compression::GZIP(_) => DEFLATE_RATIO,
        // No fixed ratio: what is asked for in all is the bound.
        Compression::ZSTD(_) | Compression::BROTLI(_) | Compression::LZO => return u64::MAX,
    };
    compressed.saturating_mul(ratio).saturating_add(FREE)
}

/// Refuses a page of which more than `plain` bytes would be written.
pub(super) fn count(codec: Compression, page: impl Read, plain: u64) -> Result<()> {
    let most = plain.saturating_add(1);
    let counted = match codec {
        Compression::GZIP(_) => {
            copy(&mut flate2::read::MultiGzDecoder::new(page).take(most), &mut sink())
        }
        Compression::BROTLI(_) => {
            copy(&mut brotli::Decompressor::new(page, BUFFER).take(most), &mut sink())
        }
        _ => return Ok(()),
    };
    // What cannot be unpacked is told by the decoder, in its own words.
    match counted {
        Ok(counted) if counted > plain => Err(large("a page that is larger than it says")),
        _ => Ok(()),
    }
}
