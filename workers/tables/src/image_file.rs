//! One picture, PNG or JPEG, as raw pixels: what a dataset holds of an image.
//!
//! Its first bytes say which of both it is, not its name. Invariant: the pixels are those
//! that the file has, on each machine the same: a PNG is exact, and a JPEG is decoded by the
//! whole numbers of one decoder without the paths that it has for single machines. What
//! would lose something (16 bits, alpha, CMYK) is refused by name. A picture has at most
//! [`MOST_VALUES`], which its header says before room is taken; decoders are called through
//! [`guard`](crate::guard) alone.

mod jpeg;
mod png;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::dataset::Image;
use crate::{guard, regular};

/// Most values of a picture, a byte each.
const MOST_VALUES: u64 = 64 << 20;
/// What both kinds begin with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Why a picture could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageFileError {
    /// The file system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is neither of both, is cut off or contradicts itself.
    #[error("{0}")]
    Damaged(String),
    /// It has more than a byte a value, or another colour than grey or RGB.
    #[error("{0}")]
    Refused(String),
    /// It is larger than a picture may be.
    #[error("the image is larger than {} MiB", MOST_VALUES >> 20)]
    Large,
    /// The decoder gave up on the bytes.
    #[error("the decoder stopped: {0}")]
    Panicked(String),
}

/// A picture whose size is known.
pub(crate) struct ImageFile {
    path: PathBuf,
    kind: Kind,
    /// Its size, for a dataset's column of this name.
    pub(crate) image: Image,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Png,
    Jpeg,
}

/// Height, width and the values of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    height: u32,
    width: u32,
    /// 1 of grey, 3 of RGB.
    channels: u32,
}

impl ImageFile {
    /// Looks at the header of a picture.
    pub(crate) fn open(path: &Path, column: &str) -> Result<Self, ImageFileError> {
        let mut first = Vec::with_capacity(PNG.len());
        regular::open(path)?.take(PNG.len() as u64).read_to_end(&mut first)?;
        let kind = match first {
            first if first == PNG => Kind::Png,
            first if first.starts_with(JPEG) => Kind::Jpeg,
            first if first.is_empty() => {
                return Err(ImageFileError::Damaged("the file is empty".into()));
            }
            _ => return Err(ImageFileError::Damaged("it is no PNG and no JPEG".into())),
        };
        let size = guarded(|| match kind {
            Kind::Png => png::size(path),
            Kind::Jpeg => jpeg::size(path),
        })?;
        let Size { height, width, channels } = size.checked()?;
        let image = Image { column: column.to_owned(), height, width, channels };
        Ok(Self { path: path.to_owned(), kind, image })
    }

    /// The values: those of the first channel line by line, and so on.
    pub(crate) fn pixels(&self) -> Result<Vec<u8>, ImageFileError> {
        let Image { height, width, channels, .. } = self.image;
        let size = Size { height, width, channels };
        let values = guarded(|| match self.kind {
            Kind::Png => png::pixels(&self.path, size),
            Kind::Jpeg => jpeg::pixels(&self.path, size),
        })?; // (height, width, channels)
        let channels = channels as usize;
        let every = (0..channels).flat_map(|channel| values.iter().skip(channel).step_by(channels));
        Ok(every.copied().collect()) // (channels, height, width)
    }
}

impl Size {
    /// A size that a picture may have.
    fn checked(self) -> Result<Self, ImageFileError> {
        let pixels = u64::from(self.height).saturating_mul(self.width.into());
        match pixels.saturating_mul(self.channels.into()) {
            0 => Err(ImageFileError::Damaged("the image has no pixel".into())),
            values if values > MOST_VALUES => Err(ImageFileError::Large),
            _ => Ok(self),
        }
    }
}

fn guarded<T>(decoder: impl FnOnce() -> Result<T, ImageFileError>) -> Result<T, ImageFileError> {
    guard::decode(decoder).map_err(ImageFileError::Panicked)?
}

/// What is said where a file is another one than when its header was looked at.
fn changed() -> ImageFileError {
    ImageFileError::Damaged("the file changed while it was read".into())
}

#[cfg(test)]
mod tests;
