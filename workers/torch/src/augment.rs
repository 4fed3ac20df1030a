//! Random changes of images while training.
//!
//! Invariant: no training step sees the same pixels twice, no evaluation sees a
//! changed one. What is drawn comes from the generator as the step reseeded it.

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::error::Error;

/// How far images may be changed; all zero leaves them alone.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Degrees, to either side: uniform in [-rotation, rotation].
    #[schemars(extend("minimum" = 0.0, "maximum" = 180.0))]
    pub rotation: f64,
    /// Pixels, along each axis: uniform in [-translation, translation].
    #[schemars(extend("minimum" = 0.0, "maximum" = 1e4))]
    pub translation: f64,
    /// Part of the size, larger or smaller: uniform in [1 - scale, 1 + scale].
    #[schemars(extend("minimum" = 0, "exclusiveMaximum" = 1))]
    pub scale: f64,
    /// Standard deviation of Gaussian noise, in those of the training pixels, after
    /// normalisation.
    #[schemars(extend("minimum" = 0.0, "maximum" = 10.0))]
    pub noise: f64,
}

impl Augmentation {
    fn moves(&self) -> bool {
        self.rotation > 0.0 || self.translation > 0.0 || self.scale > 0.0
    }
}

/// Rotates, scales and shifts each image by amounts of its own.
///
/// The output pixel at p is the input at `R(-a) p / s - t`, in coordinates where the
/// image spans [-1, 1]; bilinear between pixels, zero (background) outside. `images`
/// are raw f32 pixels, [N, C, H, W]; so is the result. Non-square images are rotated
/// in pixels, not in those coordinates.
pub fn affine(images: &Tensor, augmentation: &Augmentation) -> Result<Tensor, Error> {
    if !augmentation.moves() {
        return Ok(images.shallow_clone());
    }
    let _no_grad = tch::no_grad_guard();
    let (rows, _, height, width) = images.size4()?;
    let (height, width) = (height as f64, width as f64);
    let options = (Kind::Float, images.device());
    // Four draws in [-1, 1] a row, whichever are used: one amount more or less
    // does not shift the others' random numbers.
    let draws = Tensor::f_rand([4, rows], options)?.f_mul_scalar(2.0)?.f_sub_scalar(1.0)?; // [4, N]
    let angle = draws.f_get(0)?.f_mul_scalar(augmentation.rotation * PI / 180.0)?; // [N]
    let grow = draws.f_get(1)?.f_mul_scalar(augmentation.scale)?.f_add_scalar(1.0)?; // [N]
    let right = draws.f_get(2)?.f_mul_scalar(2.0 * augmentation.translation / width)?; // [N]
    let down = draws.f_get(3)?.f_mul_scalar(2.0 * augmentation.translation / height)?; // [N]
    let cos = angle.f_cos()?.f_div(&grow)?; // [N]
    let sin = angle.f_sin()?.f_div(&grow)?; // [N]
    let upper = [&cos, &sin.f_mul_scalar(-height / width)?, &right]; // row x of the matrix
    let lower = [&sin.f_mul_scalar(width / height)?, &cos, &down]; // row y of the matrix
    let upper = Tensor::f_stack(&upper, 1)?; // [N, 3]
    let lower = Tensor::f_stack(&lower, 1)?; // [N, 3]
    let theta = Tensor::f_stack(&[upper, lower], 1)?; // [N, 2, 3]
    let grid = Tensor::f_affine_grid_generator(&theta, images.size(), false)?; // [N, H, W, 2]
    Ok(images.f_grid_sampler(&grid, BILINEAR, ZEROS, false)?) // [N, C, H, W]
}

/// libtorch's number of bilinear interpolation.
const BILINEAR: i64 = 0;
/// libtorch's number of zero padding.
const ZEROS: i64 = 0;

/// Adds Gaussian noise to normalised images.          [N, C, H, W] -> [N, C, H, W]
pub fn noise(images: &Tensor, augmentation: &Augmentation) -> Result<Tensor, Error> {
    if augmentation.noise <= 0.0 {
        return Ok(images.shallow_clone());
    }
    let _no_grad = tch::no_grad_guard();
    let noise = Tensor::f_randn(images.size(), (Kind::Float, images.device()))?;
    Ok(images.f_add(&noise.f_mul_scalar(augmentation.noise)?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::random::{alone, reseed};

    fn dot() -> Tensor {
        let images = Tensor::zeros([64, 1, 9, 9], (Kind::Float, tch::Device::Cpu));
        let _ = images.narrow(2, 4, 1).narrow(3, 4, 1).fill_(1.0);
        images
    }

    #[test]
    fn nothing_is_changed_by_zeros() {
        let images = dot();
        let same = Augmentation::default();
        assert!(affine(&images, &same).unwrap().equal(&images));
        assert!(noise(&images, &same).unwrap().equal(&images));
    }

    #[test]
    fn a_shift_moves_the_mass_by_at_most_its_bound() {
        let _alone = alone();
        reseed(3, "test", 0).unwrap();
        let shift = Augmentation { translation: 2.0, ..Augmentation::default() };
        let moved = affine(&dot(), &shift).unwrap();
        let place = Tensor::arange(9, (Kind::Float, tch::Device::Cpu)) - 4.0;
        let columns = moved.sum_dim_intlist(Some([1_i64, 2].as_slice()), false, Kind::Float);
        let centre = columns.matmul(&place);
        assert!(centre.abs().max().double_value(&[]) <= 2.0 + 1e-4);
        assert!(centre.abs().max().double_value(&[]) > 1.5, "64 draws reach further than 1.5");
        let mass = moved.sum(Kind::Float).double_value(&[]);
        assert!((mass - 64.0).abs() < 1e-2, "bilinear weights sum to one, {mass}");
    }

    #[test]
    fn a_turn_keeps_the_centre() {
        let _alone = alone();
        reseed(3, "test", 1).unwrap();
        let turn = Augmentation { rotation: 90.0, ..Augmentation::default() };
        let turned = affine(&dot(), &turn).unwrap();
        let centre = turned.narrow(2, 4, 1).narrow(3, 4, 1).min().double_value(&[]);
        assert!((centre - 1.0).abs() < 1e-4);
    }
}
