//! `set`: the only values of a column.

use std::collections::BTreeSet;

use ingot_protocol::Failure;
use ingot_tables::dataset::DataType;
use ingot_tables::source::typed::{Key, truth, whole};
use toml::Value;

use super::super::breaches::{Breaches, Terms};
use super::Judged;

pub(super) fn judge(column: &Judged<'_>, told: &mut Breaches<'_>) -> Result<(), Failure> {
    let Some(set) = &column.promises.set else { return Ok(()) };
    let allowed = allowed(&set.value, column.data_type);
    // What a NaN is was said before.
    let nan = Key::float(f64::NAN);
    let others = column.rows(|value| value != nan && !allowed.contains(&value));
    let terms = Terms::of(Some(set), column.promises);
    told.broken("set", terms, ("D0307", "not in the set"), &others);
    Ok(())
}

/// The values of a contract's set that the type has.
pub(in crate::validate) fn allowed(set: &[Value], data_type: DataType) -> BTreeSet<Key<'_>> {
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
