//! The key of a group: a hash of the values that its rows have in common.
//!
//! The bytes that are hashed are, value by value in the order of GROUP BY, one tag and what
//! it says: 0 for null; 1 and eight bytes (little-endian, signed) for a whole number; 2 and
//! the eight bytes of a float (one for both zeros, one for every NaN); 3 and one byte for a
//! truth value; 4, the length in eight bytes and the bytes for a text; 5 and the same for
//! bytes; 6 for every other type, as 4 over its name and again over the value as text. The
//! key is the first 16 bytes of their BLAKE3 under the context `ingot 1 group key`. No split,
//! place or order enters it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

/// Bytes of a key.
pub(super) const BYTES: i32 = 16;
/// What keeps these hashes apart from every other one.
const CONTEXT: &str = "ingot 1 group key";

/// The key of the group that these values make.
pub(super) fn group_key(values: Vec<Expr>) -> Expr {
    if values.is_empty() {
        let key = finish(&hasher()).to_vec();
        return lit(ScalarValue::FixedSizeBinary(BYTES, Some(key)));
    }
    let signature = Signature::variadic_any(Volatility::Immutable);
    Arc::new(ScalarUDF::from(GroupKey { signature })).call(values)
}

fn hasher() -> blake3::Hasher {
    blake3::Hasher::new_derive_key(CONTEXT)
}

fn finish(hasher: &blake3::Hasher) -> [u8; BYTES as usize] {
    let mut key = [0; BYTES as usize];
    hasher.finalize_xof().fill(&mut key);
    key
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GroupKey {
    signature: Signature,
}

impl ScalarUDFImpl for GroupKey {
    fn name(&self) -> &str {
        "group_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::FixedSizeBinary(BYTES))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let arrays: Vec<ArrayRef> = arguments
            .args
            .into_iter()
            .map(|each| each.into_array(rows).and_then(|array| plain(&array)))
            .collect::<Result<_>>()?;
        let mut keys = FixedSizeBinaryBuilder::with_capacity(rows, BYTES);
        for row in 0..rows {
            let mut hasher = hasher();
            for array in &arrays {
                hash(&mut hasher, array, row)?;
            }
            keys.append_value(finish(&hasher))?;
        }
        Ok(ColumnarValue::Array(Arc::new(keys.finish())))
    }
}

/// The values in the type of a dataset, where it has one for them.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let wanted = match array.data_type() {
        found if found.is_integer() && *found != DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        _ => return Ok(Arc::clone(array)),
    };
    Ok(cast(array, &wanted)?)
}

fn hash(hasher: &mut blake3::Hasher, array: &ArrayRef, row: usize) -> Result<()> {
    let sized = |hasher: &mut blake3::Hasher, bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    if array.is_null(row) {
        hasher.update(&[0]);
        return Ok(());
    }
    match array.data_type() {
        DataType::Int64 => {
            hasher.update(&[1]);
            hasher.update(&array.as_primitive::<Int64Type>().value(row).to_le_bytes());
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
            hasher.update(&[2]);
            hasher.update(&value.to_bits().to_le_bytes());
        }
        DataType::Boolean => {
            hasher.update(&[3, u8::from(array.as_boolean().value(row))]);
        }
        DataType::Utf8 => {
            hasher.update(&[4]);
            sized(hasher, array.as_string::<i32>().value(row).as_bytes());
        }
        DataType::Binary => {
            hasher.update(&[5]);
            sized(hasher, array.as_binary::<i32>().value(row));
        }
        other => {
            let options = FormatOptions::default();
            let text = ArrayFormatter::try_new(array, &options)?.value(row).try_to_string()?;
            hasher.update(&[6]);
            sized(hasher, other.to_string().as_bytes());
            sized(hasher, text.as_bytes());
        }
    }
    Ok(())
}
