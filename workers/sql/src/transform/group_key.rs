//! The key of a group as a function of the engine.
//!
//! The key is [`row_key::of_groups`] over the values of GROUP BY. Invariant: no split, place
//! or order enters it, and no value that comes from a `personal` column, since who knows a
//! key could try names until one has it. Groups that only such values tell apart are numbered
//! in their order, and the number enters their keys.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use ingot_tables::dataset::row_key;

/// The key of the group of these values; `number`, from 1, tells groups apart that have the
/// same ones.
pub(super) fn group_key(mut values: Vec<Expr>, number: Option<Expr>) -> Result<Expr> {
    if values.is_empty() && number.is_none() {
        let key = row_key::of_groups(&[], None, 1)?;
        return Ok(lit(ScalarValue::try_from_array(&key, 0)?));
    }
    let signature = Signature::variadic_any(Volatility::Immutable);
    let numbered = number.is_some();
    values.extend(number);
    Ok(Arc::new(ScalarUDF::from(GroupKey { signature, numbered })).call(values))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GroupKey {
    signature: Signature,
    /// Whether the last argument is the number.
    numbered: bool,
}

impl ScalarUDFImpl for GroupKey {
    fn name(&self) -> &str {
        "group_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(row_key::field().data_type().clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let groups = arguments.number_rows;
        let mut arrays: Vec<ArrayRef> = arguments
            .args
            .into_iter()
            .map(|each| each.into_array(groups))
            .collect::<Result<_>>()?;
        let before: Option<Vec<u64>> = match arrays.pop_if(|_| self.numbered) {
            None => None,
            Some(numbers) => {
                let numbers = numbers.as_primitive_opt::<UInt64Type>().ok_or_else(|| {
                    DataFusionError::Internal("groups are numbered otherwise".to_owned())
                })?;
                Some(numbers.values().iter().map(|number| number.saturating_sub(1)).collect())
            }
        };
        let values: Vec<ArrayRef> = arrays.iter().map(plain).collect::<Result<_>>()?;
        let keys = row_key::of_groups(&values, before.as_deref(), groups)?;
        Ok(ColumnarValue::Array(Arc::new(keys)))
    }
}

/// The values in the type of a dataset; those of other types as text.
fn plain(array: &ArrayRef) -> Result<ArrayRef> {
    let wanted = match array.data_type() {
        DataType::Boolean => return Ok(Arc::clone(array)),
        found if found.is_integer() && *found != DataType::UInt64 => DataType::Int64,
        found if found.is_floating() => DataType::Float64,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        found if found.is_binary() => DataType::Binary,
        _ => {
            let options = FormatOptions::default();
            let texts = ArrayFormatter::try_new(array, &options)?;
            let text = |row| match array.is_null(row) {
                true => Ok(None),
                false => texts.value(row).try_to_string().map(Some),
            };
            let texts: Vec<Option<String>> =
                (0..array.len()).map(text).collect::<std::result::Result<_, _>>()?;
            return Ok(Arc::new(StringArray::from(texts)));
        }
    };
    Ok(cast(array, &wanted)?)
}
