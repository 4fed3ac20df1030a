//! What is drafted of one column. Pure.

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array, ArrayRef};
use ingot_tables::dataset::DataType;
use ingot_tables::source::typed::{Key, key};

use super::{bounds, person};
use crate::toml_text;

/// Most values of a set.
const SET: usize = 20;
/// Rows for each value of a set.
const ROWS_A_VALUE: usize = 10;
/// Fewest rows by which values are called unique.
const UNIQUE: usize = 20;

/// A column's table, and what a person should look at.
pub(super) struct Drafted {
    pub(super) text: String,
    pub(super) note: Option<String>,
}

/// Drafts `[columns.NAME]`.
pub(super) fn draft(name: &str, data_type: DataType, array: &ArrayRef) -> Drafted {
    let mut text = format!("\n[columns.{}]\ntype = \"{data_type}\"\n", toml_text::key(name));
    let mut line = |written: String| {
        text.push_str(&written);
        text.push('\n');
    };
    let (rows, nulls) = (array.len(), array.null_count());
    if nulls > 0 {
        line("nullable = true".to_owned());
        let share = bounds::share(nulls, rows);
        line(format!("max_null_fraction = {share}   # {nulls} of {rows}"));
    }
    if array.len() > nulls && has_nan(array) {
        line("nan = \"allow\"".to_owned());
    }
    if let Some(why) = person::looks_like(name, array) {
        line(format!("# role = \"personal\"   # {why}: no value of it is written here"));
        return Drafted { text, note: Some(format!("`{name}` may be personal: {why}")) };
    }
    let values: HashSet<Key<'_>> = (0..rows).filter_map(|row| key(array, row)).collect();
    let there = rows - nulls;
    let unique = values.len() == there && nulls == 0 && there >= UNIQUE;
    if unique && data_type != DataType::Float64 {
        line("unique = true".to_owned());
        line("# role = \"id\"   # no value is there twice".to_owned());
        return Drafted { text, note: None };
    }
    let small = values.len() <= SET && values.len() * ROWS_A_VALUE <= there && !values.is_empty();
    match data_type {
        DataType::Utf8 if small => {
            line(format!("set = [{}]", set(&values)));
            if is_label(name) {
                line("# role = \"label\"   # by its name".to_owned());
            }
        }
        DataType::Int64 | DataType::Float64 => {
            if let Some((min, max)) = bounds::of(&values) {
                line(format!("min = {min}"));
                line(format!("max = {max}"));
            }
            if is_label(name) {
                line("# role = \"label\"   # by its name".to_owned());
            }
        }
        _ => {}
    }
    if is_time(name, &values) {
        line("# role = \"time\"   # by its name or its values".to_owned());
    }
    Drafted { text, note: None }
}

fn has_nan(array: &ArrayRef) -> bool {
    let nan = Key::float(f64::NAN);
    (0..array.len()).any(|row| key(array, row) == Some(nan))
}

fn set(values: &HashSet<Key<'_>>) -> String {
    let texts: BTreeSet<&str> = values
        .iter()
        .filter_map(|value| match value {
            Key::Text(text) => Some(*text),
            _ => None,
        })
        .collect();
    let quoted: Vec<String> = texts.into_iter().map(toml_text::text).collect();
    quoted.join(", ")
}

/// Words of a column's name.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || c.is_uppercase() && before.is_lowercase();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

fn is_label(name: &str) -> bool {
    const LABELS: [&str; 6] = ["label", "labels", "target", "class", "outcome", "y"];
    words(name).iter().any(|word| LABELS.contains(&word.as_str()))
}

fn is_time(name: &str, values: &HashSet<Key<'_>>) -> bool {
    const TIMES: [&str; 5] = ["time", "date", "timestamp", "datetime", "day"];
    let named = words(name).iter().any(|word| TIMES.contains(&word.as_str()));
    let moment = |value: &Key<'_>| match value {
        Key::Text(text) => ingot_protocol::contract::Moment::read(text).is_some(),
        _ => false,
    };
    named || !values.is_empty() && values.iter().all(moment)
}
