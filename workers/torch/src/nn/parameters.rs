//! Named tensors of a network: what is trained, and what is only carried along.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

use super::init;
use super::layers::{BatchNorm2d, Conv2d, Linear};
use crate::error::Error;

/// The tensors of a network by name, sorted.
#[derive(Debug, Default)]
pub struct Parameters {
    /// Tensors that a gradient step changes.
    pub trainable: BTreeMap<String, Tensor>,
    /// Running statistics.
    pub buffers: BTreeMap<String, Tensor>,
}

impl Parameters {
    /// Every tensor by name: parameters and buffers.
    pub fn all(&self) -> BTreeMap<&str, &Tensor> {
        let both = self.trainable.iter().chain(&self.buffers);
        both.map(|(name, tensor)| (name.as_str(), tensor)).collect()
    }

    /// Puts the values of `values` into the tensors of the same names below
    /// `prefix`. Both sides must have the same names and shapes; the first
    /// difference is returned as text and nothing is changed.
    pub fn load(
        &mut self,
        prefix: &str,
        values: &BTreeMap<String, Tensor>,
    ) -> Result<Option<String>, Error> {
        let own: BTreeMap<String, Tensor> = self
            .all()
            .into_iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()))
            .collect();
        for (name, tensor) in &own {
            match values.get(name) {
                None => return Ok(Some(format!("tensor `{name}` is missing"))),
                Some(value) if value.size() != tensor.size() => {
                    return Ok(Some(format!(
                        "tensor `{name}` has shape {:?}, and {:?} is needed",
                        value.size(),
                        tensor.size()
                    )));
                }
                Some(_) => {}
            }
        }
        let extra = values.keys().find(|name| name.starts_with(prefix) && !own.contains_key(*name));
        if let Some(extra) = extra {
            return Ok(Some(format!("tensor `{extra}` is not part of this network")));
        }
        let _no_grad = tch::no_grad_guard();
        for (name, mut tensor) in own {
            if let Some(value) = values.get(&name) {
                tensor.f_copy_(value)?;
            }
        }
        Ok(None)
    }

    /// Makes every parameter below `prefix` a fixed one.
    pub fn freeze(&mut self, prefix: &str) -> Result<(), Error> {
        let names: Vec<String> =
            self.trainable.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        for name in names {
            if let Some(tensor) = self.trainable.remove(&name) {
                let fixed = tensor.f_set_requires_grad(false)?;
                self.buffers.insert(name, fixed);
            }
        }
        Ok(())
    }
}

/// Builds layers into [`Parameters`], each under the name of where it stands.
#[derive(Debug)]
pub struct Builder<'a> {
    parameters: &'a mut Parameters,
    seed: u64,
    device: Device,
    prefix: String,
}

impl<'a> Builder<'a> {
    /// A builder at the root of `parameters`.
    pub fn new(parameters: &'a mut Parameters, seed: u64, device: Device) -> Self {
        Self { parameters, seed, device, prefix: String::new() }
    }

    /// A builder one name deeper.
    pub fn scope(&mut self, name: &str) -> Builder<'_> {
        let prefix = self.path(name);
        Builder { parameters: self.parameters, seed: self.seed, device: self.device, prefix }
    }

    /// `y = x W^T + b`.                                  [N, input] -> [N, output]
    pub fn linear(&mut self, name: &str, input: i64, output: i64) -> Result<Linear, Error> {
        let mut at = self.scope(name);
        let weight = at.weight(&[output, input])?;
        let bias = at.bias(output, input)?;
        Ok(Linear { weight, bias })
    }

    /// A square convolution without bias: a batch normalisation follows each.
    /// Padding keeps the size at stride 1.
    pub fn conv2d(
        &mut self,
        name: &str,
        (input, output): (i64, i64),
        kernel: i64,
        stride: i64,
    ) -> Result<Conv2d, Error> {
        let weight = self.scope(name).weight(&[output, input, kernel, kernel])?;
        Ok(Conv2d { weight, stride, padding: kernel / 2 })
    }

    /// Batch normalisation over N, H and W.
    pub fn batch_norm2d(&mut self, name: &str, channels: i64) -> Result<BatchNorm2d, Error> {
        let mut at = self.scope(name);
        let options = (Kind::Float, at.device);
        Ok(BatchNorm2d {
            weight: at.parameter("weight", Tensor::f_ones([channels], options)?)?,
            bias: at.parameter("bias", Tensor::f_zeros([channels], options)?)?,
            running_mean: at.buffer("running_mean", Tensor::f_zeros([channels], options)?),
            running_var: at.buffer("running_var", Tensor::f_ones([channels], options)?),
        })
    }

    fn weight(&mut self, shape: &[i64]) -> Result<Tensor, Error> {
        let value = init::weight(self.seed, &self.path("weight"), shape)?;
        self.parameter("weight", value)
    }

    fn bias(&mut self, size: i64, fan_in: i64) -> Result<Tensor, Error> {
        let value = init::bias(self.seed, &self.path("bias"), size, fan_in)?;
        self.parameter("bias", value)
    }

    fn parameter(&mut self, name: &str, value: Tensor) -> Result<Tensor, Error> {
        let tensor = value.f_to_device(self.device)?.f_set_requires_grad(true)?;
        let path = self.path(name);
        self.parameters.trainable.insert(path, tensor.shallow_clone());
        Ok(tensor)
    }

    fn buffer(&mut self, name: &str, value: Tensor) -> Tensor {
        let path = self.path(name);
        self.parameters.buffers.insert(path, value.shallow_clone());
        value
    }

    fn path(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }
}
