//! Functions of one value.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, StringArray};
use arrow::datatypes::DataType;
use ingot_protocol::contract::sql::Function;

use super::value::{Fault, Value};
use super::{RuleError, arithmetic};

/// The function of a value, with so many digits where it takes them.
pub(super) fn of(
    function: Function,
    value: Value,
    digits: Option<i32>,
) -> Result<Value, RuleError> {
    match function {
        Function::Abs => {
            let of_whole = |whole: i64| whole.checked_abs().ok_or(Fault::Overflow);
            arithmetic::of_one(value, "abs", of_whole, f64::abs)
        }
        Function::Round => {
            let scale = 10f64.powi(digits.unwrap_or(0));
            let nearest = |float: f64| match (float * scale).round() / scale {
                // A float that large has no digit behind the point.
                rounded if rounded.is_finite() => rounded,
                _ => float,
            };
            arithmetic::of_one(value, "round", Ok, nearest)
        }
        Function::Floor => arithmetic::of_one(value, "floor", Ok, f64::floor),
        Function::Ceil => arithmetic::of_one(value, "ceil", Ok, f64::ceil),
        Function::Length => {
            let value = value.of_type(&DataType::Utf8)?;
            let texts = value.values.as_string::<i32>();
            let lengths = texts.iter().map(|text| Some(text?.chars().count() as i64));
            let values = Arc::new(lengths.collect::<Int64Array>());
            Ok(Value { values, ..value })
        }
        Function::Lower => texts(value, |text| text.to_lowercase()),
        Function::Upper => texts(value, |text| text.to_uppercase()),
        Function::Trim => texts(value, |text| text.trim_matches(' ').to_owned()),
        Function::Coalesce => Err(value.wrong("coalesce")),
    }
}

fn texts(value: Value, of: impl Fn(&str) -> String) -> Result<Value, RuleError> {
    let value = value.of_type(&DataType::Utf8)?;
    let texts = value.values.as_string::<i32>();
    let values = Arc::new(texts.iter().map(|text| text.map(&of)).collect::<StringArray>());
    Ok(Value { values, ..value })
}
