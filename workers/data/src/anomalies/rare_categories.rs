//! `rare_categories`: texts and truth values that few rows have.

use std::collections::BTreeMap;

use ingot_statistics::outliers::rare;
use ingot_tables::dataset;
use ingot_tables::source::typed::{Key, key};
use serde_json::json;

use super::rows::{Column, Rows};
use super::{Detector, Oddity, Params, schema};

/// The share of rows that frequent categories have at the least; names and notes are none.
const FREQUENT: f64 = 0.9;
/// Most categories that a message lists.
const LISTED: usize = 5;

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "rare_categories",
    by_default: true,
    params: || {
        schema(
            "texts and truth values that few rows have",
            json!({
                "share": {
                    "type": "number", "exclusiveMinimum": 0, "maximum": 0.5, "default": 0.01,
                    "description": "fewer of the rows are few"
                },
                "most": {
                    "type": "integer", "minimum": 2, "maximum": 100_000, "default": 100,
                    "description": "a column with more different values has no categories"
                }
            }),
        )
    },
    find,
};

fn find(rows: &Rows, params: &Params) -> Vec<Oddity> {
    let (share, most) = (params.number("share"), params.count("most"));
    let found = rows.columns.iter().filter_map(|column| of_column(column, share, most));
    found.collect()
}

fn of_column(column: &Column, share: f64, most: usize) -> Option<Oddity> {
    let mut categories: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for row in 0..column.array.len() {
        match key(&column.array, row) {
            Some(value @ (Key::Text(_) | Key::Truth(_))) => {
                categories.entry(value).or_default().push(row);
            }
            Some(_) => return None,
            None => {}
        }
        if categories.len() > most {
            return None;
        }
    }
    let counts: Vec<u64> = categories.values().map(|rows| rows.len() as u64).collect();
    let few = rare(&counts, share)?;
    let all: u64 = counts.iter().sum();
    let of_few: u64 = few.iter().filter_map(|category| counts.get(*category)).sum();
    if few.is_empty() || of_few as f64 > (1.0 - FREQUENT) * all as f64 {
        return None;
    }
    let few: Vec<(&Key<'_>, &Vec<usize>)> =
        few.iter().filter_map(|category| categories.iter().nth(*category)).collect();
    let mut names: Vec<String> = few.iter().take(LISTED).map(|(value, _)| text(value)).collect();
    names.sort();
    let mut rows: Vec<usize> = few.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    rows.sort_unstable();
    let more = if few.len() > LISTED { ", .." } else { "" };
    let told = match column.may_be_told() {
        true => format!(" ({}{more})", dataset::list(&names)),
        false => String::new(),
    };
    Some(Oddity {
        code: "D1603",
        column: Some(column.name.clone()),
        what: match few.len() {
            1 => format!("1 category{told} has fewer than {share} of the rows"),
            several => {
                format!("{several} categories{told} have fewer than {share} of the rows each")
            }
        },
        rows,
        worst: None,
    })
}

/// Most characters of a value in a message.
const SHOWN: usize = 40;

fn text(value: &Key<'_>) -> String {
    match value {
        Key::Text(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}..", &text[..end]),
            None => (*text).to_owned(),
        },
        Key::Truth(truth) => truth.to_string(),
        Key::Whole(_) | Key::Float(_) | Key::Date(_) | Key::Timestamp(_) => String::new(),
    }
}
