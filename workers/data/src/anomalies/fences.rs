//! `fences`: numbers beyond Tukey's fences.

use ingot_statistics::outliers::fences;
use serde_json::json;

use super::numbers::finite;
use super::rows::Rows;
use super::{Detector, Oddity, Params, counted, schema};

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "fences",
    by_default: false,
    params: || {
        schema(
            "numbers beyond the quartiles by so many interquartile ranges",
            json!({"factor": {
                "type": "number", "exclusiveMinimum": 0, "default": 3.0,
                "description": "1.5 for outliers, 3 for far ones"
            }}),
        )
    },
    find,
};

fn find(rows: &Rows, params: &Params) -> Vec<Oddity> {
    let factor = params.number("factor");
    let found = rows.columns.iter().filter(|column| column.measures()).filter_map(|column| {
        let (numbers, at) = finite(column)?;
        let fences = fences(&numbers, factor)?;
        // Where half of the values are equal, every other one would lie beyond.
        if fences.low >= fences.high {
            return None;
        }
        let far: Vec<usize> = fences
            .outliers(&numbers)
            .iter()
            .filter_map(|number| at.get(*number).copied())
            .collect();
        (!far.is_empty()).then(|| Oddity {
            code: "D1602",
            column: Some(column.name.clone()),
            what: format!(
                "{} beyond the quartiles by more than {factor} interquartile ranges",
                counted(far.len(), "value is", "values are")
            ),
            rows: far,
            worst: None,
        })
    });
    found.collect()
}
