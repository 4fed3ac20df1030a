//! PNG. Grey and palettes of fewer than 8 bits are widened, an alpha that hides nothing is
//! left out; checksums are looked at.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use png::{
    BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits, Reader, Transformations,
};

use super::{ImageFileError, MOST_VALUES, Size, changed};
use crate::regular;

/// What is hidden nowhere.
const OPAQUE: u8 = 255;

/// The size that a file says.
pub(super) fn size(path: &Path) -> Result<Size, ImageFileError> {
    size_of(&open(path)?)
}

/// The values of the pixels, one pixel behind the other.
pub(super) fn pixels(path: &Path, size: Size) -> Result<Vec<u8>, ImageFileError> {
    let mut reader = open(path)?;
    if size_of(&reader)? != size {
        return Err(changed());
    }
    let bytes = reader.output_buffer_size().ok_or(ImageFileError::Large)?;
    let mut values = vec![0; bytes]; // (height, width, channels, and alpha)
    reader.next_frame(&mut values).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    let channels = match reader.output_color_type().0 {
        ColorType::GrayscaleAlpha => 1,
        ColorType::Rgba => 3,
        _ => return Ok(values),
    };
    let pixels = values.chunks_exact(channels + 1);
    if pixels.clone().any(|pixel| pixel.last() != Some(&OPAQUE)) {
        return Err(ImageFileError::Refused("the image has pixels that are transparent".into()));
    }
    Ok(pixels.flat_map(|pixel| pixel.iter().take(channels)).copied().collect())
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, ImageFileError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(BufReader::new(regular::open(path)?), options);
    decoder.set_limits(Limits { bytes: 2 * MOST_VALUES as usize });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.read_info().map_err(damaged)
}

fn size_of(reader: &Reader<BufReader<File>>) -> Result<Size, ImageFileError> {
    let about = reader.info();
    if about.bit_depth == BitDepth::Sixteen {
        return Err(ImageFileError::Refused("the image has 16 bits a value".into()));
    }
    if about.animation_control.is_some() {
        return Err(ImageFileError::Refused("the image is an animation".into()));
    }
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale | ColorType::GrayscaleAlpha => 1,
        ColorType::Rgb | ColorType::Rgba | ColorType::Indexed => 3,
    };
    Ok(Size { height: about.height, width: about.width, channels })
}

fn damaged(error: DecodingError) -> ImageFileError {
    match error {
        DecodingError::LimitsExceeded => ImageFileError::Large,
        error => ImageFileError::Damaged(format!("not a readable PNG: {error}")),
    }
}
