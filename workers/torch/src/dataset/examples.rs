//! Rows as tensors, batch by batch.

use tch::{Device, Kind, Tensor};

use super::{InputSchema, Preprocessing, Rows, images, tables};
use crate::augment::{self, Augmentation};
use crate::error::Error;

/// The rows of a split on the device, ready to be cut into batches.
#[derive(Debug)]
pub struct Examples {
    values: Tensor,                      // [N, C, H, W] raw pixels, or [N, F] preprocessed
    normalise: Option<(Tensor, Tensor)>, // [1, C, 1, 1] mean and std, for images
}

impl Examples {
    /// Applies `preprocessing` to rows. Images keep their raw pixels until they
    /// are cut into a batch, since augmentation works on those.
    pub fn of(
        rows: &Rows,
        input: &InputSchema,
        preprocessing: &Preprocessing,
        device: Device,
    ) -> Result<Self, Error> {
        match (input, preprocessing) {
            (InputSchema::Image { image }, Preprocessing::Image { mean, std }) => {
                let per_channel = |values: &[f64]| -> Result<Tensor, Error> {
                    let tensor = Tensor::f_from_slice(values)?.f_to_kind(Kind::Float)?;
                    Ok(tensor.f_view([1, -1, 1, 1])?.f_to_device(device)?)
                };
                let values = images::pixels(rows, image)?.f_to_device(device)?;
                let normalise = Some((per_channel(mean)?, per_channel(std)?));
                Ok(Self { values, normalise })
            }
            (InputSchema::Table { .. }, Preprocessing::Table { columns }) => {
                let mut numbers = vec![Vec::new(); rows.batch.num_rows()];
                for column in columns {
                    tables::apply(rows, column, &mut numbers)?;
                }
                let count = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
                let flat = Tensor::f_from_slice(&numbers.concat())?; // [N F]
                let values = flat.f_view([count, preprocessing.numbers()])?.f_to_device(device)?;
                Ok(Self { values, normalise: None })
            }
            _ => Err(Error::Model {
                path: rows.path.clone(),
                what: "the model's preprocessing and its input are of different modalities".into(),
            }),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> i64 {
        self.values.size().first().copied().unwrap_or(0)
    }

    /// The rows at `indices`, changed by `augmentation` where there is one.
    ///                                     [n] i64 -> [n, C, H, W] or [n, F]
    pub fn batch(
        &self,
        indices: &Tensor,
        augmentation: Option<&Augmentation>,
    ) -> Result<Tensor, Error> {
        let rows = self.values.f_index_select(0, indices)?;
        let Some((mean, std)) = &self.normalise else { return Ok(rows) };
        match augmentation {
            None => Ok(rows.f_sub(mean)?.f_div(std)?),
            Some(augmentation) => {
                let moved = augment::affine(&rows, augmentation)?;
                augment::noise(&moved.f_sub(mean)?.f_div(std)?, augmentation)
            }
        }
    }

    /// The rows of `start..start + count`, unchanged.
    pub fn slice(&self, start: i64, count: i64) -> Result<Tensor, Error> {
        let options = (Kind::Int64, self.values.device());
        self.batch(&Tensor::f_arange_start(start, start + count, options)?, None)
    }

    /// Keeps the rows at `indices` alone.
    pub fn select(&self, indices: &[i64]) -> Result<Self, Error> {
        let indices = Tensor::f_from_slice(indices)?.f_to_device(self.values.device())?;
        let normalise =
            self.normalise.as_ref().map(|(mean, std)| (mean.shallow_clone(), std.shallow_clone()));
        Ok(Self { values: self.values.f_index_select(0, &indices)?, normalise })
    }
}
