//! Whether a contract agrees with itself. Pure.
//!
//! What no table can keep, or what no value can break, is a mistake of the contract: it
//! is told with its place before any data is read.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Display;

use toml::{Spanned, Value};

use super::bound::Bound;
use super::contract::{ColumnPromises, Contract, ImagePromise};
use super::values::{Key, whole};
use crate::dataset::{DataType, Role};

/// What contradicts the rest.
pub(super) struct Contradiction {
    /// The byte at which it stands.
    pub(super) at: usize,
    pub(super) what: String,
    pub(super) help: &'static str,
}

type Found = Option<Contradiction>;

/// The first contradiction, columns in the order of their names.
pub(super) fn contradiction(contract: &Contract) -> Found {
    let column = |(name, promises): (&String, &ColumnPromises)| {
        let found = bounds(promises)
            .or_else(|| fraction(promises))
            .or_else(|| set(promises))
            .or_else(|| types(promises));
        found.map(|found| Contradiction { what: format!("`{name}`: {}", found.what), ..found })
    };
    table(contract)
        .or_else(|| contract.columns.iter().find_map(column))
        .or_else(|| labels(contract))
        .or_else(|| contract.image.as_ref().and_then(image))
}

fn found<T>(place: &Spanned<T>, what: impl Display, help: &'static str) -> Found {
    Some(Contradiction { at: place.span().start, what: what.to_string(), help })
}

fn table(contract: &Contract) -> Found {
    let table = &contract.table;
    if let (Some(least), Some(most)) = (&table.min_rows, table.max_rows)
        && *least.get_ref() > most
    {
        let what = format!("`min_rows` is {}, and `max_rows` {most}", least.get_ref());
        return found(least, what, "let `min_rows` be at most `max_rows`");
    }
    table.unique.iter().find_map(|together| {
        let names = together.get_ref();
        let different: BTreeSet<&String> = names.iter().collect();
        match names.is_empty() || different.len() < names.len() {
            true => found(
                together,
                "`unique` names no column, or one of them twice",
                "name each of the columns once that are different together",
            ),
            false => None,
        }
    })
}

fn bounds(promises: &ColumnPromises) -> Found {
    let bounds = [("min", &promises.min), ("max", &promises.max)];
    for (name, bound) in bounds {
        let Some(bound) = bound else { continue };
        if matches!(bound.get_ref(), Bound::Float(float) if float.is_nan()) {
            let what = format!("`{name}` is no number");
            return found(bound, what, "write a number, or leave it out");
        }
        if let Some(other @ (DataType::Utf8 | DataType::Bool | DataType::Binary)) =
            promises.data_type
        {
            let what = format!("`{name}` bounds numbers, and the type is `{other}`");
            return found(bound, what, "leave the bound out, or write type = \"float64\"");
        }
    }
    if let (Some(min), Some(max)) = (&promises.min, &promises.max)
        && min.get_ref().to(*max.get_ref()) == Some(Ordering::Greater)
    {
        let what = format!("`min` is {}, above `max`, which is {}", min.get_ref(), max.get_ref());
        return found(min, what, "let `min` be at most `max`");
    }
    None
}

fn fraction(promises: &ColumnPromises) -> Found {
    let most = promises.max_null_fraction.as_ref()?;
    if !(0.0..=1.0).contains(most.get_ref()) {
        let what = format!("`max_null_fraction` is {}, and a fraction is in [0, 1]", most.get_ref());
        return found(most, what, "write a share, such as 0.05");
    }
    if *most.get_ref() > 0.0 && !promises.nullable {
        let what = "`max_null_fraction` allows missing values, and the column is not nullable";
        return found(most, what, "add `nullable = true`");
    }
    None
}

