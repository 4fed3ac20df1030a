//! `scale`: numbers of one size.
//!
//! A number becomes (number - center) / scale, a float; what is missing stays missing.
//!
//! | method | center | scale | scikit-learn |
//! |---|---|---|---|
//! | `standard` | mean | standard deviation over n | `StandardScaler` |
//! | `min-max` | least | largest - least | `MinMaxScaler` |
//! | `robust` | median | third quartile - first one, linear between values | `RobustScaler` |
//!
//! A scale that is 0 within rounding is 1, by scikit-learn's bounds: of the variance v of n
//! numbers with mean m, v <= n e v + (n m e)^2; of the others below 10 e, where e = 2^-52.
//! NaN is skipped as in scikit-learn. Departures: the mean and the variance are a recurrence
//! around the first number, in the order of the rows, where scikit-learn has two passes;
//! `min-max` divides, where scikit-learn multiplies by 1/scale and
//! then adds: the last bits can differ, and more of numbers far from 0.
//! Nothing is clipped: a row beyond those of `train` is below 0 or above 1.
//!
//! By hand: 1, 2, 3 are -1.2247, 0, 1.2247 standard; 0, 0.5, 1 min-max; -1, 0, 1 robust.

use ingot_statistics::quantile;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{Frame, NUMBERS, each_number, float_column, floats, made_of};
use super::impute::sorted_numbers;
use super::moments::CenteredMoments;
use super::operation::columns_schema;
use super::train::Train;
use crate::dataset::DataType;

pub(super) const NAME: &str = "scale";

/// Below it the scale of `min-max` and `robust` counts as 0.
const SMALLEST: f64 = 10.0 * f64::EPSILON;

/// What numbers are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    Standard,
    MinMax,
    Robust,
}

/// The operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scale {
    columns: Vec<String>,
    method: Method,
}

/// The operation, fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    columns: Vec<Scaling>,
}

/// How the numbers of one column are changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scaling {
    name: String,
    center: f64,
    scale: f64,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "method"],
        "description": "numbers of one size, as floats",
        "properties": {
            "columns": columns_schema(),
            "method": {
                "enum": ["standard", "min-max", "robust"],
                "description": "standard: mean 0 and deviation 1; min-max: from 0 to 1; robust: median 0 and quartiles 1 apart"
            }
        }
    })
}

impl Scale {
    /// Fits on rows, in one pass; `robust` holds the columns' numbers in memory.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Fit, FittedError> {
        let names = train.columns()?.select(NAME, &self.columns, NUMBERS)?;
        let measured = match self.method {
            Method::Standard => standard(&names, train)?,
            Method::MinMax => min_max(&names, train)?,
            Method::Robust => {
                sorted_numbers(NAME, &names, train)?.iter().map(|sorted| robust(sorted)).collect()
            }
        };
        let columns = names.into_iter().zip(measured).map(|(name, measured)| match measured {
            None => Err(FittedError::NoValues { operation: NAME, column: name }),
            Some((center, scale)) if center.is_finite() && scale.is_finite() => {
                Ok(Scaling { name, center, scale })
            }
            Some(_) => {
                let what = format!("`scale` cannot add up `{name}`: its numbers are too large");
                Err(FittedError::Large { what })
            }
        });
        Ok(Fit { columns: columns.collect::<Result<_, _>>()? })
    }
}

/// A column's center and scale; nothing without a number.
type Measured = Vec<Option<(f64, f64)>>;

fn standard(names: &[String], train: &Train<'_>) -> Result<Measured, FittedError> {
    let mut moments = vec![CenteredMoments::default(); names.len()];
    train.each(|frame, first| {
        names.iter().zip(&mut moments).try_for_each(|(name, moments)| {
            let (_, array) = frame.take(NAME, name, NUMBERS)?;
            each_number(NAME, (name, array), first, |value| moments.add(value))
        })
    })?;
    let of = |moments: &CenteredMoments| {
        let (mean, variance) = (moments.mean()?, moments.variance()?);
        let count = moments.count() as f64;
        let bound = count * f64::EPSILON * variance + (count * mean * f64::EPSILON).powi(2);
        Some((mean, if variance <= bound { 1.0 } else { variance.sqrt() }))
    };
    Ok(moments.iter().map(of).collect())
}

fn min_max(names: &[String], train: &Train<'_>) -> Result<Measured, FittedError> {
    let mut bounds: Vec<Option<(f64, f64)>> = vec![None; names.len()];
    train.each(|frame, first| {
        names.iter().zip(&mut bounds).try_for_each(|(name, bounds)| {
            let (_, array) = frame.take(NAME, name, NUMBERS)?;
            each_number(NAME, (name, array), first, |value| {
                let (least, largest) = bounds.unwrap_or((value, value));
                *bounds = Some((least.min(value), largest.max(value)));
            })
        })
    })?;
    let of = |(least, largest): (f64, f64)| (least, not_zero(largest - least));
    Ok(bounds.into_iter().map(|bounds| bounds.map(of)).collect())
}

fn robust(sorted: &[f64]) -> Option<(f64, f64)> {
    let quartiles = quantile(sorted, 0.75)? - quantile(sorted, 0.25)?;
    Some((quantile(sorted, 0.5)?, not_zero(quartiles)))
}

fn not_zero(scale: f64) -> f64 {
    if scale < SMALLEST { 1.0 } else { scale }
}

impl Fit {
    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let column = self.columns.iter().find(|column| column.scale <= 0.0)?;
        Some(format!("`scale` divides `{}` by {}", column.name, column.scale))
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        for Scaling { name, center, scale } in &self.columns {
            let (from, array) = frame.take(NAME, name, NUMBERS)?;
            let scaled = floats(array).into_iter().map(|value| Some((value? - center) / scale));
            let made = made_of(from, name.clone(), DataType::Float64, from.nullable);
            frame.replace(NAME, name, vec![(made, float_column(scaled))])?;
        }
        Ok(())
    }
}
