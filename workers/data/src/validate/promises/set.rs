//! `set`: the only values of a column.

use std::collections::BTreeSet;

use ingot_protocol::Failure;
use ingot_protocol::contract::ColumnPromises;
use ingot_tables::class_order;
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::source::typed::{Key, truth, whole};
use toml::Value;

use super::super::breaches::Terms;
use super::super::contract::role;
use super::row_wise::RowWise;
use super::{Judges, Promising};

pub(super) fn of<'a>(column: &Promising<'a>) -> Result<Judges<'a>, Failure> {
    let Some(set) = &column.promises.set else { return Ok(Vec::new()) };
    let allowed = Allowed::of(allowed(&set.value, column.data_type));
    // What a NaN is was said before.
    let nan = Key::float(f64::NAN);
    let promise = ("set", Terms::of(Some(set), column.promises));
    let others = move |value: Key<'_>| value != nan && !allowed.contains(&value);
    Ok(vec![RowWise::boxed(promise, ("D0307", "not in the set".to_owned()), others)])
}

/// Up to how many values one is compared with each of them, which is faster than a search.
const FEW: usize = 8;

/// The values of a set.
enum Allowed<'a> {
    Few(Vec<Key<'a>>),
    Many(BTreeSet<Key<'a>>),
}

impl<'a> Allowed<'a> {
    fn of(values: BTreeSet<Key<'a>>) -> Self {
        match values.len() {
            ..=FEW => Self::Few(values.into_iter().collect()),
            _ => Self::Many(values),
        }
    }

    fn contains(&self, value: &Key<'_>) -> bool {
        match self {
            Self::Few(values) => values.contains(value),
            Self::Many(values) => values.contains(value),
        }
    }
}

/// The classes of a label whose values are a set, in the one order of their names.
pub(in crate::validate) fn classes(
    promises: &ColumnPromises,
    data_type: DataType,
) -> Option<Vec<String>> {
    let set = promises.set().filter(|_| role(promises) == Role::Label)?;
    let mut classes: Vec<String> = allowed(set, data_type).iter().map(name).collect();
    classes.sort_by(|one, other| class_order(one, other));
    classes.dedup();
    Some(classes)
}

/// A value as [`ingot_tables::dataset::labels`] names its class.
fn name(value: &Key<'_>) -> String {
    match value {
        Key::Whole(whole) => whole.to_string(),
        Key::Float(bits) => f64::from_bits(*bits).to_string(),
        Key::Truth(truth) => truth.to_string(),
        Key::Text(text) => (*text).to_owned(),
        // A set of dates is refused with the contract.
        Key::Date(number) => number.to_string(),
        Key::Timestamp(number) => number.to_string(),
    }
}

/// The values of a contract's set that the type has.
fn allowed(set: &[Value], data_type: DataType) -> BTreeSet<Key<'_>> {
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
