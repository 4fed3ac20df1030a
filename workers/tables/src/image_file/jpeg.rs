//! JPEG, baseline and progressive, grey or colour. What is behind its end is not asked for,
//! but it must have one: a decoder would fill up what was cut off.

use std::io::BufReader;
use std::path::Path;

use zune_core::bytestream::{ZByteReaderTrait, ZCursor};
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{ImageFileError, MOST_VALUES, Size, changed};
use crate::regular;

/// The mark at the end.
const END: &[u8] = b"\xff\xd9";
/// A side has at most so many pixels, by the format.
const MOST_SIDE: usize = 65_535;

/// The size that a file says.
pub(super) fn size(path: &Path) -> Result<Size, ImageFileError> {
    let file = BufReader::new(regular::open(path)?);
    Ok(header(&mut JpegDecoder::new_with_options(file, options()))?.0)
}

/// The values of the pixels, one pixel behind the other.
pub(super) fn pixels(path: &Path, size: Size) -> Result<Vec<u8>, ImageFileError> {
    let bytes = regular::read(path, MOST_VALUES)?;
    let filled = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if !bytes.get(..filled).is_some_and(|bytes| bytes.ends_with(END)) {
        let message = "not a readable JPEG: it is cut off: the mark of its end is not there";
        return Err(ImageFileError::Damaged(message.into()));
    }
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options());
    let (found, colours) = header(&mut decoder)?;
    if found != size {
        return Err(changed());
    }
    decoder.set_options(options().jpeg_set_out_colorspace(colours));
    let values = decoder.decode().map_err(damaged)?; // (height, width, channels)
    let wanted = [size.height, size.width, size.channels].map(|side| side as usize);
    if values.len() == wanted.iter().product::<usize>() { Ok(values) } else { Err(changed()) }
}

/// The size, and the colours of the pixels.
fn header<T: ZByteReaderTrait>(
    decoder: &mut JpegDecoder<T>,
) -> Result<(Size, ColorSpace), ImageFileError> {
    decoder.decode_headers().map_err(damaged)?;
    let about = decoder.info().zip(decoder.input_colorspace());
    let Some((about, colours)) = about else { return Err(changed()) };
    let (channels, colours) = match colours {
        ColorSpace::Luma => (1, ColorSpace::Luma),
        ColorSpace::YCbCr | ColorSpace::RGB => (3, ColorSpace::RGB),
        other => {
            let message = format!("the image's colours are {other:?}, not grey or RGB");
            return Err(ImageFileError::Refused(message));
        }
    };
    let size = Size { height: about.height.into(), width: about.width.into(), channels };
    Ok((size.checked()?, colours))
}

fn options() -> DecoderOptions {
    DecoderOptions::default()
        .set_use_unsafe(false)
        .set_strict_mode(true)
        .set_max_width(MOST_SIDE)
        .set_max_height(MOST_SIDE)
}

fn damaged(error: DecodeErrors) -> ImageFileError {
    ImageFileError::Damaged(format!("not a readable JPEG: {error}"))
}
