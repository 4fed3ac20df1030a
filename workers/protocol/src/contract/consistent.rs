//! Whether a contract agrees with itself. Pure.
//!
//! What no table can keep, or what no value can break, is a mistake of the contract: it
//! is told with its place before any data is read.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use toml::{Spanned, Value};

use super::{Bound, ColumnPromises, Contract, ImagePromise, Mistake};

type Contradiction = Option<Mistake>;

/// The first contradiction, columns in the order of their names.
pub(super) fn contradiction(contract: &Contract) -> Contradiction {
    let column = |(name, promises): (&String, &ColumnPromises)| {
        let found = bounds(promises)
            .or_else(|| fraction(promises))
            .or_else(|| set(promises))
            .or_else(|| types(promises));
        found.map(|found| Mistake { what: format!("`{name}`: {}", found.what), ..found })
    };
    table(contract)
        .or_else(|| contract.columns.iter().find_map(column))
        .or_else(|| labels(contract))
        .or_else(|| contract.image.as_ref().and_then(image))
}

fn found<T>(place: &Spanned<T>, what: impl Into<String>, help: &'static str) -> Contradiction {
    Some(Mistake { place: place.span(), what: what.into(), help, contradiction: true })
}

fn table(contract: &Contract) -> Contradiction {
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

fn bounds(promises: &ColumnPromises) -> Contradiction {
    let bounds = [("min", &promises.min), ("max", &promises.max)];
    for (name, bound) in bounds {
        let Some(bound) = bound else { continue };
        if matches!(bound.get_ref(), Bound::Float(float) if float.is_nan()) {
            let what = format!("`{name}` is no number");
            return found(bound, what, "write a number, or leave it out");
        }
        if let Some(other) = promises.data_type().filter(|name| !is_numeric(name)) {
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

fn fraction(promises: &ColumnPromises) -> Contradiction {
    let most = promises.max_null_fraction.as_ref()?;
    if !(0.0..=1.0).contains(most.get_ref()) {
        let what =
            format!("`max_null_fraction` is {}, and a fraction is in [0, 1]", most.get_ref());
        return found(most, what, "write a share, such as 0.05");
    }
    if *most.get_ref() > 0.0 && !promises.nullable {
        let what = "`max_null_fraction` allows missing values, and the column is not nullable";
        return found(most, what, "add `nullable = true`");
    }
    None
}

fn set(promises: &ColumnPromises) -> Contradiction {
    let all = promises.set.as_ref()?;
    let values = all.get_ref();
    let Some(first) = values.first() else {
        return found(all, "`set` is empty: no value is in it", "name the values, or leave it out");
    };
    if let Some(data_type) = promises.data_type()
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
    let mut repeats = |value: &&Value| name(value).is_none_or(|name| !seen.insert(name));
    if let Some(twice) = values.iter().find(&mut repeats) {
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

fn types(promises: &ColumnPromises) -> Contradiction {
    let data_type = promises.data_type();
    if let (Some(nan), Some(other)) = (&promises.nan, data_type)
        && other != "float64"
    {
        let what = format!("`nan` is about floats, and the type is `{other}`");
        return found(nan, what, "leave `nan` out, or write type = \"float64\"");
    }
    let role = promises.role.as_ref()?;
    let other = data_type.filter(|name| role.get_ref() == "weight" && !is_numeric(name))?;
    let what = format!("a weight is a number, and the type is `{other}`");
    found(role, what, "correct the role or the type")
}

fn is_numeric(data_type: &str) -> bool {
    matches!(data_type, "int64" | "float64")
}

/// A table has one label.
fn labels(contract: &Contract) -> Contradiction {
    for word in ["label", "weight"] {
        let mut named = contract.columns.iter().filter(|(_, column)| column.role() == word);
        if let (Some((one, _)), Some((other, column))) = (named.next(), named.next()) {
            let what = format!("`{one}` and `{other}` both have the role `{word}`");
            let role = column.role.as_ref()?;
            return found(role, what, "give the role to one column");
        }
    }
    None
}

fn image(image: &Spanned<ImagePromise>) -> Contradiction {
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
fn is_of(value: &Value, data_type: &str) -> bool {
    match (value, data_type) {
        (Value::Integer(_), "int64" | "float64")
        | (Value::Float(_), "float64")
        | (Value::Boolean(_), "bool")
        | (Value::String(_), "utf8") => true,
        (Value::Float(float), "int64") => float.fract() == 0.0,
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

/// A text that equal values have in common: `1` is `1.0`. Dates, lists and what is no
/// number have none.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::Float(float) if !float.is_finite() => None,
        Value::Float(float) if float.fract() == 0.0 => Some(format!("{float:.0}")),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(value.to_string()),
        Value::String(text) => Some(format!("\"{text}")),
        _ => None,
    }
}
