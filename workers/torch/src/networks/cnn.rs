//! A small convolutional network for small images.

use tch::Tensor;

use crate::error::Error;
use crate::nn::{BatchNorm2d, Builder, Conv2d, Mode};

/// Cells a side of the last pooling: some of the place is kept, which digits and
/// letters need and a global average would lose.
const CELLS: i64 = 2;

/// Three convolutions of 3x3 with batch normalisation and ReLU (w, 2w and 4w
/// channels; the second and third halve the image where it has more than one pixel
/// a side), averaged into 2x2 cells.
#[derive(Debug)]
pub struct Cnn {
    stages: Vec<(Conv2d, BatchNorm2d)>,
    features: i64,
}

impl Cnn {
    pub(super) fn build(
        at: &mut Builder<'_>,
        width: i64,
        channels: i64,
        (height, breadth): (i64, i64),
    ) -> Result<Self, Error> {
        if height < CELLS || breadth < CELLS {
            return Err(Error::SmallImage { family: "cnn", height, width: breadth, times: 1 });
        }
        let sizes = [(channels, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)];
        let stages = sizes
            .into_iter()
            .enumerate()
            .map(|(index, (input, output, stride))| {
                let conv = at.conv2d(&format!("conv{}", index + 1), (input, output), 3, stride)?;
                Ok((conv, at.batch_norm2d(&format!("bn{}", index + 1), output)?))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { stages, features: 4 * width * CELLS * CELLS })
    }

    pub(super) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone(); // [N, C, H, W]
        for (conv, norm) in &self.stages {
            x = norm.forward(&conv.forward(&x)?, mode)?.f_relu()?;
        } // [N, 4w, H/4, W/4]
        let cells = x.f_adaptive_avg_pool2d([CELLS, CELLS])?; // [N, 4w, 2, 2]
        Ok(cells.f_flatten(1, -1)?) // [N, 16w]
    }

    pub(super) fn features(&self) -> i64 {
        self.features
    }
}
