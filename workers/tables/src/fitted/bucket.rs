//! `bucket`: numbers as ranges.
//!
//! A number becomes how many edges are not above it: 0 below the first edge, 1 from it on,
//! and so on; what is missing stays missing. The column becomes one of whole numbers.
//!
//! The edges are given, or found in `train` as scikit-learn's `KBinsDiscretizer(encode="ordinal")`
//! finds them: `uniform` from the least to the largest number in equal steps, `quantile` at
//! quantiles in equal steps (linear between values, to NumPy's bits), without an edge that is
//! at most 1e-8 above the one before it. Those at both ends are no edges: a number beyond
//! them is in the first or the last range. Departures: numbers that are missing are left out
//! of the fit, where scikit-learn refuses them; all rows count, where scikit-learn samples
//! from 200,000 on; of equal numbers alone there is one range, as in scikit-learn.
//!
//! By hand: of 0, 1, 2, 9 with 3 bins the uniform edges are 3 and 6: 0, 0, 0, 2.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use ingot_statistics::numpy_quantile;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FittedError;
use super::frame::{Frame, NUMBERS, made_of, numbers};
use super::impute::sorted_numbers;
use super::operation::columns_schema;
use super::train::Train;
use crate::dataset::DataType;

pub(super) const NAME: &str = "bucket";

/// Most ranges of a column.
const MOST: usize = 10_000;
/// Edges of quantiles are further apart.
const NARROWEST: f64 = 1e-8;

/// Where edges are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    Uniform,
    Quantile,
    Edges,
}

/// The operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    columns: Vec<String>,
    method: Method,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bins: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edges: Option<Vec<f64>>,
}

/// The operation, fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    columns: Vec<Ranges>,
}

/// The edges between the ranges of one column, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ranges {
    name: String,
    edges: Vec<f64>,
}

pub(super) fn schema() -> serde_json::Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["columns", "method"],
        "description": "numbers as ranges, numbered from 0",
        "properties": {
            "columns": columns_schema(),
            "method": {
                "enum": ["uniform", "quantile", "edges"],
                "description": "uniform: ranges of one width; quantile: of equally many rows; edges: as given"
            },
            "bins": {
                "type": "integer", "minimum": 2, "maximum": MOST,
                "description": "of uniform and quantile: how many ranges"
            },
            "edges": {
                "type": "array", "minItems": 1, "maxItems": MOST, "items": {"type": "number"},
                "description": "of edges: the least number of every range but the first, ascending"
            }
        }
    })
}

impl Bucket {
    /// What contradicts itself in it.
    pub(super) fn mistake(&self) -> Option<String> {
        match (self.method, self.bins, &self.edges) {
            (Method::Edges, None, Some(edges)) => {
                (!ascend(edges)).then(|| "the `edges` of `bucket` do not ascend".to_owned())
            }
            (Method::Edges, _, _) => Some("`bucket` by edges takes `edges`, and no `bins`".into()),
            (_, Some(2..=MOST), None) => None,
            _ => Some(format!("`bucket` takes `bins`, from 2 to {MOST}, and no `edges` here")),
        }
    }

    /// Fits on rows; the columns' numbers are held in memory.
    pub(super) fn fit(&self, train: &Train<'_>) -> Result<Fit, FittedError> {
        let names = train.columns()?.select(NAME, &self.columns, NUMBERS)?;
        if let Some(edges) = &self.edges {
            let of = |name| Ranges { name, edges: edges.clone() };
            return Ok(Fit { columns: names.into_iter().map(of).collect() });
        }
        let sorted = sorted_numbers(NAME, &names, train)?;
        let columns = names.into_iter().zip(&sorted).map(|(name, sorted)| {
            let edges = match self.method {
                Method::Quantile => quantiles(sorted, self.bins.unwrap_or(1)),
                _ => uniform(sorted, self.bins.unwrap_or(1)),
            };
            match edges {
                None => Err(FittedError::NoValues { operation: NAME, column: name }),
                Some(edges) if ascend(&edges) => Ok(Ranges { name, edges }),
                Some(_) => {
                    let what =
                        format!("`bucket` finds no edges of `{name}`: too large or too close");
                    Err(FittedError::Large { what })
                }
            }
        });
        Ok(Fit { columns: columns.collect::<Result<_, _>>()? })
    }
}

/// The inner edges of ranges of one width; none of equal numbers.
fn uniform(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let (least, largest) = (*sorted.first()?, *sorted.last()?);
    if least == largest {
        return Some(Vec::new());
    }
    // As numpy.linspace: the step first, so that the bits are the same.
    let step = (largest - least) / bins as f64;
    Some((1..bins).map(|edge| edge as f64 * step + least).collect())
}

/// The inner edges of ranges of equally many numbers; none of equal numbers.
fn quantiles(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    if sorted.first()? == sorted.last()? {
        return Some(Vec::new());
    }
    // As numpy.percentile(numpy.linspace(0, 100, bins + 1)).
    let step = 100.0 / bins as f64;
    let percent = |edge: usize| if edge == bins { 100.0 } else { edge as f64 * step };
    let edges = (0..=bins).map(|edge| numpy_quantile(sorted, percent(edge) / 100.0));
    let edges: Vec<f64> = edges.collect::<Option<_>>()?;
    let mut apart = vec![edges[0]];
    apart.extend(edges.windows(2).filter(|pair| pair[1] - pair[0] > NARROWEST).map(|pair| pair[1]));
    let last = apart.len().saturating_sub(1).max(1);
    Some(apart[1..last].to_vec())
}

fn ascend(edges: &[f64]) -> bool {
    edges.iter().all(|edge| edge.is_finite()) && edges.windows(2).all(|pair| pair[0] < pair[1])
}

impl Fit {
    /// The columns that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let column = self.columns.iter().find(|column| !ascend(&column.edges))?;
        Some(format!("the edges of `{}` do not ascend", column.name))
    }

    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        for Ranges { name, edges } in &self.columns {
            let (from, array) = frame.take(NAME, name, NUMBERS)?;
            // NaN is missing, also where no value is null.
            let nullable = from.nullable || from.data_type == DataType::Float64;
            let range =
                |value: f64| i64::try_from(edges.partition_point(|edge| *edge <= value)).ok();
            let ranges: ArrayRef =
                Arc::new(numbers(array).map(|value| range(value?)).collect::<Int64Array>());
            let made = made_of(from, name.clone(), DataType::Int64, nullable);
            frame.replace(NAME, name, vec![(made, ranges)])?;
        }
        Ok(())
    }
}
