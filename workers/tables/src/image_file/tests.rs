#![allow(clippy::unwrap_used)]

use ::png::{BitDepth, ColorType, Encoder};
use proptest::prelude::*;

use super::*;

/// A JPEG of 16x8 pixels in colour, and a progressive one in grey: of `tests/images.py`.
const COLOUR: &[u8] = include_bytes!("../../tests/images/colour.jpg");
const GREY: &[u8] = include_bytes!("../../tests/images/grey-progressive.jpg");
const CMYK: &[u8] = include_bytes!("../../tests/images/cmyk.jpg");

fn png((width, height): (u32, u32), kind: (ColorType, BitDepth), values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(kind.0);
    encoder.set_depth(kind.1);
    if kind.0 == ColorType::Indexed {
        encoder.set_palette(vec![1, 2, 3, 40, 50, 60]);
    }
    encoder.write_header().unwrap().write_image_data(values).unwrap();
    bytes
}

/// The size as (channels, height, width), and the pixels.
fn read(bytes: &[u8]) -> Result<([u32; 3], Vec<u8>), ImageFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let file = ImageFile::open(&path, "image")?;
    let Image { height, width, channels, .. } = file.image;
    Ok(([channels, height, width], file.pixels()?))
}

#[test]
fn pixels_come_through_channel_by_channel() {
    let eight = |colours, values: &[u8]| read(&png((2, 1), (colours, BitDepth::Eight), values));
    assert_eq!(eight(ColorType::Grayscale, &[7, 9]).unwrap(), ([1, 1, 2], vec![7, 9]));
    let rgb = eight(ColorType::Rgb, &[1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(rgb, ([3, 1, 2], vec![1, 4, 2, 5, 3, 6]));
    let opaque = eight(ColorType::Rgba, &[1, 2, 3, 255, 4, 5, 6, 255]).unwrap();
    assert_eq!(opaque, rgb);
    let grey = eight(ColorType::GrayscaleAlpha, &[7, 255, 9, 255]).unwrap();
    assert_eq!(grey.1, [7, 9]);
    assert_eq!(eight(ColorType::Indexed, &[1, 0]).unwrap().1, [40, 1, 50, 2, 60, 3]);
    let bits = read(&png((3, 1), (ColorType::Grayscale, BitDepth::One), &[0b1010_0000]));
    assert_eq!(bits.unwrap().1, [255, 0, 255]);
}

#[test]
fn what_would_lose_something_is_refused() {
    let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let deep = png((1, 1), (ColorType::Grayscale, BitDepth::Sixteen), &[1, 2]);
    let clear = png((1, 1), (ColorType::Rgba, BitDepth::Eight), &[1, 2, 3, 254]);
    let all = [told(&deep), told(&clear), told(CMYK), told(b""), told(b"file,class\n")];
    insta::assert_snapshot!(all.join("\n"), @r"
    the image has 16 bits a value
    the image has pixels that are transparent
    the image's colours are CMYK, not grey or RGB
    the file is empty
    it is no PNG and no JPEG
    ");
}

#[test]
fn a_jpeg_has_the_same_pixels_on_each_machine() {
    let digest = |bytes| {
        let (size, pixels) = read(bytes).unwrap();
        format!("{size:?} {}", blake3::hash(&pixels).to_hex())
    };
    insta::assert_snapshot!([digest(COLOUR), digest(GREY)].join("\n"), @"
    [3, 8, 16] 6deac058d0bad000081fa80f7c48571fd5a2807203789b0da3a04628417d2943
    [1, 8, 16] 648f5a9288171d88626df41239a4e1759b30c7e10077bdbe976a0145c79ca2c0
    ");
}

#[test]
fn what_is_cut_off_is_refused() {
    let values: Vec<u8> = (0..=255).collect();
    let png = png((16, 16), (ColorType::Grayscale, BitDepth::Eight), &values);
    for bytes in [&png, COLOUR, GREY] {
        read(bytes).unwrap();
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "the first {length} bytes");
        }
    }
}

#[test]
fn a_size_is_looked_at_before_room_is_taken() {
    let mut bytes = png((1, 1), (ColorType::Grayscale, BitDepth::Eight), &[7]);
    // The header: width and height, and behind three more bytes its checksum.
    bytes[16..24].copy_from_slice(&[100_000u32.to_be_bytes(), 100_000u32.to_be_bytes()].concat());
    let mut checksum = flate2::Crc::new();
    checksum.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.sum().to_be_bytes());
    assert!(matches!(read(&bytes), Err(ImageFileError::Large)));
    let mut bytes = COLOUR.to_vec();
    let frame = bytes.windows(2).position(|mark| mark == b"\xff\xc0").unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert!(matches!(read(&bytes), Err(ImageFileError::Large)));
}

proptest! {
    /// A byte that changed is an error or other pixels; nothing panics.
    #[test]
    fn a_byte_that_changed_stops_nothing(
        which in 0usize..3, at in any::<prop::sample::Index>(), mask in 1u8..,
    ) {
        let values: Vec<u8> = (0..=255).collect();
        let png = png((16, 16), (ColorType::Grayscale, BitDepth::Eight), &values);
        let mut bytes = vec![png, COLOUR.to_vec(), GREY.to_vec()].swap_remove(which);
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        let _ = read(&bytes);
    }
}
