//! A text file as a stream of bytes, unpacked where its first bytes say that it is packed.
//!
//! Known are gzip (several members too) and zstd. Invariant: what comes out is all of what
//! was packed, or an error that says what is wrong with the packing ([`Packing`]); no more
//! comes out than [`MOST_BYTES`] and [`MOST_RATIO`] for each byte of the file.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::regular;

/// What any file may become.
const MOST_BYTES: u64 = 1 << 30;
/// What each byte of a file may become beyond that.
const MOST_RATIO: u64 = 256;
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// What is wrong with how a file is packed; an [`io::Error`] holds it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Packing {
    /// The stream contradicts itself or ends too early.
    #[error("the {how} stream is damaged or cut off: {source}")]
    Damaged {
        /// By what it is packed.
        how: &'static str,
        /// The library's reason.
        source: io::Error,
    },
    /// More came out than a file of this size may hold.
    #[error("the {how} stream unpacks to more than {most} bytes")]
    TooMuch {
        /// By what it is packed.
        how: &'static str,
        /// The bound.
        most: u64,
    },
}

impl Packing {
    /// The packing that an error is about.
    pub(super) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    /// Code and help.
    pub(super) fn told(&self) -> (&'static str, &'static str) {
        match self {
            Self::Damaged { .. } => ("D0219", "pack the file again, or ask whoever made it"),
            Self::TooMuch { .. } => ("D0220", "unpack it, or write it as several smaller files"),
        }
    }
}

/// What is wrong with how a file is packed, be it behind what was read of it: a byte that
/// changed shows at the stream's end, when what came out was made no sense of long before.
pub(super) fn damage(path: &Path) -> Option<Packing> {
    let mut file = open(path).ok()?;
    let error = io::copy(&mut file, &mut io::sink()).err()?;
    error.into_inner()?.downcast().ok().map(|packing| *packing)
}

/// Opens a file; what is packed is unpacked as it is read.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut file = regular::open(path)?;
    let most = MOST_BYTES.saturating_add(file.metadata()?.len().saturating_mul(MOST_RATIO));
    let mut first = Vec::with_capacity(ZSTD.len());
    file.by_ref().take(ZSTD.len() as u64).read_to_end(&mut first)?;
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(first.clone()).chain(file);
    if first.starts_with(GZIP) {
        let inner = MultiGzDecoder::new(BufReader::new(whole));
        return Ok(Box::new(Unpacked { how: "gzip", inner, left: most, most }));
    }
    if first == ZSTD {
        let inner = zstd::stream::read::Decoder::new(whole)?;
        return Ok(Box::new(Unpacked { how: "zstd", inner, left: most, most }));
    }
    Ok(Box::new(whole))
}

/// What comes out of a packed file.
struct Unpacked<R> {
    how: &'static str,
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let how = self.how;
        let read = self.inner.read(buffer).map_err(|source| match source.kind() {
            io::ErrorKind::Interrupted => source,
            _ => io::Error::other(Packing::Damaged { how, source }),
        })?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Packing::TooMuch { how, most: self.most }))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        let mut all = Vec::new();
        let read = open(&path).unwrap().read_to_end(&mut all);
        read.map(|_| all)
            .map_err(|error| format!("{}: {error}", Packing::of(&error).unwrap().told().0))
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_packed_comes_out_whole_or_not_at_all() {
        let text = b"a,b\n1,2\n".repeat(1000);
        assert_eq!(read(&text).unwrap(), text);
        assert_eq!(read(b"").unwrap(), b"");
        assert_eq!(read(&zstd::encode_all(&text[..], 3).unwrap()).unwrap(), text);
        let two = [gzip(&text), gzip(b"3,4\n")].concat();
        assert_eq!(read(&two).unwrap(), [&text[..], b"3,4\n"].concat());
        for packed in [gzip(&text), zstd::encode_all(&text[..], 3).unwrap()] {
            for length in [packed.len() - 1, packed.len() / 2, 5] {
                let error = read(&packed[..length]).unwrap_err();
                assert!(error.starts_with("D0219"), "{length}: {error}");
            }
        }
        // Gzip has a checksum of what was packed; zstd has one where its writer asked for it.
        let mut damaged = gzip(&text);
        let last = damaged.len() - 6;
        damaged[last] ^= 0xff;
        assert!(read(&damaged).is_err());
    }
}
