//! The kind `filter`: keeps the rows whose columns hold what is asked.
//!
//! Invariant: rows keep their order and their split, and a null never passes a
//! condition. It changes no value.

use std::collections::BTreeMap;

use ingot_plugin::arrow::array::{BooleanArray, Float64Array, RecordBatch, StringArray};
use ingot_plugin::arrow::select::filter::filter_record_batch;
use ingot_plugin::{Failure, Kind, Metric, Run, Step, columns, json};
use serde::Deserialize;

/// The kind `filter`.
pub struct Filter;

/// The params: conditions by column. A row passes when it passes them all.
#[derive(Deserialize)]
pub struct Conditions {
    numbers: BTreeMap<String, Range>,
    texts: BTreeMap<String, Text>,
}

/// min <= value <= max; a NaN is in no range.
#[derive(Deserialize)]
struct Range {
    #[serde(default = "lowest")]
    min: f64,
    #[serde(default = "highest")]
    max: f64,
}

/// What a text must be; what is not asked for always holds.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    non_empty: bool,
    #[serde(default)]
    one_of: Option<Vec<String>>,
    #[serde(default)]
    contains: Option<String>,
}

impl Step for Filter {
    fn kind() -> Kind {
        let range = json!({
            "type": "object",
            "additionalProperties": false,
            "minProperties": 1,
            "properties": {"min": {"type": "number"}, "max": {"type": "number"}},
        });
        let text = json!({
            "type": "object",
            "additionalProperties": false,
            "minProperties": 1,
            "properties": {
                "non_empty": {"type": "boolean"},
                "one_of": {"type": "array", "items": {"type": "string"}},
                "contains": {"type": "string"},
            },
        });
        Kind::new("filter", "keep the rows whose columns hold what is asked")
            .params(
                json!({
                    "numbers": {
                        "type": "object",
                        "description": "column to the range that its value lies in",
                        "additionalProperties": range,
                        "default": {},
                    },
                    "texts": {
                        "type": "object",
                        "description": "column to what its text must be",
                        "additionalProperties": text,
                        "default": {},
                    },
                }),
                &[],
            )
            .input("data", "dataset")
            .output("data", "dataset")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let conditions: Conditions = run.params()?;
        let (mut rows_in, mut rows_out) = (0, 0);
        run.map("data", "data", |batch| {
            let kept = conditions.keep(&batch)?;
            rows_in += batch.num_rows();
            rows_out += kept.num_rows();
            Ok(kept)
        })?;
        run.metric(Metric::new("rows_in", rows_in as f64))?;
        run.metric(Metric::new("rows_out", rows_out as f64))
    }
}

impl Conditions {
    /// The rows of a batch that pass, in their order.
    pub fn keep(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        Ok(filter_record_batch(batch, &self.passes(batch)?)?)
    }

    /// Which rows of the batch pass every condition.
    fn passes(&self, batch: &RecordBatch) -> Result<BooleanArray, Failure> {
        let mut passes = vec![true; batch.num_rows()];
        for (name, range) in &self.numbers {
            let values: Float64Array = columns::numbers(batch, name)?;
            keep(&mut passes, values.iter().map(|value| value.is_some_and(|it| range.holds(it))));
        }
        for (name, text) in &self.texts {
            let values: &StringArray = columns::text(batch, name)?;
            keep(&mut passes, values.iter().map(|value| value.is_some_and(|it| text.holds(it))));
        }
        Ok(passes.into())
    }
}

impl Range {
    fn holds(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

impl Text {
    fn holds(&self, value: &str) -> bool {
        !(self.non_empty && value.is_empty())
            && self.one_of.as_ref().is_none_or(|texts| texts.iter().any(|text| text == value))
            && self.contains.as_ref().is_none_or(|part| value.contains(part.as_str()))
    }
}

fn keep(passes: &mut [bool], holds: impl Iterator<Item = bool>) {
    passes.iter_mut().zip(holds).for_each(|(pass, holds)| *pass &= holds);
}

fn lowest() -> f64 {
    f64::NEG_INFINITY
}

fn highest() -> f64 {
    f64::INFINITY
}
