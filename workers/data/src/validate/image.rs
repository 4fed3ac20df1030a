//! Pixel columns packed into one binary column, and images that a source has. Pure.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use ingot_protocol::Failure;
use ingot_protocol::contract::{Contract, ImagePromise};
use ingot_tables::dataset::{DataType, Image, Role};

use super::contract::role;
use super::shape::Kept;

/// The name of the column that the pixels become.
pub(super) const COLUMN: &str = "image";

/// Whether a column is one of the pixels.
pub(super) fn holds(promise: &ImagePromise, name: &str) -> bool {
    match promise.columns.split_once('*') {
        Some((before, after)) => {
            name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after)
        }
        None => name == promise.columns,
    }
}

/// What a schema says of the images.
pub(super) fn describe(promise: &ImagePromise) -> Image {
    Image {
        column: COLUMN.to_owned(),
        height: promise.height,
        width: promise.width,
        channels: promise.channels,
    }
}

/// The images of a source; nothing where the contract leaves their column out or gives it
/// another role than that of a feature.
pub(super) fn of_source(
    contract: &Contract,
    found: Option<&Image>,
    columns: &[Kept<'_>],
) -> Result<Option<Image>, Failure> {
    let Some(image) = found else { return Ok(None) };
    let refused = |what: String, help: &str| Failure::new("D0342", what).help(help);
    if contract.image.is_some() {
        let message = format!("the source's rows are images already, in `{}`", image.column);
        return Err(refused(message, "leave `[image]` out of the contract: it packs columns"));
    }
    match columns.iter().find(|kept| kept.name == image.column) {
        Some(kept) if kept.data_type != DataType::Binary => {
            let message = format!("`{}` holds images, not `{}`", kept.name, kept.data_type);
            Err(refused(message, "leave `type` out, or say type = \"binary\""))
        }
        Some(kept) if role(kept.promises) == Role::Feature => Ok(Some(image.clone())),
        _ => Ok(None),
    }
}

/// The numbers in a name: `pixel_10` stands behind `pixel_9`.
pub(super) fn natural(name: &str) -> (Vec<u64>, String) {
    let numbers = name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    (numbers.collect(), name.to_owned())
}

/// One image a row: each value v becomes round(v * 255 / max), half away from
/// zero, clipped to [0, 255]. A row with a missing pixel is a missing image.
pub(super) fn pack(promise: &ImagePromise, pixels: &[ArrayRef]) -> Result<ArrayRef, Failure> {
    let size = (promise.height * promise.width * promise.channels) as usize;
    if pixels.len() != size {
        let message = format!(
            "`{}` finds {} columns, an image of {}x{}x{} has {size}",
            promise.columns,
            pixels.len(),
            promise.channels,
            promise.height,
            promise.width
        );
        return Err(Failure::new("D0310", message).help("correct [image] in the contract"));
    }
    let columns: Vec<ArrayRef> = pixels
        .iter()
        .map(|column| cast(column, &ArrowType::Float64))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::new("D0311", format!("a pixel column: {error}")))?;
    let rows = columns.first().map_or(0, |column| column.len());
    let images = (0..rows).map(|row| {
        columns
            .iter()
            .map(|column| {
                let column = column.as_primitive::<Float64Type>();
                column.is_valid(row).then(|| scale(column.value(row), promise.max))
            })
            .collect::<Option<Vec<u8>>>() // (channels * height * width)
    });
    Ok(Arc::new(images.collect::<BinaryArray>())) // (rows)
}

fn scale(value: f64, max: f64) -> u8 {
    (value * 255.0 / max).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scaled_to_bytes() {
        assert_eq!(
            [0.0, 1.0, 8.0, 16.0, 99.0, -1.0].map(|v| scale(v, 16.0)),
            [0, 16, 128, 255, 255, 0]
        );
    }

    #[test]
    fn ten_stands_behind_nine() {
        let mut names = ["p_1_0", "p_0_10", "p_0_9"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["p_0_9", "p_0_10", "p_1_0"]);
    }
}
