//! A residual network for small images (He et al. 2016, section 4.2).
//!
//! Departure from the paper: shortcuts that change the shape are 1x1 convolutions
//! with batch normalisation (its option B), as in torchvision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{InputShape, Modality, Network};
use crate::error::Error;
use crate::nn::{BatchNorm2d, Builder, Conv2d, Mode};

/// Three stages of basic blocks, after which comes the average over the image.
#[derive(Debug)]
pub(super) struct Resnet {
    stem: (Conv2d, BatchNorm2d),
    blocks: Vec<Block>,
    features: i64,
}

/// conv-bn-relu-conv-bn, added to its input.
#[derive(Debug)]
struct Block {
    first: (Conv2d, BatchNorm2d),
    second: (Conv2d, BatchNorm2d),
    shortcut: Option<(Conv2d, BatchNorm2d)>,
}

/// The sizes of a [`Resnet`].
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Sizes {
    /// Channels of the first convolution.
    #[schemars(range(min = 1, max = 65536))]
    width: i64,
    /// Residual blocks of each of the three stages.
    #[schemars(range(min = 1, max = 32))]
    blocks: i64,
}

impl Network for Resnet {
    type Sizes = Sizes;
    const NAME: &'static str = "resnet";
    const SUMMARY: &'static str = "A small residual network, for images.";
    const INPUT: Modality = Modality::Image;
    const DROPOUT: f64 = 0.0;

    fn defaults() -> Sizes {
        Sizes { width: 16, blocks: 1 }
    }

    fn build(
        at: &mut Builder<'_>,
        &Sizes { width: w, blocks }: &Sizes,
        input: InputShape,
    ) -> Result<Self, Error> {
        let (channels, height, width) = input.image(Self::NAME)?;
        if height < 4 || width < 4 {
            return Err(Error::SmallImage { family: Self::NAME, height, width, times: 2 });
        }
        let stem = (at.conv2d("conv1", (channels, w), 3, 1)?, at.batch_norm2d("bn1", w)?);
        let mut list = Vec::new();
        let mut input = w;
        for stage in 0..3 {
            let output = w << stage;
            for block in 0..blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let mut at = at.scope(&format!("layer{}.{block}", stage + 1));
                list.push(Block::build(&mut at, (input, output), stride)?);
                input = output;
            }
        }
        Ok(Self { stem, blocks: list, features: input })
    }

    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let (conv, norm) = &self.stem;
        let mut x = norm.forward(&conv.forward(x)?, mode)?.f_relu()?; // [N, w, H, W]
        for block in &self.blocks {
            x = block.forward(&x, mode)?;
        } // [N, 4w, H/4, W/4]
        Ok(x.f_adaptive_avg_pool2d([1, 1])?.f_flatten(1, -1)?) // [N, 4w]
    }

    fn features(&self) -> i64 {
        self.features
    }
}

impl Block {
    fn build(at: &mut Builder<'_>, sizes: (i64, i64), stride: i64) -> Result<Self, Error> {
        let (_, output) = sizes;
        let first = (at.conv2d("conv1", sizes, 3, stride)?, at.batch_norm2d("bn1", output)?);
        let second = (at.conv2d("conv2", (output, output), 3, 1)?, at.batch_norm2d("bn2", output)?);
        let same = stride == 1 && sizes.0 == sizes.1;
        let shortcut = if same {
            None
        } else {
            let mut at = at.scope("downsample");
            Some((at.conv2d("0", sizes, 1, stride)?, at.batch_norm2d("1", output)?))
        };
        Ok(Self { first, second, shortcut })
    }

    fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor, Error> {
        let (conv, norm) = &self.first;
        let hidden = norm.forward(&conv.forward(x)?, mode)?.f_relu()?; // [N, out, H/s, W/s]
        let (conv, norm) = &self.second;
        let hidden = norm.forward(&conv.forward(&hidden)?, mode)?; // [N, out, H/s, W/s]
        let around = match &self.shortcut {
            Some((conv, norm)) => norm.forward(&conv.forward(x)?, mode)?,
            None => x.shallow_clone(),
        };
        Ok(hidden.f_add(&around)?.f_relu()?)
    }
}
