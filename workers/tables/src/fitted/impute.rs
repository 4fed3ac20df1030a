//! `impute`: a value for what is missing.
//!
//! scikit-learn's `SimpleImputer`, with null and NaN as what is missing: the mean, the
//! median (of an even number the mean of the middle two), the most frequent value (of
//! several the least; text by its bytes), or a constant. With `indicator` a column
//! `NAME_missing` of truth values stands behind the column: `MissingIndicator(features="all")`.
//!
//! Departures: a column without any value is refused, where scikit-learn drops it; each
//! column has its indicator, where scikit-learn's default has those alone that miss a value
//! in `train`. Whole numbers become floats under `mean` and `median`, beyond 2^53 the
//! nearest one, and stay whole numbers else.
//!
//! By hand: of 1, missing, 2, 6 the mean is 3, the median 2.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use ingot_statistics::quantile;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{Frame, NUMBERS, VALUES, each_number, made_of};
use super::moments::CenteredMoments;
use super::operation::columns_schema;
use super::train::Train;
use super::value::{Value, column, values};
use crate::dataset::DataType;

pub(super) const NAME: &str = "impute";

/// What stands in the place of what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Strategy {
    Mean,
    Median,
    MostFrequent,
    Constant,
}

/// The operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Impute {
    columns: Vec<String>,
    strategy: Strategy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(default)]
    indicator: bool,
}

/// The operation, fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    indicator: bool,
    columns: Vec<Fill>,
}

/// A column with the value for what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fill {
    name: String,
    /// The column's type behind the operation.
    #[serde(rename = "type")]
    data_type: DataType,
    value: Value,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "strategy"],
        "description": "a value for what is missing",
        "properties": {
            "columns": columns_schema(),
            "strategy": {
                "enum": ["mean", "median", "most-frequent", "constant"],
                "description": "mean and median make floats of whole numbers"
            },
            "value": {
                "type": ["number", "string", "boolean"],
                "description": "of the strategy constant: the value"
            },
            "indicator": {
                "type": "boolean",
                "description": "whether a column NAME_missing says what was missing; false"
            }
        }
    })
}

impl Impute {
    /// What contradicts itself in it.
    pub(super) fn mistake(&self) -> Option<String> {
        match (self.strategy, &self.value) {
            (Strategy::Constant, None) => Some("`impute` with a constant needs a `value`".into()),
            (Strategy::Constant, Some(_)) | (_, None) => None,
            (_, Some(_)) => {
                Some("`impute` takes a `value` with the strategy constant alone".into())
            }
        }
    }

    /// Fits on rows: in one pass, the mean by a recurrence in their order; the
    /// median holds the column's numbers in memory.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Fit, FittedError> {
        let frame = train.columns()?;
        let takes = match self.strategy {
            Strategy::Mean | Strategy::Median => NUMBERS,
            Strategy::MostFrequent | Strategy::Constant => VALUES,
        };
        let names = frame.select(NAME, &self.columns, takes)?;
        let value = match self.strategy {
            Strategy::Mean => self.mean(&names, train)?,
            Strategy::Median => self.median(&names, train)?,
            Strategy::MostFrequent => self.most_frequent(&names, train)?,
            Strategy::Constant => vec![self.value.clone(); names.len()],
        };
        let filled = names.into_iter().zip(value).map(|(name, value)| {
            let data_type = match self.strategy {
                Strategy::Mean | Strategy::Median => DataType::Float64,
                _ => frame.take(NAME, &name, takes)?.0.data_type,
            };
            let Some(value) = value else {
                return Err(FittedError::NoValues { operation: NAME, column: name });
            };
            let value = value.of_type(data_type).ok_or_else(|| FittedError::Operations {
                what: format!("`impute` puts `{value}` into `{name}`, which is {data_type}"),
            })?;
            Ok(Fill { name, data_type, value })
        });
        Ok(Fit { indicator: self.indicator, columns: filled.collect::<Result<_, _>>()? })
    }

    fn mean(&self, names: &[String], train: &Train<'_>) -> Result<Vec<Option<Value>>, FittedError> {
        let mut moments = vec![CenteredMoments::default(); names.len()];
        train.each(|frame, first| {
            names.iter().zip(&mut moments).try_for_each(|(name, moments)| {
                let (_, array) = frame.take(NAME, name, NUMBERS)?;
                each_number(NAME, (name, array), first, |value| moments.add(value))
            })
        })?;
        Ok(moments.iter().map(|moments| moments.mean().map(Value::Float)).collect())
    }

    fn median(
        &self,
        names: &[String],
        train: &Train<'_>,
    ) -> Result<Vec<Option<Value>>, FittedError> {
        let sorted = sorted_numbers(NAME, names, train)?;
        let middle = |numbers: Vec<f64>| quantile(&numbers, 0.5).map(Value::Float);
        Ok(sorted.into_iter().map(middle).collect())
    }

    fn most_frequent(
        &self,
        names: &[String],
        train: &Train<'_>,
    ) -> Result<Vec<Option<Value>>, FittedError> {
        let mut counts: Vec<BTreeMap<Value, u64>> = vec![BTreeMap::new(); names.len()];
        train.each(|frame, first| {
            names.iter().zip(&mut counts).try_for_each(|(name, counts)| {
                let (_, array) = frame.take(NAME, name, VALUES)?;
                each_number(NAME, (name, array), first, |_| {})?;
                for value in values(array).into_iter().flatten() {
                    *counts.entry(value).or_default() += 1;
                }
                Ok(())
            })
        })?;
        let most = |counts: BTreeMap<Value, u64>| {
            let most = counts.values().max().copied();
            counts.into_iter().find(|(_, count)| Some(*count) == most).map(|(value, _)| value)
        };
        Ok(counts.into_iter().map(most).collect())
    }
}

/// The numbers of each column that are there, sorted.
pub(super) fn sorted_numbers(
    operation: &'static str,
    names: &[String],
    train: &Train<'_>,
) -> Result<Vec<Vec<f64>>, FittedError> {
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    train.each(|frame, first| {
        names.iter().zip(&mut columns).try_for_each(|(name, numbers)| {
            let (_, array) = frame.take(operation, name, NUMBERS)?;
            each_number(operation, (name, array), first, |value| numbers.push(value))
        })
    })?;
    columns.iter_mut().for_each(|numbers| numbers.sort_by(f64::total_cmp));
    Ok(columns)
}

impl Fit {
    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let wrong = |column: &&Fill| column.value.of_type(column.data_type).is_none();
        let column = self.columns.iter().find(wrong)?;
        let (name, data_type) = (&column.name, column.data_type);
        Some(format!("`impute` puts something else than {data_type} into `{name}`"))
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        for Fill { name, data_type, value } in &self.columns {
            let takes = match data_type {
                DataType::Float64 => NUMBERS,
                _ => std::slice::from_ref(data_type),
            };
            let (from, array) = frame.take(NAME, name, takes)?;
            let found = values(array);
            let missing: ArrayRef =
                Arc::new(found.iter().map(|value| Some(value.is_none())).collect::<BooleanArray>());
            let filled = found.into_iter().map(|found| found.or_else(|| Some(value.clone())));
            let filled = column(filled.collect(), *data_type);
            let mut made = vec![(made_of(from, name.clone(), *data_type, false), filled)];
            if self.indicator {
                let name = format!("{name}_missing");
                made.push((made_of(from, name, DataType::Bool, false), missing));
            }
            frame.replace(NAME, name, made)?;
        }
        Ok(())
    }
}
