//! The values of a contract's set, as those of a column. Pure.

use std::collections::BTreeSet;

use ingot_tables::dataset::DataType;
use ingot_tables::source::typed::{Key, truth, whole};
use toml::Value;

/// The values of a contract's set that the type has.
pub(super) fn allowed(set: &[Value], data_type: DataType) -> BTreeSet<Key<'_>> {
    set.iter().filter_map(|value| of_set(value, data_type)).collect()
}

fn of_set(value: &Value, data_type: DataType) -> Option<Key<'_>> {
    Some(match (value, data_type) {
        (Value::Integer(whole), DataType::Float64) => {
            let float = *whole as f64;
            (float as i128 == i128::from(*whole)).then(|| Key::float(float))?
        }
        (Value::Integer(whole), _) => Key::Whole(*whole),
        (Value::Float(float), DataType::Int64) => Key::Whole(whole(*float)?),
        (Value::Float(float), _) => Key::float(*float),
        (Value::Boolean(truth), _) => Key::Truth(*truth),
        (Value::String(text), DataType::Int64) => Key::Whole(text.parse().ok()?),
        (Value::String(text), DataType::Float64) => Key::float(text.parse().ok()?),
        (Value::String(text), DataType::Bool) => Key::Truth(truth(text)?),
        (Value::String(text), _) => Key::Text(text),
        _ => return None,
    })
}
