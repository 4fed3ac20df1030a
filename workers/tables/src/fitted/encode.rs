//! `encode`: categories as numbers.
//!
//! The categories of a column are its values in `train`, sorted: whole numbers by value,
//! text by its bytes, false before true.
//!
//! * `one-hot`: a column of truth values for each category, `NAME_VALUE`, in its order and in
//!   the place of the column. scikit-learn's `OneHotEncoder(handle_unknown="ignore")`, with its
//!   names; departure: what is missing is no category, so a row that misses the value is
//!   false in all of them, as one with an unknown category is.
//! * `ordinal`: the category's number from 0 in the place of the column, null for an unknown
//!   or missing one. scikit-learn's `OrdinalEncoder(handle_unknown="use_encoded_value",
//!   unknown_value=nan)`.
//!
//! There is no encoding by the target's mean: on the rows that it was fitted on it holds each
//! row's own label, and what mends that (cross-fitting) gives training rows another encoding
//! than all others, which one state for all rows cannot say.
//!
//! By hand: of b, a, b one-hot makes `x_a` = 0, 1, 0 and `x_b` = 1, 0, 1; ordinal 1, 0, 1.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{CATEGORIES, Frame, made_of};
use super::operation::columns_schema;
use super::train::Train;
use super::value::{Value, values};
use crate::dataset::DataType;

pub(super) const NAME: &str = "encode";

/// Most categories of a column that become columns.
const MOST_COLUMNS: usize = 1_000;
/// Most categories of a column that become numbers.
const MOST_NUMBERS: usize = 100_000;
/// Longest text of a category, in bytes.
const LONGEST: usize = 1_024;

/// What a category becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    OneHot,
    Ordinal,
}

/// The operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encode {
    columns: Vec<String>,
    method: Method,
}

/// The operation, fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    method: Method,
    columns: Vec<Categories>,
}

/// The categories of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Categories {
    name: String,
    categories: Vec<Value>,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "method"],
        "description": "categories as numbers",
        "properties": {
            "columns": columns_schema(),
            "method": {
                "enum": ["one-hot", "ordinal"],
                "description": "one-hot: a column NAME_VALUE for each category; ordinal: its number in their order, null for an unknown one"
            }
        }
    })
}

impl Encode {
    /// Fits on rows, in one pass; the categories are held in memory.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Fit, FittedError> {
        let names = train.columns()?.select(NAME, &self.columns, CATEGORIES)?;
        let most = match self.method {
            Method::OneHot => MOST_COLUMNS,
            Method::Ordinal => MOST_NUMBERS,
        };
        let mut known: Vec<BTreeSet<Value>> = vec![BTreeSet::new(); names.len()];
        train.each(|frame, _| {
            names.iter().zip(&mut known).try_for_each(|(name, known)| {
                let (_, array) = frame.take(NAME, name, CATEGORIES)?;
                for value in values(array).into_iter().flatten() {
                    check_length(name, &value)?;
                    known.insert(value);
                    if known.len() > most {
                        let what = format!("`encode` of `{name}` has more than {most} categories");
                        return Err(FittedError::Large { what });
                    }
                }
                Ok(())
            })
        })?;
        let columns = names.into_iter().zip(known).map(|(name, known)| match known.is_empty() {
            true => Err(FittedError::NoValues { operation: NAME, column: name }),
            false => Ok(Categories { name, categories: known.into_iter().collect() }),
        });
        Ok(Fit { method: self.method, columns: columns.collect::<Result<_, _>>()? })
    }
}

fn check_length(column: &str, value: &Value) -> Result<(), FittedError> {
    match value {
        Value::Text(text) if text.len() > LONGEST => {
            let what = format!(
                "`encode` of `{column}`: a text of more than {LONGEST} bytes is no category"
            );
            Err(FittedError::Large { what })
        }
        _ => Ok(()),
    }
}

impl Fit {
    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let sorted = |categories: &[Value]| categories.windows(2).all(|pair| pair[0] < pair[1]);
        let wrong =
            |column: &&Categories| column.categories.is_empty() || !sorted(&column.categories);
        let column = self.columns.iter().find(wrong)?;
        Some(format!("the categories of `{}` are not sorted, each once", column.name))
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        for Categories { name, categories } in &self.columns {
            let (from, array) = frame.take(NAME, name, CATEGORIES)?;
            let known: BTreeMap<&Value, usize> =
                categories.iter().enumerate().map(|(number, value)| (value, number)).collect();
            let numbers: Vec<Option<usize>> =
                values(array).into_iter().map(|value| known.get(&value?).copied()).collect();
            let made = match self.method {
                Method::OneHot => (0..)
                    .zip(categories)
                    .map(|(number, category)| {
                        let own = numbers.iter().map(|found| Some(*found == Some(number)));
                        let array: ArrayRef = Arc::new(own.collect::<BooleanArray>());
                        let name = format!("{name}_{category}");
                        (made_of(from, name, DataType::Bool, false), array)
                    })
                    .collect(),
                Method::Ordinal => {
                    let numbers = numbers.into_iter().map(|found| i64::try_from(found?).ok());
                    let array: ArrayRef = Arc::new(numbers.collect::<Int64Array>());
                    vec![(made_of(from, name.clone(), DataType::Int64, true), array)]
                }
            };
            frame.replace(NAME, name, made)?;
        }
        Ok(())
    }
}
