//! Images: from a binary column to pixels, and their mean and spread.

use arrow::array::{Array, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use tch::{Device, Kind, Tensor};

use super::{ImageSchema, Rows};
use crate::error::Error;

/// The raw pixels of a split, 0 to 255.                          [N, C, H, W] f32
pub(super) fn pixels(rows: &Rows, image: &ImageSchema) -> Result<Tensor, Error> {
    let wrong = |row, what: &str| rows.value_error(&image.column, row, what);
    let column = rows
        .batch
        .column_by_name(&image.column)
        .ok_or_else(|| wrong(0, "the image column is missing"))?;
    let column = cast(column, &DataType::Binary)
        .map_err(|_| wrong(0, "the image column is not of type binary"))?;
    let column = column
        .as_any()
        .downcast_ref::<BinaryArray>()
        .ok_or_else(|| wrong(0, "the image column is not of type binary"))?;
    let sizes = [image.channels, image.height, image.width];
    let bytes = sizes
        .iter()
        .try_fold(1_usize, |product, size| product.checked_mul(usize::try_from(*size).ok()?));
    let bytes = bytes.filter(|bytes| *bytes > 0).ok_or_else(|| wrong(0, "images have no size"))?;
    let mut all = Vec::with_capacity(bytes.saturating_mul(column.len()));
    for row in 0..column.len() {
        if column.is_null(row) {
            return Err(wrong(row, "the image is null"));
        }
        let value = column.value(row);
        if value.len() != bytes {
            return Err(wrong(row, &format!("{} bytes, and {bytes} are needed", value.len())));
        }
        all.extend_from_slice(value);
    }
    let [channels, height, width] = sizes.map(i64::from);
    let count = i64::try_from(column.len()).unwrap_or(i64::MAX);
    let flat = Tensor::f_from_data_size(&all, &[count, channels, height, width], Kind::Uint8)?;
    Ok(flat.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?)
}

/// Mean and standard deviation of each channel over all rows and pixels, in f64.
///
/// The deviation is the population's (divided by the count); a channel of one
/// colour has 1, so that it is centred and not divided by zero.
pub(super) fn moments(pixels: &Tensor) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let flat = pixels.f_transpose(0, 1)?.f_flatten(1, -1)?.f_to_kind(Kind::Double)?; // [C, N H W]
    let mean = flat.f_mean_dim(Some([1_i64].as_slice()), true, Kind::Double)?; // [C, 1]
    let square = flat.f_sub(&mean)?.f_square()?; // [C, N H W]
    let variance = square.f_mean_dim(Some([1_i64].as_slice()), false, Kind::Double)?; // [C]
    let mean = Vec::<f64>::try_from(&mean.f_flatten(0, -1)?)?;
    let deviation = Vec::<f64>::try_from(&variance.f_sqrt()?)?;
    let nonzero = |value: f64| if value > 0.0 { value } else { 1.0 };
    Ok((mean, deviation.into_iter().map(nonzero).collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn moments_by_hand() {
        let pixels = Tensor::from_slice(&[1.0_f32, 3.0, 7.0, 7.0]).view([1, 2, 1, 2]);
        assert_eq!(moments(&pixels).unwrap(), (vec![2.0, 7.0], vec![1.0, 1.0]));
    }
}
