//! Tensors as safetensors: f32, little-endian, sorted by name, no metadata.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ingot_tables::regular;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use tch::{Kind, Tensor};

use crate::error::Error;

/// Most bytes of a file of weights that is read into memory.
const LARGEST: u64 = 16 << 30;

/// Writes tensors to a file; the same tensors give the same bytes.
pub fn write(path: &Path, tensors: &BTreeMap<String, &Tensor>) -> Result<(), Error> {
    let bytes = to_bytes(tensors)?;
    fs::write(path, bytes).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// Reads the tensors of a file onto the CPU.
pub fn read(path: &Path) -> Result<BTreeMap<String, Tensor>, Error> {
    let bytes = bytes(path)?;
    from_bytes(&bytes)
        .map_err(|error| Error::Model { path: path.to_owned(), what: error.to_string() })
}

/// The bytes of a file of weights, whoever wrote it.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    regular::read(path, LARGEST).map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// The bytes of a safetensors file.
pub(crate) fn to_bytes(tensors: &BTreeMap<String, &Tensor>) -> Result<Vec<u8>, Error> {
    let mut values = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let flat = tensor.f_detach()?.f_to_kind(Kind::Float)?.f_flatten(0, -1)?;
        let bytes: Vec<u8> =
            Vec::<f32>::try_from(&flat)?.into_iter().flat_map(f32::to_le_bytes).collect();
        let shape = tensor.size().into_iter().map(|size| size.unsigned_abs() as usize).collect();
        values.push((name, shape, bytes));
    }
    let views = values
        .iter()
        .map(|(name, shape, bytes): &(&String, Vec<usize>, Vec<u8>)| {
            Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>();
    views.and_then(|views| safetensors::serialize(views, None)).map_err(refused)
}

/// The tensors of a safetensors file.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, Error> {
    let file = SafeTensors::deserialize(bytes).map_err(refused)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::Torch(format!("tensor `{name}` is not of type f32")));
        }
        let shape: Vec<i64> =
            view.shape().iter().map(|size| i64::try_from(*size).unwrap_or(i64::MAX)).collect();
        let tensor = Tensor::f_from_data_size(view.data(), &shape, Kind::Float)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn refused(error: SafeTensorError) -> Error {
    Error::Torch(format!("not a safetensors file: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tensors_come_back_and_bytes_are_the_same() {
        let first = Tensor::from_slice(&[1.5_f32, -0.0, f32::MIN_POSITIVE]);
        let second = Tensor::from_slice(&[2.0_f32, 3.0]).view([2, 1]).transpose(0, 1);
        let tensors = BTreeMap::from([("b".to_owned(), &first), ("a".to_owned(), &second)]);
        let bytes = to_bytes(&tensors).unwrap();
        assert_eq!(bytes, to_bytes(&tensors).unwrap());
        let back = from_bytes(&bytes).unwrap();
        assert!(back["b"].equal(&first) && back["a"].equal(&second));
        assert!(from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(from_bytes(b"").is_err());
    }
}
