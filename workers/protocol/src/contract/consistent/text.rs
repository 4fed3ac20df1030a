//! Whether what a column promises of text agrees with itself. Pure.

use toml::Value;

use super::{Contradiction, found};
use crate::contract::{ColumnPromises, whole};

/// The first contradiction.
pub(super) fn contradiction(promises: &ColumnPromises) -> Contradiction {
    no_text(promises)
        .or_else(|| lengths(promises))
        .or_else(|| pattern(promises))
        .or_else(|| newest(promises))
}

/// A promise of text in a column of numbers.
fn no_text(promises: &ColumnPromises) -> Contradiction {
    let of_text = [
        ("pattern", promises.pattern.as_ref().map(|one| &one.place)),
        ("min_length", promises.min_length.as_ref().map(|one| &one.place)),
        ("max_length", promises.max_length.as_ref().map(|one| &one.place)),
    ];
    let (name, place) = of_text.into_iter().find_map(|(name, place)| Some((name, place?)))?;
    if let Some(other) = promises.data_type().filter(|name| *name != "utf8") {
        let what = format!("`{name}` is of text, and the type is `{other}`");
        return found(place.clone(), what, "leave it out, or write type = \"utf8\"");
    }
    if promises.is_numeric() || promises.is_truth() {
        let what = format!("`{name}` is of text, and the column is promised to be none");
        return found(place.clone(), what, "leave out `min`, `max` and sets of numbers, or this");
    }
    None
}

fn lengths(promises: &ColumnPromises) -> Contradiction {
    if let (Some(least), Some(most)) = (&promises.min_length, &promises.max_length)
        && least.value > most.value
    {
        let what = format!("`min_length` is {}, and `max_length` {}", least.value, most.value);
        return found(least.place.clone(), what, "let `min_length` be at most `max_length`");
    }
    let outside = |value: &&Value| {
        let length = value.as_str().map(|text| text.chars().count() as u64);
        let below = |length| promises.min_length.as_ref().is_some_and(|least| length < least.value);
        let above = |length| promises.max_length.as_ref().is_some_and(|most| length > most.value);
        length.is_some_and(|length| below(length) || above(length))
    };
    let set = promises.set.as_ref()?;
    let value = set.value.iter().find(outside)?;
    let what = format!("{value} is in `set`, and not within `min_length` and `max_length`");
    found(set.place.clone(), what, "leave out the lengths, or the value")
}

fn pattern(promises: &ColumnPromises) -> Contradiction {
    let pattern = promises.pattern.as_ref()?;
    let expression = match whole(&pattern.value) {
        Ok(expression) => expression,
        Err(what) => {
            let what = format!("`pattern` is no regular expression: {what}");
            let help = "write one of Rust's `regex` crate, which has no look-around and no \
                        references back; single quotes keep its `\\`";
            return found(pattern.place.clone(), what, help);
        }
    };
    let set = promises.set.as_ref()?;
    let misses = |value: &&Value| value.as_str().is_some_and(|text| !expression.is_match(text));
    let value = set.value.iter().find(misses)?;
    let what = format!("{value} is in `set`, and does not match `pattern`");
    found(set.place.clone(), what, "correct the pattern, which is of the whole value, or the set")
}

fn newest(promises: &ColumnPromises) -> Contradiction {
    let newest = promises.newest.as_ref()?;
    let other = promises.data_type();
    let other = other.filter(|name| !matches!(*name, "utf8" | "int64" | "date" | "timestamp"))?;
    let what = format!("`newest` is of times, and the type is `{other}`");
    let help =
        "times are dates, timestamps, text (2026-11-01T08:30:00Z) or whole seconds since 1970";
    found(newest.place.clone(), what, help)
}
