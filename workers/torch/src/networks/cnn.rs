//! A small convolutional network for small images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{InputShape, Modality, Network};
use crate::error::Error;
use crate::nn::{BatchNorm2d, Builder, Conv2d, Mode};

/// Cells a side of the last pooling: some of the place is kept, which digits and
/// letters need and a global average would lose.
const CELLS: i64 = 2;

/// Three convolutions of 3x3 with batch normalisation and ReLU (w, 2w and 4w
/// channels; the second and third halve the image where it has more than one pixel
/// a side), averaged into 2x2 cells.
#[derive(Debug)]
pub(super) struct Cnn {
    stages: Vec<(Conv2d, BatchNorm2d)>,
    features: i64,
}

/// The sizes of a [`Cnn`].
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Sizes {
    /// Channels of the first convolution.
    #[schemars(range(min = 1, max = 65536))]
    width: i64,
}

impl Network for Cnn {
    type Sizes = Sizes;
    const NAME: &'static str = "cnn";
    const SUMMARY: &'static str = "Three convolutions, for small images.";
    const INPUT: Modality = Modality::Image;
    const DROPOUT: f64 = 0.2;

    fn defaults() -> Sizes {
        Sizes { width: 16 }
    }

    fn build(
        at: &mut Builder<'_>,
        &Sizes { width: w }: &Sizes,
        input: InputShape,
    ) -> Result<Self, Error> {
        let (channels, height, width) = input.image(Self::NAME)?;
        if height < CELLS || width < CELLS {
            return Err(Error::SmallImage { family: Self::NAME, height, width, times: 1 });
        }
        let sizes = [(channels, w, 1), (w, 2 * w, 2), (2 * w, 4 * w, 2)];
        let stages = sizes
            .into_iter()
            .enumerate()
            .map(|(index, (input, output, stride))| {
                let conv = at.conv2d(&format!("conv{}", index + 1), (input, output), 3, stride)?;
                Ok((conv, at.batch_norm2d(&format!("bn{}", index + 1), output)?))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { stages, features: 4 * w * CELLS * CELLS })
    }

    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone(); // [N, C, H, W]
        for (conv, norm) in &self.stages {
            x = norm.forward(&conv.forward(&x)?, mode)?.f_relu()?;
        } // [N, 4w, H/4, W/4]
        let cells = x.f_adaptive_avg_pool2d([CELLS, CELLS])?; // [N, 4w, 2, 2]
        Ok(cells.f_flatten(1, -1)?) // [N, 16w]
    }

    fn features(&self) -> i64 {
        self.features
    }
}