fn set(promises: &ColumnPromises) -> Found {
    let all = promises.set.as_ref()?;
    let values = all.get_ref();
    let Some(first) = values.first() else {
        return found(all, "`set` is empty: no value is in it", "name the values, or leave it out");
    };
    if let Some(data_type) = promises.data_type
        && let Some(other) = values.iter().find(|value| !is_of(value, data_type))
    {
        let what = format!("{other} is in `set`, and is not of the type `{data_type}`");
        return found(all, what, "write the values in the column's type, or correct the type");
    }
    if let Some(other) = values.iter().find(|value| sort(value) != sort(first)) {
        let what = format!("`set` has {first} and {other}, which no column holds together");
        return found(all, what, "write all of them as numbers, or all as texts");
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = values.iter().find(|value| !key(value).is_some_and(|key| seen.insert(key)))
    {
        let what = format!("{twice} is in `set` twice, or is no value of a column");
        return found(all, what, "name each value once");
    }
    let outside = |value: &&Value| match value {
        Value::Integer(whole) => breaks(promises, |bound| bound.of_whole(*whole)),
        Value::Float(float) => breaks(promises, |bound| bound.of_float(*float)),
        _ => promises.min.is_some() || promises.max.is_some(),
    };
    if let Some(outside) = values.iter().find(outside) {
        let what = format!("{outside} is in `set`, and not within `min` and `max`");
        return found(all, what, "leave out the bounds, or the value");
    }
    None
}

fn breaks(promises: &ColumnPromises, order: impl Fn(Bound) -> Option<Ordering>) -> bool {
    let is = |bound: &Option<Spanned<Bound>>, wrong: Ordering| {
        bound.as_ref().is_some_and(|bound| order(*bound.get_ref()) == Some(wrong))
    };
    is(&promises.min, Ordering::Less) || is(&promises.max, Ordering::Greater)
}

fn types(promises: &ColumnPromises) -> Found {
    let data_type = promises.data_type;
    if let (Some(nan), Some(other)) = (&promises.nan, data_type)
        && other != DataType::Float64
    {
        let what = format!("`nan` is about floats, and the type is `{other}`");
        return found(nan, what, "leave `nan` out, or write type = \"float64\"");
    }
    let role = promises.role.as_ref()?;
    match (role.get_ref(), data_type) {
        (Role::Weight, Some(other @ (DataType::Utf8 | DataType::Bool | DataType::Binary))) => {
            let what = format!("a weight is a number, and the type is `{other}`");
            found(role, what, "correct the role or the type")
        }
        _ => None,
    }
}

/// A table has one label.
fn labels(contract: &Contract) -> Found {
    for (only, word) in [(Role::Label, "label"), (Role::Weight, "weight")] {
        let mut named = contract.columns.iter().filter(|(_, column)| column.role() == only);
        if let (Some((one, _)), Some((other, column))) = (named.next(), named.next()) {
            let what = format!("`{one}` and `{other}` both have the role `{word}`");
            let role = column.role.as_ref()?;
            return found(role, what, "give the role to one column");
        }
    }
    None
}

fn image(image: &Spanned<ImagePromise>) -> Found {
    let promise = image.get_ref();
    let size = promise.height.checked_mul(promise.width);
    let size = size.and_then(|size| size.checked_mul(promise.channels)).unwrap_or(0);
    if size == 0 || promise.max.is_nan() || promise.max <= 0.0 {
        let what = "[image] needs a height, a width and a `max` above zero";
        return found(image, what, "write how many columns are a pixel row, and how many rows");
    }
    None
}

/// Whether a value of the contract is of a type.
fn is_of(value: &Value, data_type: DataType) -> bool {
    match (value, data_type) {
        (Value::Integer(_), DataType::Int64 | DataType::Float64)
        | (Value::Float(_), DataType::Float64)
        | (Value::Boolean(_), DataType::Bool)
        | (Value::String(_), DataType::Utf8) => true,
        (Value::Float(float), DataType::Int64) => whole(*float).is_some(),
        _ => false,
    }
}

fn sort(value: &Value) -> u8 {
    match value {
        Value::Integer(_) | Value::Float(_) => 0,
        Value::Boolean(_) => 1,
        Value::String(_) => 2,
        _ => 3,
    }
}

/// A value of the contract; whole floats are whole numbers. Dates and lists are none.
pub(super) fn key(value: &Value) -> Option<Key<'_>> {
    Some(match value {
        Value::Integer(whole) => Key::Whole(*whole),
        Value::Float(float) if !float.is_finite() => return None,
        Value::Float(float) => whole(*float).map_or(Key::float(*float), Key::Whole),
        Value::Boolean(truth) => Key::Truth(*truth),
        Value::String(text) => Key::Text(text),
        _ => return None,
    })
}
