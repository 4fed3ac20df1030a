//! `modified_z`: numbers far from the median.

use ingot_statistics::outliers::modified_z;
use serde_json::json;

use super::numbers::finite;
use super::rows::Rows;
use super::{Detector, Oddity, Params, counted, schema};

/// The detector.
pub(super) const DETECTOR: Detector = Detector {
    name: "modified_z",
    by_default: true,
    params: || {
        schema(
            "numbers far from the median",
            json!({"threshold": {
                "type": "number", "exclusiveMinimum": 0, "default": 3.5,
                "description": "the largest |modified z score| that is usual"
            }}),
        )
    },
    find,
};

fn find(rows: &Rows, params: &Params) -> Vec<Oddity> {
    let threshold = params.number("threshold");
    let found = rows.columns.iter().filter(|column| column.measures()).filter_map(|column| {
        let (numbers, at) = finite(column)?;
        let scores = modified_z(&numbers)?;
        let far = (0..scores.len()).filter(|row| scores[*row].abs() > threshold);
        let far: Vec<usize> = far.collect();
        let worst = far.iter().copied().reduce(|worst, row| {
            if scores[row].abs() > scores[worst].abs() { row } else { worst }
        })?;
        Some(Oddity {
            code: "D1601",
            column: Some(column.name.clone()),
            what: format!(
                "{} a modified z score beyond {threshold}",
                counted(far.len(), "value has", "values have")
            ),
            worst: at.get(worst).copied(),
            rows: far.iter().filter_map(|row| at.get(*row).copied()).collect(),
        })
    });
    found.collect()
}
