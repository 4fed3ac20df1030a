//! `text-statistics`: what can be counted in a text.
//!
//! Behind the column, which stays, stands `NAME_STATISTIC` for each statistic, in the order
//! of this table; of a missing text all are missing. Nothing is learned.
//!
//! | statistic | what |
//! |---|---|
//! | `length` | characters (Unicode scalar values) |
//! | `words` | runs of characters that are no white space |
//! | `digits` | `0` to `9` |
//! | `symbols` | characters that are neither alphanumeric nor white space, as Unicode says |
//! | `upper_share` | upper-case letters among upper- and lower-case ones, from 0 to 1; 0 without one |
//!
//! By hand: `It is 9 PM!` has length 11, 4 words, 1 digit, 1 symbol, upper share 3/6.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{Frame, TEXTS, float_column, made_of, texts};
use super::operation::columns_schema;
use super::train::Train;
use crate::dataset::DataType;

pub(super) const NAME: &str = "text-statistics";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Statistic {
    Length,
    Words,
    Digits,
    Symbols,
    UpperShare,
}

/// Each with its name, in their order.
const STATISTICS: [(Statistic, &str); 5] = [
    (Statistic::Length, "length"),
    (Statistic::Words, "words"),
    (Statistic::Digits, "digits"),
    (Statistic::Symbols, "symbols"),
    (Statistic::UpperShare, "upper_share"),
];

/// The operation, with a list of columns that selects, or with those that were selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextStatistics {
    columns: Vec<String>,
    statistics: Vec<Statistic>,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "statistics"],
        "description": "what can be counted in a text, in columns NAME_STATISTIC",
        "properties": {
            "columns": columns_schema(),
            "statistics": {
                "type": "array", "minItems": 1, "uniqueItems": true,
                "items": {"enum": STATISTICS.map(|(_, name)| name)},
                "description": "what is counted"
            }
        }
    })
}

impl TextStatistics {
    /// Selects the columns; no row is read.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Self, FittedError> {
        let columns = train.columns()?.select(NAME, &self.columns, TEXTS)?;
        let mut statistics = self.statistics.clone();
        statistics.sort();
        statistics.dedup();
        Ok(Self { columns, statistics })
    }

    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        for name in &self.columns {
            let (from, array) = frame.take(NAME, name, TEXTS)?;
            let mut made = vec![(from.clone(), array.clone())];
            for (statistic, word) in STATISTICS {
                if !self.statistics.contains(&statistic) {
                    continue;
                }
                let of = texts(array)?.iter();
                let (data_type, values): (DataType, ArrayRef) = match statistic {
                    Statistic::UpperShare => {
                        (DataType::Float64, float_column(of.map(|text| text.map(upper_share))))
                    }
                    _ => {
                        let counts = of.map(|text| i64::try_from(count(statistic, text?)).ok());
                        (DataType::Int64, Arc::new(counts.collect::<Int64Array>()))
                    }
                };
                let column = made_of(from, format!("{name}_{word}"), data_type, from.nullable);
                made.push((column, values));
            }
            frame.replace(NAME, name, made)?;
        }
        Ok(())
    }
}

fn count(statistic: Statistic, text: &str) -> usize {
    let characters = || text.chars();
    match statistic {
        Statistic::Length => characters().count(),
        Statistic::Words => text.split_whitespace().count(),
        Statistic::Digits => characters().filter(char::is_ascii_digit).count(),
        Statistic::Symbols => {
            characters().filter(|one| !one.is_alphanumeric() && !one.is_whitespace()).count()
        }
        Statistic::UpperShare => 0,
    }
}

fn upper_share(text: &str) -> f64 {
    let upper = text.chars().filter(|one| one.is_uppercase()).count();
    let lower = text.chars().filter(|one| one.is_lowercase()).count();
    upper as f64 / (upper + lower).max(1) as f64
}
