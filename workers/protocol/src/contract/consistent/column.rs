//! Whether the promises of one column agree on numbers, types and sets. Pure.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use toml::Value;

use super::{Contradiction, found};
use crate::contract::{Bound, ColumnPromises, Promised};

/// The first contradiction.
pub(super) fn contradiction(promises: &ColumnPromises) -> Contradiction {
    bounds(promises)
        .or_else(|| fraction(promises))
        .or_else(|| set(promises))
        .or_else(|| types(promises))
}

fn bounds(promises: &ColumnPromises) -> Contradiction {
    let bounds = [("min", &promises.min), ("max", &promises.max)];
    for (name, bound) in bounds {
        let Some(bound) = bound else { continue };
        if matches!(bound.value, Bound::Float(float) if float.is_nan()) {
            let what = format!("`{name}` is no number");
            return found(bound.place.clone(), what, "write a number, or leave it out");
        }
        let is_moment = matches!(bound.value, Bound::Moment(_));
        let fits = if is_moment { is_time } else { is_numeric };
        if let Some(other) = promises.data_type().filter(|name| !fits(name)) {
            let (bounds, help) = match is_moment {
                true => ("dates", "leave the bound out, or write type = \"timestamp\""),
                false => ("numbers", "leave the bound out, or write type = \"float64\""),
            };
            let what = format!("`{name}` bounds {bounds}, and the type is `{other}`");
            return found(bound.place.clone(), what, help);
        }
        if is_moment && promises.data_type().is_none() {
            let what = format!("`{name}` is a date, and the column has no type");
            let help = "write type = \"date\", or type = \"timestamp\"";
            return found(bound.place.clone(), what, help);
        }
    }
    if let (Some(min), Some(max)) = (&promises.min, &promises.max)
        && min.value.to(max.value) == Some(Ordering::Greater)
    {
        let what = format!("`min` is {}, above `max`, which is {}", min.value, max.value);
        return found(min.place.clone(), what, "let `min` be at most `max`");
    }
    None
}

fn fraction(promises: &ColumnPromises) -> Contradiction {
    let most = promises.max_null_fraction.as_ref()?;
    if !(0.0..=1.0).contains(&most.value) {
        let what = format!("`max_null_fraction` is {}, and a fraction is in [0, 1]", most.value);
        return found(most.place.clone(), what, "write a share, such as 0.05");
    }
    if most.value > 0.0 && !promises.is_nullable() {
        let what = "`max_null_fraction` allows missing values, and the column is not nullable";
        return found(most.place.clone(), what, "add `nullable = true`");
    }
    None
}

fn set(promises: &ColumnPromises) -> Contradiction {
    let all = promises.set.as_ref()?;
    let values = &all.value;
    let Some(first) = values.first() else {
        return found(
            all.place.clone(),
            "`set` is empty: no value is in it",
            "name the values, or leave it out",
        );
    };
    if let Some(data_type) = promises.data_type()
        && let Some(other) = values.iter().find(|value| !is_of(value, data_type))
    {
        let what = format!("{other} is in `set`, and is not of the type `{data_type}`");
        return found(
            all.place.clone(),
            what,
            "write the values in the column's type, or correct the type",
        );
    }
    if let Some(other) = values.iter().find(|value| sort(value) != sort(first)) {
        let what = format!("`set` has {first} and {other}, which no column holds together");
        return found(all.place.clone(), what, "write all of them as numbers, or all as texts");
    }
    let mut seen = BTreeSet::new();
    let mut repeats = |value: &&Value| name(value).is_none_or(|name| !seen.insert(name));
    if let Some(twice) = values.iter().find(&mut repeats) {
        let what = format!("{twice} is in `set` twice, or is no value of a column");
        return found(all.place.clone(), what, "name each value once");
    }
    let outside = |value: &&Value| match value {
        Value::Integer(whole) => breaks(promises, |bound| bound.of_whole(*whole)),
        Value::Float(float) => breaks(promises, |bound| bound.of_float(*float)),
        _ => promises.min.is_some() || promises.max.is_some(),
    };
    if let Some(outside) = values.iter().find(outside) {
        let what = format!("{outside} is in `set`, and not within `min` and `max`");
        return found(all.place.clone(), what, "leave out the bounds, or the value");
    }
    None
}

fn breaks(promises: &ColumnPromises, order: impl Fn(Bound) -> Option<Ordering>) -> bool {
    let is = |bound: &Option<Promised<Bound>>, wrong: Ordering| {
        bound.as_ref().is_some_and(|bound| order(bound.value) == Some(wrong))
    };
    is(&promises.min, Ordering::Less) || is(&promises.max, Ordering::Greater)
}

fn types(promises: &ColumnPromises) -> Contradiction {
    let data_type = promises.data_type();
    if let (Some(nan), Some(other)) = (&promises.nan, data_type)
        && other != "float64"
    {
        let what = format!("`nan` is about floats, and the type is `{other}`");
        return found(nan.place.clone(), what, "leave `nan` out, or write type = \"float64\"");
    }
    let role = promises.role.as_ref()?;
    let other = data_type.filter(|name| role.get_ref() == "weight" && !is_numeric(name))?;
    let what = format!("a weight is a number, and the type is `{other}`");
    found(role.span(), what, "correct the role or the type")
}

fn is_numeric(data_type: &str) -> bool {
    matches!(data_type, "int64" | "float64")
}

fn is_time(data_type: &str) -> bool {
    matches!(data_type, "date" | "timestamp")
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
